"""Why it happened, and who mends it until when. Call inside `transaction()`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.fixing import works_on_issues
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import CLOSED_STATES
from feedback.issues.service import check_in_future
from feedback.issues.working.cause_tree import cause_name
from feedback.issues.working.causes import active_cause, propose_cause
from feedback.issues.working.models import IssueDiagnosis, RootCause
from feedback.issues.working.naming import account_name
from feedback.issues.working.rules import MOST_WHYS, read_whys
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.staffing.queries import with_deputies


@dataclass(frozen=True)
class Cause:
    """Why it happened: a cause of the tree, or words that become one, and how one gets there by asking why."""

    root_cause_id: int | None = None
    text: str | None = None
    whys: Sequence[str] | None = None  # None: as they are

    @property
    def said(self) -> bool:
        """Whether anything is said."""
        return self.root_cause_id is not None or bool(self.text) or self.whys is not None


@dataclass(frozen=True)
class Fix:
    """Who mends it, and by when."""

    owner_id: int | None = None
    due_at: datetime | None = None


def diagnose(issue_id: int, cause: Cause, *, viewer: Viewer) -> Issue:
    """Say why it happened, before or after the issue moves on to `diagnosed`.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: there is no such cause, or the chain has more than five whys.
        RuleViolation: the issue is closed.
    """
    issue = _open_issue(issue_id, viewer)
    if not cause.said:
        raise InvalidInput({"root_cause_id": [_("Choose a cause, or write it in your own words.")]})
    write_cause(issue, cause, viewer)
    return issue


def write_cause(issue: Issue, cause: Cause, viewer: Viewer) -> None:
    """Store the cause on a locked issue. What stands there already, about the present fix, is no news and leaves no line."""
    known = find_diagnosis(issue)
    stands = known is not None and known.round == issue.reopen_count
    whys = None if cause.whys is None else _checked_whys(cause.whys)
    if stands and known is not None:
        whys = None if whys == known.whys else whys
        cause = Cause() if _names_the_same(cause, known, issue) else cause
    chosen, told = _chosen(cause), dict[str, Any]()
    if chosen is None and whys is None:
        return
    row = _row(issue)
    if chosen is not None:
        row.root_cause_id, issue.root_cause = chosen.id, cause.text or cause_name(chosen)
        told |= {"root_cause_id": chosen.id, "root_cause": issue.root_cause}
    if whys is not None:
        row.whys, told["whys"] = whys, whys
    row.changed_at = clock.now()
    db.session.flush()
    note(issue.id, "diagnosis", viewer, **told)


def _names_the_same(cause: Cause, known: IssueDiagnosis, issue: Issue) -> bool:
    same_words = cause.text in (None, issue.root_cause)
    return known.root_cause_id is not None and cause.root_cause_id in (None, known.root_cause_id) and same_words


def _chosen(cause: Cause) -> RootCause | None:
    if cause.root_cause_id is not None:
        return active_cause(cause.root_cause_id)
    return propose_cause(cause.text) if cause.text else None


def _checked_whys(lines: Sequence[str]) -> list[str]:
    whys = read_whys(lines)
    if len(whys) > MOST_WHYS:
        raise InvalidInput({"whys": [_("Ask why at most five times; the last one is the cause.")]})
    return whys


def plan_fix(issue_id: int, fix: Fix, *, viewer: Viewer) -> Issue:
    """Say who mends it and by when; both can be changed until it is fixed.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: nothing is said, the day has passed, or there is no such person.
        RuleViolation: it is fixed or closed.
    """
    issue = _open_issue(issue_id, viewer)
    if issue.fixed_at is not None:
        raise RuleViolation(_("Issue %(number)s is fixed already.", number=issue.number))
    if fix.owner_id is None and fix.due_at is None:
        raise InvalidInput({"due_at": [_("Say who fixes it, or by when.")]})
    if fix.due_at is not None:
        check_in_future("due_at", fix.due_at)
    write_fix(issue, fix, viewer)
    return issue


def write_fix(issue: Issue, fix: Fix, viewer: Viewer) -> None:
    """Store who and when on a locked issue; a new owner of the fix is told."""
    row, before = _row(issue), issue.fix_due_at
    told: dict[str, Any] = {}
    if fix.due_at is not None and fix.due_at != before:
        issue.fix_due_at, row.fix_late_told_at = fix.due_at, None
        told |= {"due_at": fix.due_at.isoformat(), "was": before.isoformat() if before else None}
    if fix.owner_id is not None and fix.owner_id != row.fix_owner_id:
        told |= {"owner_id": fix.owner_id, "owner": _fixer(fix.owner_id).name}
        row.fix_owner_id, row.fix_late_told_at = fix.owner_id, None
    row.changed_at = clock.now()
    db.session.flush()
    if told:
        note(issue.id, "fix_planned", viewer, **told)
    if "owner_id" in told and fix.owner_id != viewer.user_id:
        _tell_fixer(issue, _fixer(told["owner_id"]), viewer)


def _fixer(user_id: int) -> User:
    person = db.session.scalar(sa.select(User).where(User.id == user_id, works_on_issues()))
    if person is None:
        raise InvalidInput({"fix_owner_id": [_("There is nobody of this id who works on issues.")]})
    return person


def _tell_fixer(issue: Issue, fixer: User, viewer: Viewer) -> None:
    due = issue.fix_due_at.isoformat() if issue.fix_due_at else ""
    cause = f"fix-given:{issue.id}:{clock.now().isoformat()}"
    params = {"number": issue.number, "account": account_name(issue), "due_at": due, "person": fixer.name}
    for person in with_deputies([fixer.id]):
        if person != viewer.user_id:
            news.send(news.to_each([person], cause, "fix_given", issue.id, **params, stands_in=person != fixer.id))


def find_diagnosis(issue: Issue) -> IssueDiagnosis | None:
    """What is known by now; an issue that was opened again keeps what was found out before, until that is said anew."""
    rounds = (IssueDiagnosis.issue_id == issue.id, IssueDiagnosis.round <= issue.reopen_count)
    return db.session.scalar(sa.select(IssueDiagnosis).where(*rounds).order_by(IssueDiagnosis.round.desc()).limit(1))


def _row(issue: Issue) -> IssueDiagnosis:
    """The row of the present round."""
    found = find_diagnosis(issue)
    if found is not None and found.round == issue.reopen_count:
        return found
    known = {"root_cause_id": found.root_cause_id, "whys": found.whys, "fix_owner_id": found.fix_owner_id} if found else {}
    made = IssueDiagnosis(**{"whys": []} | known, issue_id=issue.id, round=issue.reopen_count, changed_at=clock.now())
    db.session.add(made)
    db.session.flush()
    return made


def _open_issue(issue_id: int, viewer: Viewer) -> Issue:
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.state in CLOSED_STATES:
        raise RuleViolation(_("Issue %(number)s is closed; what is known about it stays as it is.", number=issue.number))
    return issue


def late_fixes() -> Sequence[int]:
    """Issues whose fix has not come by its day, of which nobody was told yet."""
    now = clock.now()
    told = sa.and_(IssueDiagnosis.issue_id == Issue.id, IssueDiagnosis.round == Issue.reopen_count)
    query = (
        sa.select(Issue.id)
        .outerjoin(IssueDiagnosis, told)
        .where(
            Issue.closed_at.is_(None),
            Issue.fixed_at.is_(None),
            Issue.fix_due_at < now,
            IssueDiagnosis.fix_late_told_at.is_(None),
        )
    )
    return db.session.scalars(query.order_by(Issue.id)).all()


def tell_late_fix(issue_id: int) -> bool:
    """Who mends it and who owns the issue hear, once, that the day has passed."""
    issue = db.session.scalar(sa.select(Issue).where(Issue.id == issue_id).with_for_update())
    if issue is None or issue.closed_at is not None or issue.fixed_at is not None or issue.fix_due_at is None:
        return False
    row = _row(issue)
    if row.fix_late_told_at is not None or issue.fix_due_at >= clock.now():
        return False
    row.fix_late_told_at = clock.now()
    note(issue.id, "fix_late", None, due_at=issue.fix_due_at.isoformat())
    cause = f"fix-late:{issue.id}:{issue.fix_due_at.isoformat()}"
    params = {"number": issue.number, "account": account_name(issue)}
    news.send(news.to_each(with_deputies([row.fix_owner_id, issue.owner_id]), cause, "fix_late", issue.id, **params))
    return True
