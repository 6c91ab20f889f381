"""Which renewals are at risk: contracts that end soon, ranked by the weight of their issues, with the reasons."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, Contract, Site
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.counting import counts_for_itself
from feedback.issues.rules import WORK_ITEMS, Severity, is_overdue
from feedback.issues.rules.renewal import LOOK_BACK, RiskIssue, points_of
from feedback.kernel import clock

HORIZON_DAYS = 180


@dataclass(frozen=True)
class RenewalLine:
    """A contract, or an account whose renewal is known without one. `unplaced` issues of the customer name no contract."""

    account_id: int
    account: str
    contract_id: int | None
    contract: str | None
    site_id: int | None
    site: str | None
    renewal_on: date
    value: float | None
    currency: str | None
    issues: tuple[RiskIssue, ...]
    unplaced: int

    @property
    def points(self) -> int:
        """The weight of its issues."""
        return points_of(self.issues)

    @property
    def open(self) -> dict[Severity, int]:
        """Open issues by severity, the gravest first."""
        counts = {severity: sum(issue.is_open and issue.severity is severity for issue in self.issues) for severity in Severity}
        return {severity: count for severity, count in counts.items() if count}

    @property
    def closed(self) -> int:
        """Issues of the last year that are closed."""
        return sum(not issue.is_open for issue in self.issues)

    @property
    def unverified(self) -> int:
        """Closed without the customer's word."""
        return sum(issue.is_unsettled and not issue.is_open for issue in self.issues)

    @property
    def reopened(self) -> int:
        """How often a fix did not hold."""
        return sum(issue.reopen_count for issue in self.issues)

    @property
    def overdue(self) -> int:
        """Open issues with a clock that ran out."""
        return sum(issue.overdue for issue in self.issues)

    @property
    def harming(self) -> int:
        """Issues that harm the customer's own customers."""
        return sum(issue.harms_customers for issue in self.issues)


@dataclass(frozen=True)
class SiteLoad:
    """A place with everything that is about it."""

    id: int
    name: str
    contracts: int
    open: int
    points: int
    next_renewal_on: date | None


@dataclass(frozen=True)
class RenewalRisk:
    """The list, the riskiest first, and the load by site."""

    lines: tuple[RenewalLine, ...]
    sites: tuple[SiteLoad, ...]
    until: date | None
    contracts: int  # all running ones in the viewer's scope


def renewal_risk(viewer: Viewer, *, days: int | None = HORIZON_DAYS, account_id: int | None = None) -> RenewalRisk:
    """Contracts and accounts in the viewer's scope that come up for renewal within so many days (None: whenever)."""
    today = clock.now().date()
    until = None if days is None else today + timedelta(days=days)
    rows = _contracts(viewer, account_id)
    issues = _issues(viewer, account_id)
    only = _only_contract(rows)
    lines = [_line(row, issues, only) for row in rows if row.renewal_on is not None]
    lines += _without_contract(viewer, {row.account_id for row in rows}, issues, account_id)
    due = [line for line in lines if line.renewal_on >= today and (until is None or line.renewal_on <= until)]
    due.sort(key=lambda line: (-line.points, line.renewal_on, line.account))
    return RenewalRisk(tuple(due), _sites(rows, issues, only, today), until, len(rows))


def _contracts(viewer: Viewer, account_id: int | None) -> Sequence[Any]:
    columns: tuple[Any, ...] = (
        Contract.id,
        Contract.name,
        Contract.account_id,
        Account.name.label("account"),
        Contract.site_id,
        Site.name.label("site"),
        Contract.renewal_on,
        sa.func.coalesce(Contract.annual_value, sa.null()).label("value"),
        Contract.currency,
    )
    query: Any = sa.select(*columns).join(Account, Account.id == Contract.account_id).outerjoin(Site, Site.id == Contract.site_id)
    query = query.where(Contract.ended.is_(False), Account.status == AccountStatus.ACTIVE, account_scope(viewer))
    return db.session.execute(query if account_id is None else query.where(Contract.account_id == account_id)).all()


def _only_contract(rows: Sequence[Any]) -> dict[int, int]:
    """The contract of each account that has one only: whatever happens there is about it."""
    of: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        of[row.account_id].append(row.id)
    return {account_id: ids[0] for account_id, ids in of.items() if len(ids) == 1}


_Issues = Mapping[int, Sequence[tuple[int | None, RiskIssue]]]  # account → (contract, what counts)


def _issues(viewer: Viewer, account_id: int | None) -> _Issues:
    now = clock.now()
    if scope_of(viewer, "issue.read") is Scope.NONE:
        return {}
    columns: tuple[Any, ...] = (
        Issue.account_id,
        Issue.contract_id,
        Issue.severity,
        Issue.state,
        Issue.reopen_count,
        Issue.queue_due_at,
        Issue.harms_customers,
    )
    query: Any = (
        sa.select(*columns)
        .join(Account, Account.id == Issue.account_id)
        .where(
            sa.or_(Issue.closed_at.is_(None), Issue.opened_at >= now - LOOK_BACK),
            Issue.source.not_in(WORK_ITEMS),
            counts_for_itself(),
            account_scope(viewer),
        )
    )
    found: dict[int, list[tuple[int | None, RiskIssue]]] = defaultdict(list)
    for row in db.session.execute(query if account_id is None else query.where(Issue.account_id == account_id)):
        found[row.account_id].append((row.contract_id, _counted(row, now)))
    return found


def _counted(row: Any, now: datetime) -> RiskIssue:
    return RiskIssue(row.severity, row.state, row.reopen_count, is_overdue(row.queue_due_at, now), row.harms_customers)


def _of_contract(row: Any, issues: _Issues, only: Mapping[int, int]) -> tuple[RiskIssue, ...]:
    mine = issues.get(row.account_id, ())
    alone = only.get(row.account_id) == row.id
    return tuple(issue for contract_id, issue in mine if contract_id == row.id or (contract_id is None and alone))


def _line(row: Any, issues: _Issues, only: Mapping[int, int]) -> RenewalLine:
    named_none = [issue for contract_id, issue in issues.get(row.account_id, ()) if contract_id is None]
    return RenewalLine(
        account_id=row.account_id,
        account=row.account,
        contract_id=row.id,
        contract=row.name,
        site_id=row.site_id,
        site=row.site,
        renewal_on=row.renewal_on,
        value=row.value,
        currency=row.currency,
        issues=_of_contract(row, issues, only),
        unplaced=0 if row.account_id in only else len(named_none),
    )


def _without_contract(viewer: Viewer, having: set[int], issues: _Issues, account_id: int | None) -> list[RenewalLine]:
    columns = (Account.id, Account.name, Account.renewal_on, Account.annual_revenue, Account.currency)
    query: Any = sa.select(*columns).where(
        Account.renewal_on.is_not(None), Account.status == AccountStatus.ACTIVE, account_scope(viewer)
    )
    rows = db.session.execute(query if account_id is None else query.where(Account.id == account_id))
    return [
        RenewalLine(
            account_id=row.id,
            account=row.name,
            contract_id=None,
            contract=None,
            site_id=None,
            site=None,
            renewal_on=row.renewal_on,
            value=row.annual_revenue,
            currency=row.currency,
            issues=tuple(issue for _, issue in issues.get(row.id, ())),
            unplaced=0,
        )
        for row in rows
        if row.id not in having
    ]


def _sites(rows: Sequence[Any], issues: _Issues, only: Mapping[int, int], today: date) -> tuple[SiteLoad, ...]:
    by_site: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row.site_id is not None:
            by_site[row.site_id].append(row)
    loads = [_load(site_id, group, issues, only, today) for site_id, group in by_site.items()]
    return tuple(sorted(loads, key=lambda load: (-load.points, load.name)))


def _load(site_id: int, rows: Sequence[Any], issues: _Issues, only: Mapping[int, int], today: date) -> SiteLoad:
    counted = [issue for row in rows for issue in _of_contract(row, issues, only)]
    following = [row.renewal_on for row in rows if row.renewal_on is not None and row.renewal_on >= today]
    return SiteLoad(
        id=site_id,
        name=rows[0].site,
        contracts=len(rows),
        open=sum(issue.is_open for issue in counted),
        points=points_of(counted),
        next_renewal_on=min(following, default=None),
    )
