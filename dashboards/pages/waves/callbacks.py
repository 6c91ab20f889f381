"""What can be done with waves: draw one up, start, pause and end it, take people off."""

import time
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.components.counts import all_right, whole_number
from dashboards.guard import allowed
from dashboards.mistakes import reason_given
from dashboards.pages.account.callbacks import account_id_of as number_in
from dashboards.pages.waves.planner import count_words
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.listening import queries, service
from feedback.listening.audience import Audience
from feedback.listening.planning import start_wave
from feedback.listening.rules.states import ExclusionReason, QuarantineMode, WaveState
from feedback.listening.service import WaveDraft
from feedback.reporting.wave_people import person_named
from feedback.uow import transaction

_PATH = State("url", "pathname")
LIMITS = {
    "per_day": (1, 1_000_000),
    "account_gap_days": (0, 90),
    "callbacks_per_owner_day": (1, 1000),
    "not_heard_days": (1, 3650),
}


def register(app: Dash) -> None:
    """Attach the callbacks of both pages."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        Output("url", "search", allow_duplicate=True),
        Input("wave-save", "n_clicks"),
        State({"kind": "wave-field", "name": ALL}, "value"),
        State({"kind": "wave-field", "name": ALL}, "id"),
        State("wave-changed", "data"),
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


def save_wave(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], changed: int | None) -> Any:
    """Store the draft, or put it in the place of the one that is changed, and go to its rehearsal."""
    if not clicks:
        return no_update, no_update
    draft = _draft(_said(values, ids))
    with transaction():
        if changed is None:
            changed = service.create_wave(draft, actor=viewer.actor)
        else:
            service.change_wave(int(changed), draft, actor=viewer.actor)
    return f"/app/waves/{changed}", ""


def count_audience(viewer: Viewer, values: list[Any], ids: list[dict[str, str]]) -> str:
    """How many the fields are about now."""
    said = _said(values, ids)
    try:
        days = whole_number("not_heard_days", said.get("not_heard_days"), *LIMITS["not_heard_days"])
    except InvalidInput:  # said when the form is sent
        days = None
    return count_words(Audience.from_json(_audience(said, days)))


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


def _audience(said: dict[str, Any], days: int | None) -> dict[str, Any]:
    names = ("roles", "tiers", "segments", "regions", "countries", "industries")
    found: dict[str, Any] = {name: list(said[name]) for name in names if said.get(name)}
    owners = [int(value) for value in said.get("owner_ids") or ()]
    accounts = list(dict.fromkeys(said.get("accounts", "").split())) if said.get("accounts") else []
    more = {"owner_ids": owners, "accounts": accounts, "not_heard_days": days}
    return found | {name: value for name, value in more.items() if value}


def _draft(said: dict[str, Any]) -> WaveDraft:
    name, days = (said.get("name") or "").strip(), [_day(said.get(field)) for field in ("starts_on", "ends_on")]
    starts_on, ends_on = days
    if not name or not said.get("survey") or starts_on is None or ends_on is None:
        wanted = {"survey": said.get("survey"), "name": name, "starts_on": starts_on, "ends_on": ends_on}
        hints = {"survey": _("Choose a survey."), "name": _("Give it a name.")}
        raise InvalidInput({field: [hints.get(field, _("Choose a day."))] for field, value in wanted.items() if not value})
    counts = all_right(*((field, said.get(field), *limits) for field, limits in LIMITS.items()))
    return WaveDraft(
        survey=said["survey"],
        name=name[:255],
        starts_on=starts_on,
        ends_on=ends_on,
        audience=_audience(said, counts["not_heard_days"]),
        per_day=counts["per_day"],
        account_gap_days=counts["account_gap_days"] or 0,
        callbacks_per_owner_day=counts["callbacks_per_owner_day"],
        quarantine=QuarantineMode(said.get("quarantine") or QuarantineMode.BLOCK.value),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def move_wave(viewer: Viewer, clicks: list[int | None], path: str | None) -> Any:
    """Start, pause, resume or end it."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    wave_id, to = number_in(path), WaveState(pressed["to"])
    if to is WaveState.RUNNING and queries.get_wave(wave_id).state is WaveState.DRAFT:
        start_wave(wave_id, actor=viewer.actor)
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
