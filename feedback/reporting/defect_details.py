"""One defect behind the ranking: its months, what customers wrote, the issues and accounts under it, in the viewer's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from feedback.access.auth import check_may
from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.defects.models import Citation, Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.owing import due_column
from feedback.issues.queries.scope import issue_scope
from feedback.reporting.defect_board import BoardFilters, DefectBoard
from feedback.reporting.defect_rows import SharePoint
from feedback.surveys.models import Response, SurveyProgram

VERBATIMS, ISSUES, ACCOUNTS, MONTHS = 8, 6, 6, 36


@dataclass(frozen=True)
class Verbatim:
    """What somebody wrote in an answer that cites the defect."""

    response_id: int
    account_id: int
    account: str
    contact: str | None
    role: str
    score: int
    comment: str
    language: str | None
    responded_at: datetime
    revenue: float | None
    currency: str


@dataclass(frozen=True)
class IssueLine:
    """An issue under the defect."""

    id: int
    number: int
    account: str
    state: str
    severity: str
    owner: str | None
    next_due_at: datetime | None
    harms_customers: bool = False
    harmed_count: int | None = None


@dataclass(frozen=True)
class Harmed:
    """How many open issues harm the customers' own customers, and how many of these, as far as somebody said."""

    issues: int
    people: int


@dataclass(frozen=True)
class AffectedAccount:
    """An account that cites the defect."""

    id: int
    name: str
    revenue: float | None
    currency: str
    answers: int


@dataclass(frozen=True)
class DefectDetails:
    """What opens when a bubble or a row is clicked."""

    defect_id: int
    code: str
    name: str
    category: str
    months: tuple[SharePoint, ...]
    verbatims: tuple[Verbatim, ...]
    issues: tuple[IssueLine, ...]
    open_issues: int
    harmed: Harmed
    accounts: tuple[AffectedAccount, ...]


def defect_details(viewer: Viewer, board: DefectBoard, code: str, *, by_value: bool = False) -> DefectDetails | None:
    """The details of a defect under the board's filters; None when the catalogue has no such defect.

    Args:
        by_value: comments of the accounts with the most revenue first, instead of the newest.
    """
    check_may(viewer, "report.read")
    row = db.session.execute(sa.select(Defect.id, shown_name(), Defect.category).where(Defect.code == code)).one_or_none()
    if row is None:
        return None
    where = [Citation.defect_id == row.id, *_answers(board.filters)]
    scope = account_scope(viewer, permission="response.read")
    return DefectDetails(
        row.id,
        code,
        row[1],
        row.category.value,
        _months(board, where),
        _verbatims([*where, scope], by_value=by_value),
        *_issues(viewer, row.id),
        _accounts([*where, scope]),
    )


def _answers(filters: BoardFilters) -> list[Any]:
    start, stop = filters.window
    conditions: list[Any] = [Response.responded_at < _instant(stop)]
    if start:
        conditions.append(Response.responded_at >= _instant(start))
    if filters.survey:
        survey = sa.select(SurveyProgram.id).where(SurveyProgram.code == filters.survey).scalar_subquery()
        conditions.append(Response.survey_id == survey)
    named = ((Response.segment, filters.segment), (Response.region, filters.region))
    return conditions + [column == value for column, value in named if value]


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _months(board: DefectBoard, where: Sequence[Any]) -> tuple[SharePoint, ...]:
    """Citations per month in one statement: one conditional count per month works alike on both databases."""
    months = board.months[-MONTHS:]
    if not months:
        return ()
    starts = [_instant(point.month) for point in months]
    ends = [_instant(date(day.year + day.month // 12, day.month % 12 + 1, 1)) for day in (point.month for point in months)]
    counts = [
        sa.func.sum(sa.case((sa.and_(Response.responded_at >= first, Response.responded_at < after), 1), else_=0))
        for first, after in zip(starts, ends, strict=True)
    ]
    query = sa.select(*counts).select_from(Citation).join(Response, Response.id == Citation.response_id).where(*where)
    found = db.session.execute(query).one()
    return tuple(SharePoint(point.month, point.n, int(cited or 0)) for point, cited in zip(months, found, strict=True))


def _verbatims(where: Sequence[Any], *, by_value: bool) -> tuple[Verbatim, ...]:
    exchange = current_exchange()
    newest = (Response.responded_at.desc(), Response.id.desc())
    order = (sa.func.coalesce(exchange.revenue, 0).desc(), *newest) if by_value else newest
    columns: tuple[Any, ...] = (
        Response.id,
        Account.id,
        Account.name,
        Contact.name,
        Response.role,
        Response.score,
        Response.comment,
        Response.language,
        Response.responded_at,
        Account.annual_revenue,
        sa.func.coalesce(Account.currency, exchange.currency),
    )
    query = (
        sa.select(*columns)
        .select_from(Citation)
        .join(Response, Response.id == Citation.response_id)
        .join(Account, Account.id == Response.account_id)
        .outerjoin(Contact, Contact.id == Response.contact_id)
        .where(*where, Response.comment.is_not(None), Response.comment != "")
    )
    found: Any = db.session.execute(query.order_by(*order).limit(VERBATIMS))
    return tuple(Verbatim(*row) for row in found)


def _issues(viewer: Viewer, defect_id: int) -> tuple[tuple[IssueLine, ...], int, Harmed]:
    mine = (Issue.defect_id == defect_id, Issue.closed_at.is_(None), issue_scope(viewer))
    columns: tuple[Any, ...] = (
        Issue.id,
        Issue.number,
        Account.name,
        Issue.state,
        Issue.severity,
        User.name,
        due_column(),
        Issue.harms_customers,
        Issue.harmed_count,
    )
    query = (
        sa.select(*columns)
        .join(Account, Account.id == Issue.account_id)
        .outerjoin(User, User.id == Issue.owner_id)
        .where(*mine)
        .order_by(Issue.priority.desc(), Issue.id)
        .limit(ISSUES)
    )
    harms = sa.case((Issue.harms_customers, 1), else_=0)
    totals: Any = sa.select(sa.func.count(), sa.func.sum(harms), sa.func.sum(Issue.harmed_count)).where(*mine)
    total, harming, people = db.session.execute(totals).one()
    found: Any = db.session.execute(query)
    return tuple(IssueLine(*row) for row in found), total, Harmed(harming or 0, people or 0)


def _accounts(where: Sequence[Any]) -> tuple[AffectedAccount, ...]:
    answers, exchange = sa.func.count(), current_exchange()
    currency = sa.func.coalesce(Account.currency, exchange.currency)
    query = (
        sa.select(Account.id, Account.name, Account.annual_revenue, currency, answers)
        .select_from(Citation)
        .join(Response, Response.id == Citation.response_id)
        .join(Account, Account.id == Response.account_id)
        .where(*where)
        .group_by(Account.id, Account.name, Account.annual_revenue, Account.currency)
        .order_by(sa.func.coalesce(exchange.revenue, 0).desc(), Account.id)
        .limit(ACCOUNTS)
    )
    found: Any = db.session.execute(query)
    return tuple(AffectedAccount(*row) for row in found)
