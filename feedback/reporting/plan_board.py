"""How accounts are planned: live plans with their ticks, reviews that were missed, and valuable accounts without a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.kernel import clock
from feedback.planning.locking import READ
from feedback.planning.models import AccountPlan, PlanReview
from feedback.planning.queries import PlanFilter, list_plans
from feedback.planning.reminding import is_overdue
from feedback.planning.rules.states import PlanState
from feedback.planning.sheets import PlanSheet, sheets

MOST = 200


@dataclass(frozen=True)
class MissedReview:
    """A review that should have been held."""

    account_id: int
    plan_id: int
    account: str
    owner: str | None
    starts_at: datetime


@dataclass(frozen=True)
class Unplanned:
    """An account of which no live plan holds today."""

    account_id: int
    account: str
    tier: str
    owner: str | None
    revenue: float | None


@dataclass(frozen=True)
class PlanBoard:
    """The board; `accounts` are all active ones, `planned` those with a live plan today."""

    live: Sequence[PlanSheet]
    missed: Sequence[MissedReview]
    without: Sequence[Unplanned]
    accounts: int
    planned: int
    currency: str


def plan_board(viewer: Viewer, today: date, owner_id: int | None = None) -> PlanBoard:
    """Of the viewer's accounts, or of one account manager's among them; a constant number of statements."""
    wanted = PlanFilter(state=PlanState.ACTIVE, owner_id=owner_id)
    live = sheets(list_plans(viewer, wanted, limit=MOST).items, asker=viewer.user_id)
    mine = [account_scope(viewer, READ), Account.status == AccountStatus.ACTIVE]
    if owner_id is not None:
        mine.append(Account.owner_id == owner_id)
    holds = (AccountPlan.closed_at.is_(None), AccountPlan.starts_on <= today, AccountPlan.ends_on >= today)
    has_plan = sa.exists().where(AccountPlan.account_id == Account.id, *holds)
    counted = sa.select(sa.func.count(), sa.func.sum(sa.case((has_plan, 1), else_=0))).select_from(Account).where(*mine)
    accounts, planned = db.session.execute(counted).one()
    return PlanBoard(
        live=live,
        missed=_missed(mine),
        without=_without(mine, ~has_plan),
        accounts=accounts or 0,
        planned=int(planned or 0),
        currency=current_exchange().currency,
    )


def _missed(mine: Sequence[sa.ColumnElement[bool]]) -> list[MissedReview]:
    query = (
        sa.select(Account.id, AccountPlan.id, Account.name, User.name, PlanReview.starts_at)
        .join(AccountPlan, AccountPlan.id == PlanReview.plan_id)
        .join(Account, Account.id == AccountPlan.account_id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(is_overdue(clock.now()), AccountPlan.closed_at.is_(None), *mine)
        .order_by(PlanReview.starts_at)
        .limit(MOST)
    )
    rows: Any = db.session.execute(query)
    return [MissedReview(*row) for row in rows]


def _without(mine: Sequence[sa.ColumnElement[bool]], no_plan: sa.ColumnElement[bool]) -> list[Unplanned]:
    """The most valuable first: those are missed most."""
    revenue = current_exchange().revenue
    query = sa.select(Account.id, Account.name, Account.value_tier, User.name, revenue.label("revenue"))
    query = query.outerjoin(User, User.id == Account.owner_id).where(no_plan, *mine)
    rows: Any = db.session.execute(
        query.order_by(Account.value_tier, sa.func.coalesce(revenue, 0).desc(), Account.id).limit(MOST)
    )
    return [Unplanned(id_, name, tier.value, owner, worth) for id_, name, tier, owner, worth in rows]
