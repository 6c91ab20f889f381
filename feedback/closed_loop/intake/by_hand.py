"""Changing one stored answer by hand: its old content becomes a version, and everything that counted it follows at once.

Staff correct with a reason; the customer's own change within its time takes the same way.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.accounts.models import Account, AccountContact
from feedback.audit import service as audit
from feedback.closed_loop.intake.answers import Answer, Answers, Catalogue
from feedback.closed_loop.intake.content import MAX_COMMENT
from feedback.closed_loop.intake.corrections import Change, keep_versions
from feedback.closed_loop.intake.reactions import count_answers, open_issues
from feedback.closed_loop.intake.store import insert_citations, replace_wishes
from feedback.closed_loop.intake.stored import load_answers, load_issue_ids, load_wishes
from feedback.defects import locks
from feedback.defects.catalogue import DefectKey, defects_by_code
from feedback.defects.models import Citation
from feedback.extensions import db
from feedback.issues import history
from feedback.issues.models import IssueVoice
from feedback.issues.rules import CallWish
from feedback.issues.voices import tell_owner_of_change
from feedback.kernel import clock, events
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.surveys.events import AnswersReceived
from feedback.surveys.models import Response
from feedback.surveys.rules import GIVEN_BY_STAFF, SAID_BY_CUSTOMER

DETRACTOR_MAX = 6
MAX_NOTE = 1000


class _Same:
    """What is not changed."""

    def __repr__(self) -> str:
        return "SAME"


SAME: Any = _Same()


@dataclass(frozen=True, slots=True)
class NewContent:
    """What an answer says from now on; what is not named stays. `defects` are codes, the first one names an issue."""

    score: int = SAME
    comment: str | None = SAME
    defects: tuple[str, ...] = SAME
    account_id: int = SAME
    contact_id: int = SAME
    call_me: CallWish | None = SAME


class Corrected(NamedTuple):
    """An answer before and after its change, and the issue it is a voice of now."""

    before: Answer
    after: Answer
    issue_id: int | None


def correct_answer(response_id: int, content: NewContent, change: Change) -> Corrected:
    """Change one stored answer; call it inside `transaction()`, after checking that the caller may.

    Raises:
        NotFound: there is no such answer.
        InvalidInput: a value cannot be taken, or no words say why.
        RuleViolation: nothing would change.
    """
    session, now = db.session(), clock.now()
    locks.hold(session, locks.ACCEPTOR)
    change = _checked(change)
    found = load_answers(session, [response_id])
    if not len(found):
        raise NotFound
    [old] = found.rows()
    new, catalogue = _apply(session, old, content, found.catalogue)
    comment = session.scalar(sa.select(Response.comment).where(Response.id == response_id))
    words = comment if content.comment is SAME else _words(content.comment)
    wished = load_wishes(session.connection(), [response_id]).get(response_id)
    wish = wished if content.call_me is SAME else content.call_me
    if new == old and words == comment and wish == wished:
        raise RuleViolation(_("Nothing would change: the answer says this already."))
    keep_versions(session, {old.id: old}, now, change)
    _write(session, old, new, words)
    replace_wishes(session, {response_id: wish}, now)
    after = Answers.of([new], catalogue)
    session.execute(sa.delete(Citation).where(Citation.response_id == response_id))
    insert_citations(session, after)
    issue_id = _follow(session, found, after, change, now)
    audit.record(
        change.actor, "response.corrected", "response", response_id, reason=change.reason.value, was=old.score, now=new.score
    )
    return Corrected(old, new, issue_id)


def _checked(change: Change) -> Change:
    note = (change.note or "").strip()
    if change.reason in GIVEN_BY_STAFF and not note:
        raise InvalidInput({"note": [_("Say in a few words why the answer is changed.")]})
    if len(note) > MAX_NOTE:
        raise InvalidInput({"note": [_("At most %(limit)s characters.", limit=MAX_NOTE)]})
    return replace(change, note=note or None)


def _words(comment: str | None) -> str | None:
    text = (comment or "").replace("\r\n", "\n").replace("\r", "\n").strip() or None
    if text and len(text) > MAX_COMMENT:
        raise InvalidInput({"comment": [_("At most %(limit)s characters.", limit=MAX_COMMENT)]})
    return text


def _apply(session: Session, old: Answer, content: NewContent, known: Catalogue) -> tuple[Answer, Catalogue]:
    score = old.score if content.score is SAME else content.score
    if type(score) is not int or not 0 <= score <= 10:
        raise InvalidInput({"score": [_("The score is a whole number from 0 to 10.")]})
    new, catalogue = old._replace(score=score), dict(known)
    if content.defects is not SAME:
        catalogue = _catalogue(session, content.defects)
        codes = tuple(dict.fromkeys(content.defects))
        same = sorted(codes) == sorted(old.codes)  # what is stored knows no order
        new = new._replace(codes=old.codes if same else codes)
    account_id = old.account_id if content.account_id is SAME else content.account_id
    contact_id = old.contact_id if content.contact_id is SAME else content.contact_id
    if (account_id, contact_id) != (old.account_id, old.contact_id):
        new = _moved(session, new, account_id, contact_id)
    return new, catalogue


def _catalogue(session: Session, codes: tuple[str, ...]) -> dict[str, DefectKey]:
    found = {code: key for code, key in defects_by_code(session).items() if code in codes}
    unknown = sorted(set(codes) - set(found))
    if unknown:
        raise InvalidInput({"defects": [_("There is no defect '%(code)s'.", code=unknown[0])]})
    return found


def _moved(session: Session, answer: Answer, account_id: int, contact_id: int) -> Answer:
    """The answer given to somebody else: role, segment and region are theirs of today."""
    query = (
        sa.select(AccountContact.role, Account.segment, Account.region)
        .join(Account, Account.id == AccountContact.account_id)
        .where(AccountContact.account_id == account_id, AccountContact.contact_id == contact_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise InvalidInput({"contact_id": [_("This person has no role in this account.")]})
    moved = answer._replace(account_id=account_id, contact_id=contact_id, role=row.role)
    return moved if account_id == answer.account_id else moved._replace(segment=row.segment, region=row.region)


def _write(session: Session, old: Answer, new: Answer, comment: str | None) -> None:
    # the digest stays that of what the source sent: its file again says nothing new, and changes nothing
    names = ("account_id", "contact_id", "score", "role", "segment", "region")
    values: dict[str, Any] = {name: getattr(new, name) for name in names}
    update = sa.update(Response).where(Response.id == old.id)
    session.execute(update.values(comment=comment, version=Response.version + 1, **values))
    session.expire_all()


def _follow(session: Session, before: Answers, after: Answers, change: Change, now: datetime) -> int | None:
    """Counts, issues and decisions."""
    [old], [new] = before.rows(), after.rows()
    count_answers(session, Answers.of([], {}), before, after)
    _tell_issue(session, old, new, change)
    issues = open_issues(session, Answers.of([], {}), after, now)
    detractors = frozenset([new.account_id] if new.score <= DETRACTOR_MAX else [])
    events.publish(AnswersReceived((new.id,), frozenset([old.account_id, new.account_id]), detractors))
    return issues.get(new.id)


def _tell_issue(session: Session, old: Answer, new: Answer, change: Change) -> None:
    """The issue that a wrong answer opened stays, with a note: somebody may be working on it.

    An answer that belongs to another account is no voice of this one's issue any more, and may open one there.
    """
    issue_id = load_issue_ids(session, [old.id]).get(old.id)
    if issue_id is None:
        return
    moved = new.account_id != old.account_id
    voice = sa.update(IssueVoice).where(IssueVoice.response_id == old.id)
    if moved:
        session.execute(voice.values(response_id=None))
    elif new.contact_id != old.contact_id:
        session.execute(voice.values(contact_id=new.contact_id))
    history.note(
        issue_id,
        "voice_moved" if moved else "voice_corrected",
        None,
        response_id=old.id,
        was=old.score,
        now=new.score,
        reason=change.reason.value,
        by=change.actor,
    )
    if change.reason in SAID_BY_CUSTOMER and old.score != new.score:
        tell_owner_of_change(issue_id, old.id, old.score, new.score)
