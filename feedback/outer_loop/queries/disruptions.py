"""Disruptions as a viewer sees them: those that affect a customer of theirs, with those customers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.outer_loop.models import Disruption, DisruptionAccount, FollowUpBatch
from feedback.outer_loop.queries.reaching import is_active_and_reached
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import DisruptionState, state_of
from feedback.web.naming import text_for_reader

READ = "disruption.read"


@dataclass(frozen=True)
class DisruptionLine:
    """One disruption, its words as the reader understands them; the counts are of the accounts that the viewer may see."""

    id: int
    title: str
    titles: dict[str, Any]
    message: str | None
    messages: dict[str, Any]
    outcome: str | None
    outcomes: dict[str, Any]
    reach: dict[str, Any]
    starts_at: datetime
    ends_at: datetime | None
    holds_sales: bool
    team_id: int | None
    withdrawn_at: datetime | None
    accounts: int
    followed_up: int
    batch_id: int | None
    state: DisruptionState


_COLUMNS = (
    Disruption.reach,
    Disruption.starts_at,
    Disruption.ends_at,
    Disruption.holds_sales,
    Disruption.team_id,
    Disruption.withdrawn_at,
)


def list_disruptions(
    viewer: Viewer,
    *,
    disruption_id: int | None = None,
    account_id: int | None = None,
    after: int | None = None,
    limit: int | None = None,
    permission: str = READ,
) -> list[DisruptionLine]:
    """The newest first."""
    told = sa.func.sum(sa.case((DisruptionAccount.followed_up_at.is_not(None), 1), else_=0))
    counts = (
        sa.select(DisruptionAccount.disruption_id, sa.func.count().label("accounts"), told.label("told"))
        .join(Account, Account.id == DisruptionAccount.account_id)
        .where(account_scope(viewer, permission))
        .group_by(DisruptionAccount.disruption_id)
    )
    if account_id is not None:
        here = sa.select(DisruptionAccount.disruption_id).where(DisruptionAccount.account_id == account_id)
        counts = counts.where(DisruptionAccount.disruption_id.in_(here))
    mine = counts.subquery()
    batch = sa.select(sa.func.max(FollowUpBatch.id)).where(FollowUpBatch.disruption_id == Disruption.id).scalar_subquery()
    everything = scope_of(viewer, permission) is Scope.ALL
    query = (
        sa.select(Disruption.id, *_in_words(), *_COLUMNS, mine.c.accounts, mine.c.told, batch)
        .join(mine, mine.c.disruption_id == Disruption.id, isouter=everything)
        .order_by(Disruption.id.desc())
        .limit(limit)
    )
    if disruption_id is not None:
        query = query.where(Disruption.id == disruption_id)
    if account_id is not None:
        query = query.where(mine.c.accounts.is_not(None))
    if after is not None:
        query = query.where(Disruption.id < after)
    rows: Any = db.session.execute(query)
    return [_line(row) for row in rows]


def _in_words() -> tuple[Any, ...]:
    row = Disruption
    texts = ((row.titles, row.title), (row.messages, row.message), (row.outcomes, row.outcome))
    return tuple(column for each, one in texts for column in (text_for_reader(each, one), each))


def _line(row: Any) -> DisruptionLine:
    *columns, accounts, told, batch_id = row
    accounts, told = int(accounts or 0), int(told or 0)
    starts_at, ends_at, withdrawn_at = row.starts_at, row.ends_at, row.withdrawn_at
    waiting = told < accounts
    state = state_of(starts_at, ends_at, withdrawn=withdrawn_at is not None, waiting=waiting, now=clock.now())
    return DisruptionLine(*[*columns, accounts, told, batch_id, state])


def get_disruption(disruption_id: int, viewer: Viewer, *, permission: str = READ) -> DisruptionLine:
    """One of them.

    Raises:
        NotFound: it is not there, or affects nobody whom the viewer may see.
    """
    found = list_disruptions(viewer, disruption_id=disruption_id, permission=permission)
    if not found:
        raise NotFound
    return found[0]


@dataclass(frozen=True)
class DisruptionHere:
    """A disruption as it stands at one account."""

    id: int
    title: str
    message: str | None
    starts_at: datetime
    ends_at: datetime | None
    holds_sales: bool
    state: DisruptionState


def list_disruptions_here(account_id: int, viewer: Viewer) -> list[DisruptionHere]:
    """Those that go on or lie ahead at an account, or are over without it having been told; the oldest first."""
    row, here = Disruption, DisruptionAccount
    title, _titles, message, *_others = _in_words()
    query = (
        sa.select(row.id, title, message, row.starts_at, row.ends_at, row.holds_sales)
        .join(here, here.disruption_id == row.id)
        .join(Account, Account.id == here.account_id)
        .where(here.account_id == account_id, row.withdrawn_at.is_(None), here.followed_up_at.is_(None))
        .where(account_scope(viewer, READ))
        .order_by(row.starts_at, row.id)
    )
    now = clock.now()
    rows: Any = db.session.execute(query)
    found = []
    for one in rows:
        state = state_of(one.starts_at, one.ends_at, withdrawn=False, waiting=True, now=now)
        found.append(DisruptionHere(*[*one, state]))
    return found


@dataclass(frozen=True)
class AffectedAccount:
    """An account that a disruption affects."""

    account_id: int
    account: str
    region: str | None
    segment: str | None
    owner: str | None
    followed_up_at: datetime | None = None


_ACCOUNT = (Account.id, Account.name, Account.region, Account.segment, User.name)


def list_affected(
    disruption_id: int,
    viewer: Viewer,
    *,
    told: bool | None = None,
    after: tuple[str, int] | None = None,
    offset: int | None = None,
    limit: int | None = None,
) -> list[AffectedAccount]:
    """The affected accounts that the viewer may see, by name; `told`: those who were told that it is over, or the others."""
    query = (
        sa.select(*_ACCOUNT, DisruptionAccount.followed_up_at)
        .join(DisruptionAccount, DisruptionAccount.account_id == Account.id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(DisruptionAccount.disruption_id == disruption_id, account_scope(viewer, READ))
        .order_by(Account.name, Account.id)
        .limit(limit)
        .offset(offset)
    )
    if told is not None:
        query = query.where(DisruptionAccount.followed_up_at.is_not(None) == told)
    if after is not None:
        query = query.where(sa.tuple_(Account.name, Account.id) > after)
    rows: Any = db.session.execute(query)
    return [AffectedAccount(*row) for row in rows]


def last_told_at(disruption_id: int, viewer: Viewer) -> datetime | None:
    """When the last of the accounts that the viewer may see was told that it is over; None before the first."""
    query = sa.select(sa.func.max(DisruptionAccount.followed_up_at)).join(Account, Account.id == DisruptionAccount.account_id)
    return db.session.scalar(query.where(DisruptionAccount.disruption_id == disruption_id, account_scope(viewer, READ)))


def list_reached(reach: Reach, viewer: Viewer, *, permission: str = READ, limit: int | None = None) -> list[AffectedAccount]:
    """The same of accounts that would be affected."""
    query = (
        sa.select(*_ACCOUNT)
        .outerjoin(User, User.id == Account.owner_id)
        .where(is_active_and_reached(reach), account_scope(viewer, permission))
        .order_by(Account.name, Account.id)
        .limit(limit)
    )
    rows: Any = db.session.execute(query)
    return [AffectedAccount(*row) for row in rows]
