"""Service calls that are due: promises that one person made, in issues and in plans. They need no gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.issues.working.promises import PromiseFilter, Which, list_promises
from feedback.planning.locking import READ
from feedback.planning.models import AccountPlan, PlanPromise

MOST = 50


@dataclass(frozen=True)
class DueCall:
    """One promise: to whom, what, by when. An issue's promise has a moment, a plan's a day."""

    account: str
    href: str
    contact: str | None
    phone: str | None
    text: str
    due_at: datetime | None
    due_on: date


def due_calls(viewer: Viewer, owner_id: int | None, *, today: date, day_ends: datetime) -> list[DueCall]:
    """Promises of this person that are overdue or due today, the oldest first."""
    if owner_id is None:
        return []
    found = _of_issues(viewer, owner_id, day_ends) if scope_of(viewer, "issue.read") is not Scope.NONE else []
    return sorted([*found, *_of_plans(viewer, owner_id, today)], key=lambda one: (one.due_on, one.account))


def _of_issues(viewer: Viewer, owner_id: int, day_ends: datetime) -> list[DueCall]:
    wanted = PromiseFilter(which=Which.OPEN, owner_id=owner_id, until=day_ends)
    lines = list_promises(viewer, wanted, limit=MOST).items
    return [
        DueCall(one.account, f"/app/issues/{one.issue_id}", one.person, one.phone, one.text, one.due_at, one.due_at.date())
        for one in lines
    ]


def _of_plans(viewer: Viewer, owner_id: int, today: date) -> Sequence[DueCall]:
    still = (PlanPromise.kept_at.is_(None), PlanPromise.broken_at.is_(None), PlanPromise.withdrawn_at.is_(None))
    query = (
        sa.select(Account.id, Account.name, Contact.name, Contact.phone, PlanPromise.text, PlanPromise.due_on)
        .join(AccountPlan, AccountPlan.id == PlanPromise.plan_id)
        .join(Account, Account.id == AccountPlan.account_id)
        .outerjoin(Contact, Contact.id == PlanPromise.contact_id)
        .where(
            account_scope(viewer, READ), PlanPromise.commitment_id.is_(None), *still,
            PlanPromise.made_by_id == owner_id, PlanPromise.due_on <= today, AccountPlan.closed_at.is_(None),
        )
        .order_by(PlanPromise.due_on)
        .limit(MOST)
    )  # fmt: skip
    rows: Any = db.session.execute(query)
    return [
        DueCall(name, f"/app/accounts/{id_}/plan", contact, phone, text or "", None, due_on)
        for id_, name, contact, phone, text, due_on in rows
    ]
