"""Writing a draft, simulating it, and deciding about it."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update, set_props

from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.pages.gate_policy.draft import differences_list
from dashboards.pages.gate_policy.form import changes_of, field_of, nothing_changed
from feedback.access.rules import Viewer
from feedback.gate.governing import service
from feedback.gate.governing.queries import APPROVE, WRITE, current_policy
from feedback.gate.governing.simulation import simulate_draft
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction

_LATE: Any = {"prevent_initial_call": True}
_FIELD: Any = {"kind": "policy-field", "name": ALL}
_REFRESH = Output("refresh", "data", allow_duplicate=True)
_AGAIN, _ID = State("refresh", "data"), State("policy-draft", "data")


def register(app: Dash) -> None:
    """Attach the callbacks of all pages."""
    app.callback(Output("policy-said", "children"), Input(_FIELD, "value"), State(_FIELD, "id"))(allowed(WRITE)(check))
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        _REFRESH,
        Input("policy-save", "n_clicks"),
        _ID,
        State("policy-title", "value"),
        State("policy-why", "value"),
        State(_FIELD, "value"),
        State(_FIELD, "id"),
        _AGAIN,
        **_LATE,
    )(allowed(WRITE)(save))
    app.callback(
        _REFRESH,
        Input("policy-simulate", "n_clicks"),
        _ID,
        _AGAIN,
        running=[(Output("policy-simulate", "loading"), True, False)],
        **_LATE,
    )(allowed(WRITE)(simulate))
    app.callback(_REFRESH, Input("policy-withdraw", "n_clicks"), _ID, _AGAIN, **_LATE)(allowed(WRITE)(withdraw))
    decided = (_ID, State("policy-note", "value"), _AGAIN)
    app.callback(_REFRESH, Input("policy-approve", "n_clicks"), *decided, **_LATE)(allowed(APPROVE)(approve))
    app.callback(_REFRESH, Input("policy-return", "n_clicks"), *decided, **_LATE)(allowed(APPROVE)(send_back))


def check(viewer: Viewer, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """While somebody types: what the draft says otherwise, and beside each field which promise it would break."""
    if not ids:
        return no_update
    changes = changes_of(values, ids, current_policy()["content"])
    wrong = service.faults_of(changes)
    faults = {field_of(name): " ".join(texts) for name, texts in wrong.items()}
    for one in ids:
        set_props(one, {"error": faults.pop(one["name"], None)})
    set_props("policy-faults", {"children": " ".join(faults.values())})
    changes["limits"] = {name: value for name, value in changes["limits"].items() if name not in wrong}
    found, content = service.differences_of(changes)
    return differences_list(found, content) if found else nothing_changed()


def save(
    viewer: Viewer,
    clicks: int | None,
    draft_id: int | None,
    title: str | None,
    why: str | None,
    values: list[Any],
    ids: list[dict[str, str]],
    again: int | None,
) -> Any:
    """Keep the draft, and show it."""
    if not clicks:
        return no_update, no_update
    changes, said = changes_of(values, ids, current_policy()["content"]), {"title": title or "", "why": why or ""}
    faults = service.faults_of(changes)
    if faults:
        raise InvalidInput({field_of(name): texts for name, texts in faults.items()})
    with transaction():
        if draft_id is None:
            kept = service.draft_policy(said["title"], said["why"], changes, viewer).id
        else:
            kept = service.change_draft(draft_id, said, changes, viewer).id
    clear_marks()
    return f"/app/gate-policy/{kept}", (again or 0) + 1


def simulate(viewer: Viewer, clicks: int | None, draft_id: int, again: int | None) -> Any:
    """Find out what it would change, and show it."""
    if not clicks:
        return no_update
    seen, figures = simulate_draft(draft_id)
    with transaction():
        service.keep_simulation(draft_id, seen, figures)
    return (again or 0) + 1


def withdraw(viewer: Viewer, clicks: int | None, draft_id: int, again: int | None) -> Any:
    """It is not wanted any more."""
    if not clicks:
        return no_update
    with transaction():
        service.withdraw_draft(draft_id, viewer)
    return (again or 0) + 1


def approve(viewer: Viewer, clicks: int | None, draft_id: int, note: str | None, again: int | None) -> Any:
    """It counts from now on."""
    return _decide(viewer, clicks, draft_id, note, again, yes=True)


def send_back(viewer: Viewer, clicks: int | None, draft_id: int, note: str | None, again: int | None) -> Any:
    """It has to be changed, and says how."""
    return _decide(viewer, clicks, draft_id, note, again, yes=False)


def _decide(viewer: Viewer, clicks: int | None, draft_id: int, note: str | None, again: int | None, *, yes: bool) -> Any:
    if not clicks:
        return no_update
    with transaction():
        service.decide_draft(draft_id, approve=yes, note=note or "", viewer=viewer)
    clear_marks()
    return (again or 0) + 1
