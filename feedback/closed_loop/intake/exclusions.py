"""Answers that count nowhere any more, and how they come back.

An excluded answer leaves its table, so that no reader has to remember to leave it out. What it was is kept in
`response_exclusion`, with what stood around it: citations, earlier versions, its place among the voices of an issue.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.rules import ContactRole
from feedback.audit import service as audit
from feedback.closed_loop.intake.answers import Answer, Answers
from feedback.closed_loop.intake.by_hand import DETRACTOR_MAX, MAX_NOTE
from feedback.closed_loop.intake.corrections import remove_answers
from feedback.closed_loop.intake.counting import count
from feedback.closed_loop.intake.reactions import count_answers, open_issues, publish_received
from feedback.closed_loop.intake.store import replace_wishes
from feedback.closed_loop.intake.stored import load_answers, load_issue_ids, load_wishes
from feedback.defects import locks
from feedback.defects.catalogue import DefectKey, defects_by_code
from feedback.defects.models import Citation
from feedback.extensions import db
from feedback.issues import history
from feedback.issues.models import IssueVoice
from feedback.issues.rules import CallWish
from feedback.kernel import clock, events
from feedback.kernel.bulk import among, in_list
from feedback.kernel.db import instant, microseconds
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.kernel.prepared import Prepared
from feedback.surveys.events import AnswerDeleted
from feedback.surveys.models import Response, ResponseExclusion, ResponseVersion
from feedback.surveys.rules import AnswerChannel, ExclusionCause

_table: Any = ResponseExclusion.__table__
_KEPT = ("content_digest", "version", "comment", "language", "channel", "role", "segment", "region")
_OWN = ("account_id", "contact_id", "survey_id", "invitation_id", "source", "external_id", "score", "responded_at")


class Reason(NamedTuple):
    """Why an answer is excluded: a code and words."""

    cause: ExclusionCause
    note: str


def exclude_answer(response_id: int, reason: Reason, viewer: Viewer) -> int:
    """Take an answer out of all figures; answers the id of the exclusion. Call inside `transaction()` after checking access.

    Raises:
        NotFound: there is no such answer.
        InvalidInput: no words say why.
        RuleViolation: a detractor of an account that the viewer looks after.
    """
    session, now, note = db.session(), clock.now(), reason.note.strip()
    if not note or len(note) > MAX_NOTE:
        raise InvalidInput({"note": [_("Say in a few words why this answer must not count.")]})
    locks.hold(session, locks.ACCEPTOR)
    answers = load_answers(session, [response_id])
    if not len(answers):
        raise NotFound
    [answer] = answers.rows()
    own = check_own_detractor(answer.account_id, answer.score, viewer)
    issue_id = load_issue_ids(session, [response_id]).get(response_id)
    row = _describe(session, answer) | {
        "reason": reason.cause,
        "note": note,
        "excluded_by": viewer.actor,
        "excluded_by_id": viewer.user_id,
        "own_account": own,
        "excluded_at": now,
    }
    remove_answers(session, [response_id])
    session.expire_all()
    exclusion_id: int = session.execute(sa.insert(ResponseExclusion).values(**row).returning(ResponseExclusion.id)).scalar_one()
    count(session, answers, [-1])
    if issue_id is not None:
        history.note(
            issue_id, "voice_excluded", None, response_id=response_id, score=answer.score, reason=reason.cause, by=viewer.actor
        )
    audit.record(viewer.actor, "response.excluded", "response", response_id, reason=reason.cause.value, score=answer.score)
    events.publish(AnswerDeleted(response_id, answer.account_id))
    return exclusion_id


def check_own_detractor(account_id: int, score: int, viewer: Viewer) -> bool:
    """Whether the viewer looks after the account of an answer with this score.

    Raises:
        RuleViolation: and it is a detractor's: nobody takes away the bad mark of their own customer alone.
    """
    owner_id = db.session.scalar(sa.select(Account.owner_id).where(Account.id == account_id))
    own = viewer.user_id is not None and owner_id == viewer.user_id
    if own and score <= DETRACTOR_MAX:
        raise RuleViolation(_("You look after this account: somebody else has to decide about a detractor's answer of it."))
    return own


def _describe(session: Session, answer: Answer) -> dict[str, Any]:
    """Everything that is needed to put the answer back as it is."""
    stored = session.execute(sa.select(Response.__table__).where(Response.id == answer.id)).one()._mapping
    citations = session.execute(sa.select(Citation.defect_id, Citation.source).where(Citation.response_id == answer.id))
    of_version = (ResponseVersion.version, ResponseVersion.content, ResponseVersion.replaced_at)
    why = (ResponseVersion.changed_by, ResponseVersion.reason, ResponseVersion.note)
    versions = session.execute(sa.select(*of_version, *why).where(ResponseVersion.response_id == answer.id))
    wish = load_wishes(session.connection(), [answer.id]).get(answer.id)
    content = {name: stored[name] for name in _KEPT} | {
        "created_at": microseconds(stored["created_at"]),
        "citations": [[defect_id, source.value] for defect_id, source in citations],
        "versions": [[*row[:2], microseconds(row[2]), *row[3:]] for row in versions],
        "call_me": [wish.phone, wish.best_time] if wish else None,
        "voices": list(session.scalars(sa.select(IssueVoice.id).where(IssueVoice.response_id == answer.id))),
    }
    return {name: stored[name] for name in _OWN} | {"response_id": answer.id, "content": content}


def put_back(exclusion_id: int, viewer: Viewer) -> int:
    """Count an excluded answer again, as it was; answers its id. Call inside `transaction()` after checking access.

    Raises:
        NotFound: there is no such exclusion.
        RuleViolation: the answer counts again already, or another one has its place by now.
    """
    session, now = db.session(), clock.now()
    locks.hold(session, locks.ACCEPTOR)
    row = session.execute(sa.select(_table).where(_table.c.id == exclusion_id)).one_or_none()
    if row is None:
        raise NotFound
    if row.put_back_at is not None:
        raise RuleViolation(_("This answer counts again already."))
    _check_free(session, row)
    _insert(session, row)
    closing = sa.update(ResponseExclusion).where(ResponseExclusion.id == exclusion_id)
    session.execute(closing.values(put_back_at=now, put_back_by=viewer.actor, content={}))
    session.expire_all()
    answers = load_answers(session, [row.response_id])
    count_answers(session, answers, Answers.of([], {}), Answers.of([], {}))
    open_issues(session, Answers.of([], {}), answers, now)
    audit.record(viewer.actor, "response.put_back", "response", row.response_id, score=row.score)
    publish_received(answers)
    return int(row.response_id)


def _check_free(session: Session, row: Any) -> None:
    same_link = sa.and_(Response.invitation_id.is_not(None), Response.invitation_id == row.invitation_id)
    same_name = sa.and_(Response.source == row.source, Response.external_id.is_not(None), Response.external_id == row.external_id)
    if session.execute(sa.select(Response.id).where(sa.or_(same_link, same_name)).limit(1)).first() is not None:
        raise RuleViolation(
            _("Another answer came in its place since, and only one of them can count. Correct that one instead.")
        )


def _insert(session: Session, row: Any) -> None:
    content, response_id = row.content, row.response_id
    values = {name: getattr(row, name) for name in _OWN} | {name: content[name] for name in _KEPT}
    values |= {"id": response_id, "created_at": instant(content["created_at"])}
    values |= {"channel": AnswerChannel(content["channel"]), "role": ContactRole(content["role"])}
    session.execute(sa.insert(Response).values(**values))
    citations = [{"response_id": response_id, "defect_id": one, "source": source} for one, source in content["citations"]]
    if citations:
        session.execute(sa.insert(Citation), citations)
    if content.get("call_me"):
        replace_wishes(session, {response_id: CallWish(*content["call_me"])}, clock.now())
    names = ("version", "content", "replaced_at", "changed_by", "reason", "note")
    versions = [dict(zip(names, [*one[:2], instant(one[2]), *one[3:]], strict=True)) for one in content["versions"]]
    if versions:
        session.execute(sa.insert(ResponseVersion), [{"response_id": response_id, **one} for one in versions])
    voices = sa.update(IssueVoice).where(among(IssueVoice.id, content["voices"]))
    session.execute(voices.values(response_id=response_id))


_STANDING = _table.c.put_back_at.is_(None)
_IDENTIFIED = (_table.c.response_id, _table.c.content)
_BY_NAME = Prepared(
    sa.select(_table.c.external_id, *_IDENTIFIED).where(
        _table.c.source == sa.bindparam("source"), in_list(_table.c.external_id, "names"), _STANDING
    )
)
_BY_INVITATION = Prepared(
    sa.select(_table.c.invitation_id, *_IDENTIFIED).where(in_list(_table.c.invitation_id, "invited"), _STANDING)
)
_ANY = Prepared(sa.select(_table.c.id).where(_STANDING).limit(1))
_BY_RESPONSE = Prepared(sa.select(_table).where(in_list(_table.c.response_id, "ids"), _STANDING))


def excluded_identities(
    session: Session, names: Mapping[str, set[str]], invited: Sequence[int]
) -> dict[tuple[str, str | int], tuple[int, str, str]]:
    """Excluded answers with one of these identities: (source, name) or ("", invitation) → (id, digest, channel)."""
    connection = session.connection()
    found: dict[tuple[str, str | int], tuple[int, str, str]] = {}
    if not _ANY.rows(connection, {}):
        return found
    for source, wanted in names.items():
        for row in _BY_NAME.rows(connection, {"source": source, "names": list(wanted)}):
            found[source, row.external_id] = _identified(row)
    if invited:
        for row in _BY_INVITATION.rows(connection, {"invited": list(invited)}):
            found["", row.invitation_id] = _identified(row)
    return found


def _identified(row: Any) -> tuple[int, str, str]:
    return row.response_id, row.content["content_digest"], row.content["channel"]


def load_excluded(session: Session, response_ids: Sequence[int]) -> list[tuple[Answer, dict[str, DefectKey]]]:
    """Excluded answers as they were."""
    found = []
    for row in _BY_RESPONSE.rows(session.connection(), {"ids": list(response_ids)}):
        kept, cited = row.content, [one for one, _source in row.content["citations"]]
        catalogue = {code: key for code, key in defects_by_code(session).items() if key.id in cited}
        answer = Answer(
            row.response_id,
            row.account_id,
            row.contact_id,
            row.survey_id,
            row.score,
            ContactRole(kept["role"]),
            kept["segment"],
            kept["region"],
            microseconds(row.responded_at),
            AnswerChannel(kept["channel"]),
            tuple(sorted(catalogue)),
            kept["language"],
        )
        found.append((answer, catalogue))
    return found
