"""Plans: made, changed, worked by, closed. Call inside `transaction()`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound, RuleViolation
from feedback.planning.locking import OBJECT, WRITE, hold_plan, note_change
from feedback.planning.models import AccountPlan, PlanCondition, PlanObjective, PlanPromise
from feedback.planning.rules.states import PeriodKind, PlanState, is_period, may_become, missing_for, overlap, period_from


@dataclass(frozen=True)
class PlanDraft:
    """A plan as somebody asks for it: of a calendar period any day in it says which, a free one needs both days."""

    account_id: int
    period: PeriodKind
    starts_on: date
    ends_on: date | None = None
    note: str | None = None


def make_plan(draft: PlanDraft, *, viewer: Viewer) -> AccountPlan:
    """Begin a plan, as a draft.

    Raises:
        NotFound: the account is not there or not the viewer's.
        InvalidInput: the days are no such period.
        Conflict: a plan of this kind holds in these days already.
    """
    _lock_account(draft.account_id, viewer)
    starts_on, ends_on = _days(draft.period, draft.starts_on, draft.ends_on)
    _check_alone(draft.account_id, draft.period, (starts_on, ends_on))
    now = clock.now()
    made = AccountPlan(
        account_id=draft.account_id, period=draft.period, starts_on=starts_on, ends_on=ends_on, state=PlanState.DRAFT,
        note=(draft.note or "").strip() or None, made_by_id=viewer.user_id, created_at=now, changed_at=now, version=1,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    days = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    audit.record(viewer.actor, "plan.made", OBJECT, made.id, account_id=draft.account_id, **days)
    return made


def _lock_account(account_id: int, viewer: Viewer) -> None:
    query = sa.select(Account.id).where(Account.id == account_id, account_scope(viewer, WRITE)).with_for_update(of=Account)
    if db.session.scalar(query) is None:
        raise NotFound


def _days(period: PeriodKind, starts_on: date, ends_on: date | None) -> tuple[date, date]:
    if period is not PeriodKind.FREE and ends_on is None:
        return period_from(period, starts_on)
    days = (starts_on, ends_on or starts_on)
    if ends_on is None:
        raise InvalidInput({"ends_on": [_("Say on which day it ends.")]})
    if not is_period(period, *days):
        free = _("It has to end after its start, and within three years.")
        fixed = _("These days are no whole calendar period: leave the end out, or choose your own dates.")
        raise InvalidInput({"ends_on": [free if period is PeriodKind.FREE else fixed]})
    return days


def _check_alone(account_id: int, period: PeriodKind, days: tuple[date, date]) -> None:
    live = (AccountPlan.account_id == account_id, AccountPlan.closed_at.is_(None))
    found: Any = db.session.execute(sa.select(AccountPlan.period, AccountPlan.starts_on, AccountPlan.ends_on).where(*live))
    for kind, starts_on, ends_on in found:
        if days == (starts_on, ends_on) or (kind is period and overlap(days, (starts_on, ends_on))):
            raise Conflict(_("There is a live plan for these days already: change that one, or close it first."))


def change_plan(plan_id: int, changes: Mapping[str, Any], *, version: int, viewer: Viewer) -> AccountPlan:
    """Change what it is about.

    Raises:
        NotFound, RuleViolation, Conflict: as `hold_plan`.
    """
    plan = hold_plan(plan_id, version=version, viewer=viewer)
    after = {name: (value or "").strip() or None for name, value in changes.items()}
    before = {name: getattr(plan, name) for name in after}
    for name, value in after.items():
        setattr(plan, name, value)
    note_change(plan, "changed", viewer=viewer, before=before, after=after)
    return plan


def move_plan(plan_id: int, to: PlanState, *, note: str = "", version: int, viewer: Viewer) -> AccountPlan:
    """Work by it from now on, or close it with a word on what came of it.

    Raises:
        NotFound, Conflict: as `hold_plan`.
        RuleViolation: it cannot go there, or something is missing (named in `missing`).
    """
    plan, now = hold_plan(plan_id, version=version, viewer=viewer), clock.now()
    if not may_become(plan.state, to):
        raise RuleViolation(_("A plan goes from draft to active to closed, and not back."))
    lacks = missing_for(to, note=note, **_counts(plan_id))
    if lacks:
        raise RuleViolation(" ".join(_LACKING[code]() for code in lacks), missing=lacks)
    plan.state = to
    if to is PlanState.ACTIVE:
        plan.activated_at = now
    else:
        plan.closed_at, plan.outcome = now, note.strip()
    note_change(plan, "closed" if to is PlanState.CLOSED else "activated", viewer=viewer, note=note.strip() or None)
    return plan


_LACKING = {
    "content": lambda: _("An empty plan is none: write an objective, or what must change."),
    "note": lambda: _("Say in a few words what came of it."),
    "promises": lambda: _("The customer still counts on a promise of this plan: say first whether it was kept."),
}


def _counts(plan_id: int) -> dict[str, int]:
    own = (PlanPromise.commitment_id.is_(None), PlanPromise.kept_at.is_(None))
    still = (PlanPromise.broken_at.is_(None), PlanPromise.withdrawn_at.is_(None))
    return {
        "objectives": _count(PlanObjective.plan_id == plan_id),
        "conditions": _count(PlanCondition.plan_id == plan_id),
        "open_promises": _count(PlanPromise.plan_id == plan_id, *own, *still),
    }


def _count(*where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(*where)) or 0
