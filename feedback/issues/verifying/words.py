"""What a customer says about a fix: written down, with everything that follows. Call these inside `transaction()`."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import FixSettled, IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.reopening import reopen_issue, restore, snapshot
from feedback.issues.rules import IssueState
from feedback.issues.telling import mark_told
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.queries import waiting_voices
from feedback.issues.verifying.rules import OPEN_TO_WORDS, Verdict, Way, is_refusal
from feedback.kernel import clock
from feedback.kernel.events import publish
from feedback.staffing.queries import with_deputies

ANSWERED = "answered"  # the kind of event that says: a customer told us whether it is solved


@dataclass(frozen=True)
class Word:
    """What somebody says about a fix, and how we know."""

    contact_id: int | None
    verdict: Verdict
    way: Way
    comment: str | None = None
    interaction_id: int | None = None
    response_id: int | None = None


def write_word(issue: Issue, word: Word, viewer: Viewer | None, asked: Verification | None = None) -> Verification:
    """Write it down and nothing else.

    Args:
        asked: the mail that is answered; what it said before is replaced.
    """
    now = clock.now()
    written = asked or Verification(issue_id=issue.id, round=issue.reopen_count, created_at=now)
    written.contact_id, written.way, written.verdict, written.comment = word.contact_id, word.way, word.verdict, word.comment
    written.interaction_id, written.response_id = word.interaction_id, word.response_id
    written.recorded_by_id = viewer.user_id if viewer else None
    written.answered_at, written.undo = now, {}
    db.session.add(written)
    db.session.flush()
    if word.verdict is Verdict.YES:  # who says that it is solved knows where it stands
        mark_told(issue.id, word.contact_id, now)
    said = {"contact_id": word.contact_id, "verdict": word.verdict, "way": word.way}
    note(issue.id, ANSWERED, viewer, **said, verification_id=written.id)
    return written


def take_word(issue: Issue, word: Word, viewer: Viewer | None = None, asked: Verification | None = None) -> Verification:
    """Write it down and do what follows. The issue is locked by the caller.

    The last of the people behind the issue who says yes verifies it. One who says that it is not solved, or only partly, opens
    it again, whatever the others said. A yes to an issue that was closed without one changes nothing at the gate: that waits
    for a score. After a reopening words about the earlier fix are only kept.
    """
    again = asked is not None and asked.verdict is not None
    if again and asked is not None and word.verdict is Verdict.YES and asked.undo and asked.round != issue.reopen_count:
        restore(issue, asked.undo, asked.answered_at or clock.now())  # nobody has begun anew: the fix stands again
    before = snapshot(issue)
    counts = asked is None or asked.round == issue.reopen_count
    written = write_word(issue, word, viewer, asked)
    if not counts:
        _tell_people(issue, "issue_word_changed", f"issue-word:{written.id}:{written.answered_at}")
        return written
    if is_refusal(word.verdict) and issue.state in OPEN_TO_WORDS and not _has_successor(issue):
        written.undo = before
        _open_again(issue, word)
    elif word.verdict is Verdict.YES and issue.state is IssueState.FIXED and not waiting_voices(issue):
        written.undo = before
        verify_issue(issue)
    elif again or is_refusal(word.verdict):
        _tell_people(issue, "issue_word_changed", f"issue-word:{written.id}:{written.answered_at}")
    db.session.flush()
    return written


def _open_again(issue: Issue, word: Word) -> None:
    was = issue.state
    reopen_issue(issue)
    note(issue.id, "reopened", None, by=word.way, was=was, verdict=word.verdict, count=issue.reopen_count)
    publish(IssuesChanged(frozenset({issue.account_id}), "reopened"))


def _has_successor(issue: Issue) -> bool:
    """Whether the same problem of the same customer goes on, or ended, as another issue: nobody works on it twice."""
    if issue.closed_at is None:
        return False
    if issue.merged_into_id is not None:
        return True
    same = (Issue.account_id == issue.account_id, Issue.defect_key == issue.defect_key, Issue.id != issue.id)
    return db.session.scalar(sa.select(Issue.id).where(*same, Issue.closed_at.is_(None)).limit(1)) is not None


def verify_issue(issue: Issue) -> None:
    """The customer has said that it is solved."""
    now, was = clock.now(), issue.state
    issue.state, issue.verified_at = IssueState.VERIFIED, now
    db.session.flush()
    note(issue.id, "moved", None, was=was, to=IssueState.VERIFIED)
    _tell_people(issue, "issue_verified", f"issue-verified:{issue.id}:{issue.reopen_count}")
    publish(IssuesChanged(frozenset({issue.account_id}), IssueState.VERIFIED))
    publish(FixSettled(issue.id))


def _tell_people(issue: Issue, kind: str, cause: str) -> None:
    account = db.session.get_one(Account, issue.account_id)
    params = {"number": issue.number, "account": account.name}
    news.send(news.to_each([*with_deputies([issue.owner_id]), account.owner_id], cause, kind, issue.id, **params))


def take_back_word(written: Verification, issue: Issue) -> bool:
    """It was a machine's: as if nothing had been said; answers whether the issue is as it was before.

    What somebody has done with the issue since stays done.
    """
    if written.verdict is None or written.answered_at is None:
        return True
    undone = not written.undo or restore(issue, written.undo, written.answered_at)
    note(issue.id, "word_taken_back", None, contact_id=written.contact_id, verdict=written.verdict)
    written.verdict, written.answered_at, written.comment, written.undo = None, None, None, {}
    db.session.flush()
    publish(IssuesChanged(frozenset({issue.account_id}), "word_taken_back"))
    return undone
