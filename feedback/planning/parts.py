"""The parts of a plan: written down, changed, taken out; each counts as a change of the plan. Call inside `transaction()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.planning import checking
from feedback.planning.locking import hold_plan, note_change
from feedback.planning.models import AccountPlan, PlanCondition, PlanIntent, PlanObjective, PlanPromise, PlanReview
from feedback.planning.rules.states import IntentState, ObjectiveState

Values = dict[str, Any]


class Part(StrEnum):
    """What a plan is made of."""

    OBJECTIVE = "objective"
    CONDITION = "condition"
    INTENT = "intent"
    REVIEW = "review"
    PROMISE = "promise"


@dataclass(frozen=True)
class _Kind:
    """How one kind of part is kept: its table, what is checked, and which columns tell a calendar that it changed."""

    model: Any
    check: Callable[[AccountPlan, Values, Any], Values]
    seen_in_calendars: frozenset[str] = frozenset()


_KINDS: Mapping[Part, _Kind] = {
    Part.OBJECTIVE: _Kind(PlanObjective, checking.objective, frozenset({"text", "due_on", "state"})),
    Part.CONDITION: _Kind(PlanCondition, checking.condition),
    Part.INTENT: _Kind(PlanIntent, checking.intent),
    Part.REVIEW: _Kind(PlanReview, checking.review, frozenset({"starts_at", "minutes", "place", "cancelled_at", "held_at"})),
    Part.PROMISE: _Kind(PlanPromise, checking.promise, frozenset({"text", "due_on", "kept_at", "broken_at", "withdrawn_at"})),
}


def add_part(part: Part, plan_id: int, values: Mapping[str, Any], *, version: int, viewer: Viewer) -> int:
    """Write a part down; answers its id.

    Raises:
        NotFound, RuleViolation, Conflict: as `locking.hold_plan`.
        InvalidInput: it names something that is not this account's, or stands in the plan already.
    """
    plan, kind = hold_plan(plan_id, version=version, viewer=viewer), _KINDS[part]
    said = kind.check(plan, dict(values), None)
    row = kind.model(plan_id=plan.id, **_defaults(kind, viewer), **said)
    db.session.add(row)
    db.session.flush()
    note_change(plan, f"{part}_added", viewer=viewer, part_id=row.id, values=_shown(said))
    return int(row.id)


def change_part(part: Part, plan_id: int, part_id: int, values: Mapping[str, Any], *, version: int, viewer: Viewer) -> None:
    """Change some of its values.

    Raises:
        NotFound: the plan or the part is not there, or not the viewer's.
        RuleViolation, Conflict, InvalidInput: as `add_part`.
    """
    plan, kind = hold_plan(plan_id, version=version, viewer=viewer), _KINDS[part]
    row = _part(kind, plan.id, part_id)
    after = kind.check(plan, dict(values), row)
    _settle(row, after)
    changed = {name: value for name, value in after.items() if getattr(row, name) != value}
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    _count_up(kind, row, changed)
    note_change(plan, f"{part}_changed", viewer=viewer, part_id=row.id, before=_shown(before), after=_shown(changed))


def remove_part(part: Part, plan_id: int, part_id: int, *, version: int, viewer: Viewer) -> None:
    """Take it out of the plan; history keeps that it was there.

    Raises:
        NotFound, RuleViolation, Conflict: as `change_part`.
    """
    plan, kind = hold_plan(plan_id, version=version, viewer=viewer), _KINDS[part]
    row = _part(kind, plan.id, part_id)
    checking.removal(row)
    said = {name: getattr(row, name) for name in ("text", "product", "key", "starts_at", "due_on") if hasattr(row, name)}
    db.session.delete(row)
    db.session.flush()
    note_change(plan, f"{part}_removed", viewer=viewer, part_id=part_id, values=_shown(said))


def _part(kind: _Kind, plan_id: int, part_id: int) -> Any:
    found = db.session.scalar(sa.select(kind.model).where(kind.model.id == part_id, kind.model.plan_id == plan_id))
    if found is None:
        raise NotFound
    return found


def _defaults(kind: _Kind, viewer: Viewer) -> Values:
    now, columns = clock.now(), kind.model.__table__.c
    values = {"created_at": now, "changed_at": now, "made_by_id": viewer.user_id}
    return {name: value for name, value in values.items() if name in columns}


def _settle(row: Any, after: Values) -> None:
    """When something came to its end follows from its state."""
    if "state" in after and after["state"] != row.state:
        ended = after["state"] not in (ObjectiveState.OPEN, IntentState.OPEN)
        after["settled_at"] = clock.now() if ended else None


def _count_up(kind: _Kind, row: Any, changed: Values) -> None:
    if changed and hasattr(row, "changed_at"):
        row.changed_at = clock.now()
    if kind.seen_in_calendars & changed.keys():
        row.sequence += 1
    if "starts_at" in changed:
        row.told = 0  # the new day is remembered anew


def _shown(values: Mapping[str, Any]) -> Values:
    """As a row of the audit keeps it: what is free text stands under a name that says so, for an erasure finds it by that."""
    return {name: _plain(name, value) for name, value in values.items()}


def _plain(name: str, value: Any) -> Any:
    if name in _FREE and isinstance(value, str):
        return {"text": value}
    return value.isoformat() if hasattr(value, "isoformat") else value


_FREE = frozenset({"agreed", "people", "place", "product"})
