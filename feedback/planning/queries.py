"""Named reads of plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.planning.locking import READ
from feedback.planning.models import AccountPlan
from feedback.planning.rules.states import PlanState


@dataclass(frozen=True)
class PlanFilter:
    """Which plans; None means any."""

    account_id: int | None = None
    owner_id: int | None = None
    state: PlanState | None = None
    on: date | None = None  # whose period holds this day


@dataclass(frozen=True)
class PlanLine:
    """A plan with the names of its account and of the account's manager."""

    plan: AccountPlan
    account: str
    owner_id: int | None
    owner: str | None


def access_plan(plan_id: int, *, viewer: Viewer, permission: str = READ) -> PlanLine:
    """One plan.

    Raises:
        NotFound: it is not there or not the viewer's.
    """
    row = db.session.execute(_lines(viewer, permission).where(AccountPlan.id == plan_id)).one_or_none()
    if row is None:
        raise NotFound
    return PlanLine(*row)


def list_plans(viewer: Viewer, wanted: PlanFilter, *, limit: int, cursor: str | None = None) -> Page[PlanLine]:
    """Plans in the viewer's scope, the newest first."""
    query = _lines(viewer).where(*_conditions(wanted)).order_by(AccountPlan.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(AccountPlan.id < decode_numbers(cursor, size=1)[0])
    found = [PlanLine(*row) for row in db.session.execute(query)]
    return Page(found[:limit], encode_cursor(found[limit - 1].plan.id) if len(found) > limit else None)


def plans_of(viewer: Viewer, account_id: int) -> Sequence[AccountPlan]:
    """All plans of an account, the latest period first."""
    query = sa.select(AccountPlan).join(Account, Account.id == AccountPlan.account_id)
    query = query.where(AccountPlan.account_id == account_id, account_scope(viewer, READ))
    order = (AccountPlan.starts_on.desc(), AccountPlan.ends_on.desc(), AccountPlan.id.desc())
    return db.session.scalars(query.order_by(*order)).all()


def plan_of_today(plans: Sequence[AccountPlan], today: date) -> AccountPlan | None:
    """The one that is worked by: live ones before closed ones, of those the period that holds the day, then what comes next."""

    def place(plan: AccountPlan) -> tuple[bool, bool, bool, int]:
        holds = plan.starts_on <= today <= plan.ends_on
        away = min(abs((plan.starts_on - today).days), abs((plan.ends_on - today).days))
        return (
            plan.state is PlanState.CLOSED,
            not holds,
            plan.state is PlanState.DRAFT,
            (plan.ends_on - plan.starts_on).days + away,
        )

    return min(plans, key=place, default=None)


def _lines(viewer: Viewer, permission: str = READ) -> Any:
    return (
        sa.select(AccountPlan, Account.name, Account.owner_id, User.name)
        .join(Account, Account.id == AccountPlan.account_id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(account_scope(viewer, permission))
    )


def _conditions(wanted: PlanFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for column, value in (
        (AccountPlan.account_id, wanted.account_id),
        (Account.owner_id, wanted.owner_id),
        (AccountPlan.state, wanted.state),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.on is not None:
        found += [AccountPlan.starts_on <= wanted.on, AccountPlan.ends_on >= wanted.on]
    return found
