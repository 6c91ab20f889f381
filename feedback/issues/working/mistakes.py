"""Issues entered by mistake: one person says so, another confirms it. Call inside `transaction()`."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Commitment, Issue, IssueVoice
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import WORK_ITEMS
from feedback.issues.rules.mistakes import Against, MistakeFacts, MistakeState, reasons_in, stands_against
from feedback.issues.withdrawing import close_as_none
from feedback.issues.working.deciding import deciders_of, may_decide
from feedback.issues.working.mistake_lines import CONFIRM, READ, open_claim
from feedback.issues.working.models import Concession, IssueMistake
from feedback.issues.working.naming import account_name
from feedback.issues.working.rules import ConcessionState
from feedback.kernel import clock
from feedback.kernel.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from feedback.kernel.events import publish
from feedback.staffing.queries import with_deputies
from feedback.surveys.models import Response

CLAIM = "mistake.claim"


def claim_mistake(issue_id: int, *, reason: str, viewer: Viewer) -> IssueMistake:
    """Say that an issue was entered by mistake. It stays open, and its clocks run, until somebody else confirms it.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: nobody says why.
        Forbidden: a token says so; somebody has to answer for it.
        RuleViolation: it is none that can be taken back (all reasons are named), or somebody has said so already.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission=CLAIM)
    if viewer.user_id is None:
        raise Forbidden(_("A person says that an issue was a mistake, and answers for it."))
    if not reason.strip():
        raise InvalidInput({"reason": [_("Say why it is a mistake, so that somebody else can confirm it.")]})
    _check(issue)
    if open_claim(issue.id) is not None:
        raise RuleViolation(_("Somebody has said so already; it waits to be confirmed."))
    made = IssueMistake(
        issue_id=issue.id,
        reason=reason.strip(),
        state=MistakeState.CLAIMED,
        claimed_by_id=viewer.user_id,
        claimed_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    note(issue.id, "mistake_claimed", viewer, mistake_id=made.id, note=made.reason)
    _tell(issue, deciders_of(issue, viewer.user_id), made, "mistake_claimed", viewer)
    return made


def decide_mistake(mistake_id: int, *, confirm: bool, words: str, viewer: Viewer) -> IssueMistake:
    """Confirm what somebody else said, which closes the issue and takes it out of all figures; or let it stand as it is.

    Raises:
        NotFound: it is not there or not the viewer's to see.
        Forbidden: the viewer said so, or may not confirm it for this team.
        RuleViolation: it was decided already, or the issue has become one that cannot be taken back.
        InvalidInput: a no says no reason.
    """
    made, issue = _lock(mistake_id, viewer)
    if viewer.user_id is None or viewer.user_id == made.claimed_by_id:
        raise Forbidden(_("Nobody confirms what they said themselves."))
    if not may_decide(viewer, issue, CONFIRM):
        raise Forbidden(_("You may not confirm mistakes of this team."))
    _check_waits(made)
    said = words.strip()
    if not confirm and not said:
        raise InvalidInput({"note": [_("Say why it is a problem after all, so that somebody works on it.")]})
    if confirm:
        _check(issue)
    made.state = MistakeState.CONFIRMED if confirm else MistakeState.REFUSED
    made.decided_by_id, made.decided_at, made.decision = viewer.user_id, clock.now(), said or None
    db.session.flush()
    told = {"note": said} if said else {}
    if confirm:
        _withdraw(issue)
    note(issue.id, "withdrawn" if confirm else "mistake_refused", viewer, mistake_id=made.id, **told)
    if confirm:
        publish(IssuesChanged(frozenset({issue.account_id}), "withdrawn"))
    people = [made.claimed_by_id, *with_deputies([issue.owner_id])]
    _tell(issue, people, made, "mistake_confirmed" if confirm else "mistake_refused", viewer)
    return made


def take_back_claim(mistake_id: int, *, viewer: Viewer) -> IssueMistake:
    """It was no mistake: take back what one said.

    Raises:
        NotFound: it is not there or not the viewer's.
        RuleViolation: somebody else said so, or it was decided already.
    """
    made, issue = _lock(mistake_id, viewer)
    if viewer.user_id != made.claimed_by_id:
        raise RuleViolation(_("Only who said so takes it back."))
    _check_waits(made)
    made.state, made.decided_at = MistakeState.TAKEN_BACK, clock.now()
    db.session.flush()
    note(issue.id, "mistake_taken_back", viewer, mistake_id=made.id)
    return made


def _lock(mistake_id: int, viewer: Viewer) -> tuple[IssueMistake, Issue]:
    """The issue before the word on it: everybody who changes an issue locks it first."""
    issue_id = db.session.scalar(sa.select(IssueMistake.issue_id).where(IssueMistake.id == mistake_id))
    if issue_id is None:
        raise NotFound
    issue = lock_issue(issue_id, viewer=viewer, permission=READ)
    return db.session.get_one(IssueMistake, mistake_id, populate_existing=True), issue


def _check_waits(made: IssueMistake) -> None:
    if made.state is not MistakeState.CLAIMED:
        raise RuleViolation(_("This was decided already, by somebody else or in another window."))


def _withdraw(issue: Issue) -> None:
    """Close it. What a rule read into an answer is kept in words: should that answer become a low one, it opens an issue."""
    voices = sa.select(IssueVoice, Response.comment).join(Response, Response.id == IssueVoice.response_id)
    for voice, comment in db.session.execute(voices.where(IssueVoice.issue_id == issue.id)):
        voice.response_id, voice.said = None, voice.said or comment
    close_as_none(issue)


def reasons_against(issue: Issue) -> list[Against]:
    """What speaks against taking an issue back as it stands."""
    return stands_against(_facts(issue))


def _facts(issue: Issue) -> MistakeFacts:
    voices = db.session.execute(sa.select(IssueVoice.cause, IssueVoice.why).where(IssueVoice.issue_id == issue.id)).all()
    promises = sa.select(sa.func.count()).select_from(Commitment).where(Commitment.issue_id == issue.id, is_open_promise())
    given = (ConcessionState.REQUESTED, ConcessionState.APPROVED)
    concessions = sa.select(sa.func.count()).select_from(Concession)
    return MistakeFacts(
        state=issue.state,
        causes=reasons_in(issue.source, [(cause, why) for cause, why in voices]),
        is_work_item=issue.source in WORK_ITEMS,
        was_reopened=issue.reopen_count > 0,
        open_promises=db.session.scalar(promises) or 0,
        concessions=db.session.scalar(concessions.where(Concession.issue_id == issue.id, Concession.state.in_(given))) or 0,
    )


def against_words(against: Against) -> str:
    """What speaks against it, and what to do instead."""
    return {
        Against.PASSED: _("It counts as fixed, or is closed: ask the customer, or leave it as it is."),
        Against.WORK_ITEM: _("It is a reminder to get in touch: do that and close it."),
        Against.CUSTOMER: _(
            "A customer's score, or a customer's no, stands behind it. An answer that must not count is excluded there."
        ),
        Against.PROMISES: _("A promise to the customer is open: say first what became of it."),
        Against.CONCESSION: _("A concession was asked for or given: it has to be taken back or declined first."),
    }[against]


def _check(issue: Issue) -> None:
    against = reasons_against(issue)
    if against:
        raise RuleViolation(" ".join(against_words(one) for one in against), missing=[one.value for one in against])


def _tell(issue: Issue, people: Sequence[int | None], made: IssueMistake, kind: str, viewer: Viewer) -> None:
    params: Mapping[str, Any] = {
        "number": issue.number, "account": account_name(issue), "by": viewer.name, "note": made.decision or made.reason
    }  # fmt: skip
    others = [one for one in people if one != viewer.user_id]
    news.send(news.to_each(others, f"{kind}:{made.id}", kind, issue.id, **params))
