"""Working through a follow-up."""

from collections.abc import Callable
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.page import parse_search
from dashboards.pages.follow_ups.day import day_id
from dashboards.pages.follow_ups.view import field_id
from dashboards.router import show_notice
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop import follow_ups
from feedback.outer_loop.queries.batches import writable_items
from feedback.outer_loop.rules.states import SkipReason
from feedback.uow import transaction

WORK = "follow_up.work"


def register(app: Dash) -> None:
    """Attach what can be done with a customer, and with the letters."""
    late = {"prevent_initial_call": True}
    search, again = State("url", "search"), State("refresh", "data")
    drawn = (Output("url", "search", allow_duplicate=True), Output("refresh", "data", allow_duplicate=True))
    fields: Any = field_id("x") | {"name": ALL}  # none where nobody is left to be told
    said = (State(fields, "value"), State(fields, "id"))
    for kind, states, work in (("call", said, call), ("skip", said, skip), ("mail", (), mail), ("undo", (), undo)):
        pressed = Input({"kind": f"follow-up-{kind}", "item": ALL}, "n_clicks")
        app.callback(*drawn, pressed, *states, search, again, **late)(allowed(WORK)(work))
    parts = {"kind": "follow-up-letter", "part": ALL, "language": ALL}
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("follow-up-letters-save", "n_clicks"),
        State(parts, "value"),
        State(parts, "id"),
        State("follow-up-batch", "data"),
        again,
        **late,
    )(allowed(WORK)(save_letters))
    days: Any = day_id("x") | {"name": ALL}
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("follow-up-day-save", "n_clicks"),
        State(days, "value"),
        State(days, "id"),
        State("follow-up-batch", "data"),
        again,
        **late,
    )(allowed(WORK)(save_day))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("follow-up-mail-all", "n_clicks"),
        State("follow-up-batch", "data"),
        again,
        **late,
    )(allowed(WORK)(mail_all))


def _do(work: Callable[[int], object], search: str | None, again: int | None) -> Any:
    """Deal with the customer of the button that was pressed; the address lets the customer go, so that the next one shows."""
    pressed = callback_context.triggered_id if callback_context.triggered and callback_context.triggered[0]["value"] else None
    if pressed is None:
        return no_update, no_update
    with transaction():
        work(pressed["item"])
    clear_marks()
    kept = {name: value for name, value in parse_search(search).items() if name != "item"}
    after = "?" + "&".join(f"{name}={value}" for name, value in kept.items()) if kept else ""
    return (after if after != (search or "") else no_update), (again or 0) + 1


def call(
    viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], search: str | None, again: int | None
) -> Any:
    """Log a call."""
    said = _typed(values, ids).get("note") or ""
    return _do(lambda item: follow_ups.note_call(item, said=said, viewer=viewer), search, again)


def _typed(values: list[Any], ids: list[dict[str, str]]) -> dict[str, Any]:
    return {of["name"]: value for of, value in zip(ids, values, strict=True)}


def skip(
    viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], search: str | None, again: int | None
) -> Any:
    """Tell nobody, for a reason."""
    typed = _typed(values, ids)
    reason, why = typed.get("reason"), typed.get("why")

    def work(item: int) -> object:
        if reason is None:
            raise InvalidInput({"reason": [_("Choose a reason.")]})
        return follow_ups.skip_item(item, reason=SkipReason(reason), note=why, viewer=viewer)

    return _do(work, search, again)


def mail(viewer: Viewer, _clicks: Any, search: str | None, again: int | None) -> Any:
    """Have the letter sent."""
    return _do(lambda item: follow_ups.ask_for_mails([item], viewer=viewer), search, again)


def undo(viewer: Viewer, _clicks: Any, search: str | None, again: int | None) -> Any:
    """Take a call or a skip back."""
    return _do(lambda item: follow_ups.reopen_item(item, viewer=viewer), search, again)


def save_letters(
    viewer: Viewer, clicks: int | None, values: list[str], ids: list[dict[str, str]], batch_id: int, again: int | None
) -> Any:
    """Keep the letters as they are typed."""
    if not clicks:
        return no_update
    letters: dict[str, dict[str, str]] = {}
    for of, value in zip(ids, values, strict=True):
        letters.setdefault(of["language"], {})[of["part"]] = value or ""
    with transaction():
        follow_ups.change_batch(batch_id, {"letters": letters}, viewer=viewer)
    show_notice(_("The letters are stored."))
    return (again or 0) + 1


def save_day(
    viewer: Viewer, clicks: int | None, values: list[str | None], ids: list[dict[str, str]], batch_id: int, again: int | None
) -> Any:
    """Give the follow-up another day, with the reason."""
    if not clicks:
        return no_update
    typed = _typed(values, ids)
    if not typed.get("due_on"):
        raise InvalidInput({"due_on": [_("Choose a day.")]})
    changes = {"due_on": date.fromisoformat(str(typed["due_on"])[:10]), "reason": typed.get("reason")}
    with transaction():
        follow_ups.change_batch(batch_id, changes, viewer=viewer)
    clear_marks()
    return (again or 0) + 1


def mail_all(viewer: Viewer, clicks: int | None, batch_id: int, again: int | None) -> Any:
    """Have the letter sent to everybody who waits and has an address."""
    if not clicks:
        return no_update
    with transaction():
        count = follow_ups.ask_for_mails(writable_items(batch_id, viewer, permission=WORK), viewer=viewer)
    show_notice(ngettext("%(num)s letter is on its way.", "%(num)s letters are on their way.", count))
    return (again or 0) + 1
