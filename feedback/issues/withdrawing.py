"""Issues that were no problem: an answer that nobody gave opened them, or somebody entered them by mistake."""

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.events import IssuesChanged
from feedback.issues.history import SYSTEM, note
from feedback.issues.models import Issue, IssueEvent, IssueVoice
from feedback.issues.rules import ANSWERED, WITHDRAWABLE, IssueState
from feedback.kernel import clock
from feedback.kernel.events import publish
from feedback.outbox.service import recall
from feedback.staffing.queries import with_deputies


def take_back_voice(issue_id: int, response_id: int, score: int, *, opened_it: bool) -> bool:
    """An answer behind an issue was not given by a person; answers whether the issue is closed for it.

    What people were not told yet they are not told. An issue with other voices, or one that somebody has begun to work on,
    stays with a line in its history. Call inside `transaction()`.

    Args:
        opened_it: nothing was known before this answer came, so that the issue can be its doing.
    """
    issue = db.session.scalars(sa.select(Issue).where(Issue.id == issue_id).with_for_update()).one()
    if issue.closed_at is not None:
        return False
    account_owner = db.session.scalar(sa.select(Account.owner_id).where(Account.id == issue.account_id))
    people = with_deputies([issue.owner_id, account_owner])
    recall([f"issue-voice:{issue_id}:{response_id}:{person}" for person in people])
    if not opened_it or not _is_untouched(issue):
        note(issue_id, "voice_taken_back", None, response_id=response_id, score=score)
        return False
    recall([f"issue-{what}:{issue_id}:{person}" for what in ("opened", "waits", "caught") for person in people])
    close_as_none(issue)
    # should the person say the same after all, that opens an issue of its own
    db.session.execute(sa.update(IssueVoice).where(IssueVoice.issue_id == issue_id).values(response_id=None))
    note(issue_id, "withdrawn", None, response_id=response_id, score=score)
    publish(IssuesChanged(frozenset({issue.account_id}), "withdrawn"))
    return True


def close_as_none(issue: Issue) -> None:
    """Close an issue that was none: it counts nowhere. The caller writes its history."""
    issue.state, issue.next_due_at, issue.queued_at = IssueState.CLOSED, None, None
    issue.closed_at = issue.withdrawn_at = clock.now()
    db.session.flush()


def _is_untouched(issue: Issue) -> bool:
    """Nobody else reported it, and nobody of ours did anything about it."""
    if issue.source not in ANSWERED or issue.state not in WITHDRAWABLE:
        return False
    voices = db.session.scalar(sa.select(sa.func.count()).select_from(IssueVoice).where(IssueVoice.issue_id == issue.id))
    begun = sa.select(IssueEvent.id).where(IssueEvent.issue_id == issue.id, IssueEvent.actor != SYSTEM).limit(1)
    return voices == 1 and db.session.execute(begun).first() is None
