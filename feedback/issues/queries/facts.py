"""What the issues of accounts mean for the gate, for any number of accounts in three statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import (
    OPEN_STATES,
    WORK_ITEMS,
    IssueStanding,
    IssueState,
    Severity,
    standing_of_issue,
    worst_standing,
)
from feedback.issues.rules.enums import STANDING_GRAVITY
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import Response

HEALED_SCORE = 7


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """One issue that counts, with what a person needs to know about it."""

    id: int
    number: int
    state: IssueState
    severity: Severity
    standing: IssueStanding
    owner: str | None
    next_due_at: datetime | None
    fix_due_at: datetime  # the day planned with the customer, else when the resolution is due
    fix_planned: bool


@dataclass(frozen=True, slots=True)
class IssueFact:
    """The worst of an account's issues, and all that count, the worst first."""

    state: IssueStanding
    issues: tuple[OpenIssue, ...]

    @property
    def issue_ids(self) -> tuple[int, ...]:
        """The evidence."""
        return tuple(issue.id for issue in self.issues)

    @property
    def owners(self) -> tuple[str, ...]:
        """Names of the people who work on them, each once."""
        return tuple(dict.fromkeys(issue.owner for issue in self.issues if issue.owner))

    @property
    def next_due_at(self) -> datetime | None:
        """The first clock that is due."""
        return min((issue.next_due_at for issue in self.issues if issue.next_due_at), default=None)


NO_ISSUES = IssueFact(IssueStanding.NONE, ())


def issue_facts(account_ids: Sequence[int], now: datetime) -> dict[int, IssueFact]:
    """The gate's view of each account's issues; accounts without any that count get `NO_ISSUES`."""
    rows = _counting_issues(account_ids)
    unverified = [row.id for row in rows if row.state is IssueState.CLOSED_UNVERIFIED]
    unanswered = _unanswered(unverified) if unverified else frozenset()
    found: dict[int, list[OpenIssue]] = defaultdict(list)
    for row in rows:
        standing = standing_of_issue(
            row.state, row.severity, next_due_at=row.next_due_at, now=now, unanswered=row.id in unanswered
        )
        if standing is not IssueStanding.NONE:
            found[row.account_id].append(_open_issue(row, standing))
    return {account_id: _fact(found.get(account_id, ())) for account_id in account_ids}


def _open_issue(row: Any, standing: IssueStanding) -> OpenIssue:
    fix_due_at, planned = row.fix_due_at or row.resolution_due_at, row.fix_due_at is not None
    return OpenIssue(row.id, row.number, row.state, row.severity, standing, row.owner, row.next_due_at, fix_due_at, planned)


def _fact(issues: Iterable[OpenIssue]) -> IssueFact:
    ordered = tuple(sorted(issues, key=lambda issue: (-STANDING_GRAVITY[issue.standing], issue.number)))
    return IssueFact(worst_standing(issue.standing for issue in ordered), ordered) if ordered else NO_ISSUES


_issue, _owner = Issue.__table__, User.__table__
_COUNTING = [*(state for state in OPEN_STATES if state is not IssueState.VERIFIED), IssueState.CLOSED_UNVERIFIED]
_PROBLEM = sa.and_(*(_issue.c.source != source for source in sorted(WORK_ITEMS)))  # a reason to call speaks against nobody
_COUNTING_ISSUES = Prepared(
    sa.select(
        _issue.c.id,
        _issue.c.account_id,
        _issue.c.number,
        _issue.c.state,
        _issue.c.severity,
        _issue.c.next_due_at,
        _issue.c.fix_due_at,
        _issue.c.resolution_due_at,
        _owner.c.name.label("owner"),
    )
    .join_from(_issue, _owner, _owner.c.id == _issue.c.owner_id, isouter=True)
    .where(in_list(_issue.c.account_id, "accounts"), sa.or_(*(_issue.c.state == state for state in _COUNTING)), _PROBLEM)
)


def _counting_issues(account_ids: Sequence[int]) -> Sequence[Any]:
    return _COUNTING_ISSUES.rows(db.session.connection(), {"accounts": account_ids})


def _unanswered(issue_ids: Sequence[int]) -> frozenset[int]:
    """Of issues closed unverified: those with a voice that neither answered 7 or better since the fix nor left.

    An issue without any named customer waits for an answer of 7 or better by anybody of the account.
    """
    voice, member, answer = sa.orm.aliased(IssueVoice), sa.orm.aliased(AccountContact), sa.orm.aliased(Response)
    healed = sa.and_(
        answer.account_id == Issue.account_id,
        answer.score >= HEALED_SCORE,
        answer.responded_at > sa.func.coalesce(Issue.fixed_at, Issue.closed_at),
    )
    still_there = sa.exists().where(
        member.account_id == Issue.account_id, member.contact_id == voice.contact_id, member.left_at.is_(None)
    )
    waiting_voice = sa.exists().where(
        voice.issue_id == Issue.id,
        voice.contact_id.is_not(None),
        still_there,
        ~sa.exists().where(answer.contact_id == voice.contact_id, healed),
    )
    nobody = sa.and_(~sa.exists().where(voice.issue_id == Issue.id), ~sa.exists().where(healed))
    query = sa.select(Issue.id).where(Issue.id.in_(issue_ids), sa.or_(waiting_voice, nobody))
    return frozenset(db.session.scalars(query))
