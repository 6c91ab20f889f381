"""What can be done with waves: draw one up, start, pause and end it, take people off."""

import time
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.components.counts import whole_number
from dashboards.guard import allowed
from dashboards.mistakes import reason_given
from dashboards.pages.account.callbacks import account_id_of as number_in
from dashboards.pages.waves.planner import count_words
from dashboards.pages.waves.saving import LIMITS, from_store, read_audience, read_form, save
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.listening import queries, service
from feedback.listening.audience import Audience
from feedback.listening.planning import start_wave
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.reporting.wave_people import person_named
from feedback.uow import transaction

_PATH = State("url", "pathname")


def register(app: Dash) -> None:
    """Attach the callbacks of both pages."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        Output("url", "search", allow_duplicate=True),
        Input("wave-save", "n_clicks"),
        State({"kind": "wave-field", "name": ALL}, "value"),
        State({"kind": "wave-field", "name": ALL}, "id"),
        State("wave-shown", "data"),
        **late,
    )(allowed("survey.write")(save_wave))
    app.callback(
        Output("wave-count", "children"),
        Input({"kind": "wave-field", "name": ALL}, "value"),
        State({"kind": "wave-field", "name": ALL}, "id"),
        **late,
    )(allowed("survey.write")(count_audience))
    app.callback(Output("refresh", "data", allow_duplicate=True), Input("wave-slower", "n_clicks"), _PATH, **late)(
        allowed("survey.write")(slow_wave)
    )
    app.callback(Output("refresh", "data", allow_duplicate=True), Input("wave-watch", "n_intervals"), **late)(
        allowed("survey.read")(look_again)
    )
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "wave-move", "to": ALL}, "n_clicks"),
        State({"kind": "wave-rehearsed", "wave": ALL}, "data"),
        _PATH,
        **late,
    )(allowed("survey.write")(move_wave))
    app.callback(
        Output("take-off-modal", "opened"),
        Output("take-off-who", "data"),
        Output("take-off-name", "children"),
        Input({"kind": "take-off", "account": ALL, "contact": ALL}, "n_clicks"),
        **late,
    )(allowed("survey.write")(ask_why))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("take-off-save", "n_clicks"),
        State("take-off-who", "data"),
        State("take-off-reason", "value"),
        State("take-off-note", "value"),
        _PATH,
        **late,
    )(allowed("survey.write")(take_off))


def save_wave(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], shown: Any) -> Any:
    """Store the draft, or what was changed in one, and go to its rehearsal."""
    if not clicks or not shown:
        return no_update, no_update
    said = _said(values, ids)
    wave_id = shown["wave"]
    if wave_id is None:
        with transaction():
            wave_id = service.create_wave(read_form(said), actor=viewer.actor)
    else:
        save(int(wave_id), said, shown["form"], from_store(shown["draft"]), actor=viewer.actor)
    return f"/app/waves/{wave_id}", ""


def count_audience(viewer: Viewer, values: list[Any], ids: list[dict[str, str]]) -> str:
    """How many the fields are about now."""
    said = _said(values, ids)
    try:
        days = whole_number("not_heard_days", said.get("not_heard_days"), *LIMITS["not_heard_days"])
    except InvalidInput:  # said when the form is sent
        days = None
    return count_words(Audience.from_json(read_audience(said, days)))


def slow_wave(viewer: Viewer, clicks: int | None, path: str | None) -> Any:
    """Half the pace, twice the days."""
    if not clicks:
        return no_update
    with transaction():
        service.slow_down(number_in(path), actor=viewer.actor)
    return time.monotonic()


def look_again(viewer: Viewer, times: int | None) -> Any:
    """Draw a wave that is being planned once more."""
    return time.monotonic() if times else no_update


def _said(values: list[Any], ids: list[dict[str, str]]) -> dict[str, Any]:
    return {of["name"]: value for of, value in zip(ids, values, strict=True)}


def move_wave(viewer: Viewer, clicks: list[int | None], rehearsed: list[Any], path: str | None) -> Any:
    """Start it as it was rehearsed, pause, resume or end it."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    wave_id, to = number_in(path), WaveState(pressed["to"])
    if to is WaveState.RUNNING and queries.get_wave(wave_id).state is WaveState.DRAFT:
        start_wave(wave_id, actor=viewer.actor, seen=from_store(rehearsed[0]) if rehearsed else None)
    else:
        with transaction():
            service.move_wave(wave_id, to, actor=viewer.actor)
    return time.monotonic()


def ask_why(viewer: Viewer, clicks: list[int | None]) -> tuple[Any, Any, Any]:
    """Open the dialog for one person, who is named in it."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update, no_update, no_update
    return True, {"account": pressed["account"], "contact": pressed["contact"]}, who_at(pressed["account"], pressed["contact"])


def who_at(account_id: int, contact_id: int) -> str:
    """A person and the account that they would be asked about."""
    contact, account = person_named(account_id, contact_id)
    return _("%(person)s at %(account)s", person=contact or _("Without a name"), account=account)


def take_off(
    viewer: Viewer, clicks: int | None, who: dict[str, int] | None, reason: str | None, note: str | None, path: str | None
) -> Any:
    """Take the person off; without a reason nobody is."""
    if not clicks or not who:
        return no_update
    why, words_given = reason_given(reason, note)
    with transaction():
        service.take_off(
            number_in(path), who["account"], who["contact"], ExclusionReason(why), words_given[:2000], actor=viewer.actor
        )
    return time.monotonic()
