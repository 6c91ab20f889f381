"""What can be done on the page of a plan; every button says what it does to which part, one callback does it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from feedback.access.rules import Viewer
from feedback.gate.rules import Intent
from feedback.kernel.errors import InvalidInput
from feedback.planning.locking import WRITE
from feedback.planning.parts import Part, add_part, change_part, remove_part
from feedback.planning.queries import access_plan
from feedback.planning.rules.states import ConditionKind, IntentState, ObjectiveState, PeriodKind, PlanState, PromiseEnd
from feedback.planning.service import PlanDraft, make_plan, move_plan
from feedback.planning.sheets import sheet_of, suggestions_for
from feedback.uow import transaction
from feedback.web.typed_times import instant_of

Said = Mapping[str, Any]


def register(app: Dash) -> None:
    """Attach the buttons."""
    fields: Any = {"kind": "plan-field", "part": ALL, "name": ALL, "of": ALL}
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Output("url", "search", allow_duplicate=True),
        Input({"kind": "plan-act", "act": ALL, "part": ALL, "of": ALL}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State({"kind": "plan-seen", "of": ALL}, "data"),  # none where the page was left
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(WRITE)(act))


def act(
    viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, Any]], seen: list[dict[str, int]], again: int | None
) -> tuple[Any, Any]:
    """Do what the button says, with the fields of its part."""
    triggered = callback_context.triggered
    pressed: Any = callback_context.triggered_id if triggered and triggered[0]["value"] else None
    if pressed is None or not seen:
        return no_update, no_update
    typed = [(one, value) for one, value in zip(ids, values, strict=True) if value not in (None, "")]
    said = {one["name"]: value for one, value in typed if (one["part"], one["of"]) == (pressed["part"], pressed["of"])}
    made = perform(viewer, pressed, said, seen[0])
    clear_marks()
    return (again or 0) + 1, no_update if made is None else f"?plan={made}"


def perform(viewer: Viewer, pressed: Said, said: Said, seen: Said) -> int | None:
    """Do it; answers the id of a plan that was begun."""
    with transaction():
        if pressed["act"] == "make":
            return _make(viewer, said, seen)
        _do(viewer, pressed["act"], pressed["part"], pressed["of"], said, seen)
    return None


def _make(viewer: Viewer, said: Said, seen: Said) -> int:
    if "starts_on" not in said:
        raise InvalidInput({"starts_on": [_("Choose a day.")]})
    ends_on = date.fromisoformat(said["ends_on"]) if said.get("ends_on") and said["period"] == PeriodKind.FREE else None
    days = (date.fromisoformat(said["starts_on"]), ends_on)
    return make_plan(PlanDraft(seen["account"], PeriodKind(said["period"]), *days, said.get("note")), viewer=viewer).id


def _do(viewer: Viewer, does: str, part: str, of: int, said: Said, seen: Said) -> None:
    now = {"version": seen["version"], "viewer": viewer}
    if part == "plan":
        to = PlanState.ACTIVE if does == "activate" else PlanState.CLOSED
        move_plan(seen["plan"], to, note=said.get("close_note") or "", **now)
    elif part == "suggestion":
        _take(viewer, of if does == "take" else None, seen)
    elif does in ("add", "follow"):
        add_part(Part(part), seen["plan"], _NEW[part](viewer, said), **now)
    elif does == "remove":
        remove_part(Part(part), seen["plan"], of, **now)
    else:
        change_part(Part(part), seen["plan"], of, _changes(viewer, does, part, said), **now)


def _take(viewer: Viewer, place: int | None, seen: Said) -> None:
    """Take one suggestion over, or all; what is suggested is read anew, and the version says that the plan is the same."""
    line = access_plan(seen["plan"], viewer=viewer, permission=WRITE)
    found = suggestions_for(sheet_of(line, asker=viewer.user_id))
    chosen = found if place is None else found[place : place + 1]
    for step, one in enumerate(chosen):
        values = {"kind": one.kind, **one.values}
        add_part(Part.CONDITION, seen["plan"], values, version=seen["version"] + step, viewer=viewer)


def _changes(viewer: Viewer, does: str, part: str, said: Said) -> dict[str, Any]:
    if part == "objective":
        return {"state": ObjectiveState(does)}
    if part == "intent":
        return {"state": IntentState(does)}
    if part == "promise":
        return {"end": PromiseEnd(does)}
    if does == "cancel":
        return {"cancelled": True}
    if does == "move":
        return {"starts_at": _moment(viewer, said)}
    if not said.get("agreed"):
        raise InvalidInput({"agreed": [_("Say what was agreed.")]})
    return {"people": said.get("people"), "agreed": said["agreed"]}


def _moment(viewer: Viewer, said: Said) -> Any:
    found = instant_of(said.get("starts_at"), viewer.time_zone, field="starts_at")
    if found is None:
        raise InvalidInput({"starts_at": [_("Say when.")]})
    return found


def _day(said: Said, name: str = "due_on") -> date | None:
    return date.fromisoformat(said[name]) if said.get(name) else None


def _id(said: Said, name: str) -> int | None:
    return int(said[name]) if said.get(name) else None


def _condition(_viewer: Viewer, said: Said) -> dict[str, Any]:
    if "kind" not in said:
        raise InvalidInput({"kind": [_("Choose what must be so.")]})
    kind = ConditionKind(said["kind"])
    wanted = {ConditionKind.SCORE: "contact_id", ConditionKind.CONSENT: "contact_id", ConditionKind.DEFECT: "defect_id"}.get(kind)
    return {"kind": kind, **({wanted: _id(said, wanted)} if wanted else {})}


def _objective(_viewer: Viewer, said: Said) -> dict[str, Any]:
    return {"text": said.get("text") or "", "owner_id": _id(said, "owner_id"), "due_on": _day(said)}


def _intent(_viewer: Viewer, said: Said) -> dict[str, Any]:
    values: dict[str, Any] = {"product": said.get("product") or "", "intent": Intent(said.get("intent") or Intent.CROSS_SELL)}
    amount = said.get("amount")
    if amount is not None:
        values |= {"amount": _amount(amount), "currency": str(said.get("currency") or "").strip().upper()}
    return values | {"due_on": _day(said)}


def _amount(text: Any) -> float:
    try:
        found = float(text)
    except (TypeError, ValueError):
        found = 0.0
    if not 0 < found <= 1e12:
        raise InvalidInput({"amount": [_("Write an amount above 0.")]})
    return found


def _review(viewer: Viewer, said: Said) -> dict[str, Any]:
    return {"starts_at": _moment(viewer, said), "place": said.get("place")}


def _promise(_viewer: Viewer, said: Said) -> dict[str, Any]:
    if said.get("commitment_id") and not said.get("text"):
        return {"commitment_id": _id(said, "commitment_id")}
    return {"text": said.get("text"), "due_on": _day(said), "contact_id": _id(said, "contact_id")}


_NEW: Mapping[str, Callable[[Viewer, Said], dict[str, Any]]] = {
    "condition": _condition,
    "objective": _objective,
    "intent": _intent,
    "review": _review,
    "promise": _promise,
}
