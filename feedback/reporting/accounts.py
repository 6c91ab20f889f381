"""The list of accounts of a viewer, and the filters it can have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.exchange import Exchange, current_exchange
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.standing import Standing, standings
from feedback.kernel import clock
from feedback.surveys.models import Response


@dataclass(frozen=True)
class AccountFilters:
    """What the list is asked for; '' means any. `sort` is a column, with a minus for downwards."""

    text: str = ""
    region: str = ""
    segment: str = ""
    sort: str = ""

    def is_set(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.text or self.region or self.segment)


@dataclass(frozen=True)
class AccountLine:
    """One row of the list."""

    id: int
    name: str
    segment: str | None
    region: str | None
    value_tier: str
    revenue: float | None
    currency: str
    owner: str | None
    last_answer_at: datetime | None
    play: str = ""  # what the relationship asks for now; '' for an account that is not active
    advocacy: str = ""
    share_of_wallet: str = ""


_LAST_ANSWER = (
    sa.select(sa.func.max(Response.responded_at)).where(Response.account_id == Account.id).correlate(Account).scalar_subquery()
)
_REGION = sa.func.coalesce(Account.region, "")
_ORDERS: dict[str, Sequence[Any]] = {
    "name": (Account.name,),
    "-name": (Account.name.desc(),),
    "region": (_REGION, Account.name),
    "-region": (_REGION.desc(), Account.name),
    "answer": (_LAST_ANSWER.is_not(None), _LAST_ANSWER, Account.name),  # who never answered has been silent longest
    "-answer": (_LAST_ANSWER.is_(None), _LAST_ANSWER.desc(), Account.name),
    "tier": (Account.value_tier, Account.name),
    "-tier": (Account.value_tier.desc(), Account.name),
}
_BY_REVENUE = ("revenue", "-revenue")
SORTS = (*_ORDERS, *_BY_REVENUE)


def list_account_lines(viewer: Viewer, wanted: AccountFilters, *, offset: int, limit: int) -> tuple[list[AccountLine], int]:
    """One page of the accounts in the viewer's scope, and how many there are in all."""
    conditions = [account_scope(viewer), *_conditions(wanted)]
    total = db.session.scalar(sa.select(sa.func.count(Account.id)).where(*conditions)) or 0
    exchange = current_exchange()
    columns = (
        Account.id,
        Account.name,
        Account.segment,
        Account.region,
        Account.value_tier,
        Account.annual_revenue,
        Account.currency,
        User.name,
        _LAST_ANSWER,
        Account.status,
    )
    query = (
        sa.select(*columns)
        .outerjoin(User, User.id == Account.owner_id)
        .where(*conditions)
        .order_by(*_order(wanted.sort, exchange), Account.id)
        .offset(offset)
        .limit(limit)
    )
    rows = db.session.execute(query).all()
    stands = standings([row.id for row in rows if row.status is AccountStatus.ACTIVE], clock.now())
    return [_line(row, exchange.currency, stands.get(row.id)) for row in rows], total


def _order(sort: str, exchange: Exchange) -> Sequence[Any]:
    """Columns to sort by; revenue is compared in one currency, and counts as none where there is no rate."""
    if sort not in _BY_REVENUE:
        return _ORDERS.get(sort, _ORDERS["name"])
    revenue = sa.func.coalesce(exchange.revenue, 0)
    return (revenue.desc() if sort.startswith("-") else revenue), Account.name


def _line(row: Any, default: str, standing: Standing | None) -> AccountLine:
    return AccountLine(
        id=row.id,
        name=row[1],
        segment=row.segment,
        region=row.region,
        value_tier=str(row.value_tier),
        revenue=row.annual_revenue,
        currency=row.currency or default,
        owner=row[7],
        last_answer_at=row[8],
        play=str(standing.play) if standing else "",
        advocacy=str(standing.advocacy) if standing else "",
        share_of_wallet=str(standing.share_of_wallet) if standing else "",
    )


def _conditions(wanted: AccountFilters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        text = wanted.text.strip()[:100]
        found.append(Account.name.icontains(text, autoescape=True) | (Account.external_id == text))
    if wanted.region:
        found.append(Account.region == wanted.region)
    if wanted.segment:
        found.append(Account.segment == wanted.segment)
    return found


def list_regions(viewer: Viewer) -> list[str]:
    """The regions of the viewer's accounts."""
    return _distinct(viewer, Account.region)


def list_segments(viewer: Viewer) -> list[str]:
    """The segments of the viewer's accounts."""
    return _distinct(viewer, Account.segment)


def _distinct(viewer: Viewer, column: Any) -> list[str]:
    query = sa.select(column).where(account_scope(viewer), column.is_not(None)).distinct().order_by(column)
    return [name for name in db.session.scalars(query) if name]
