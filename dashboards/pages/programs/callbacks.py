"""What can be done with programs: add one, change its rhythm, write texts, choose reasons."""

import time
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.account.callbacks import account_id_of as number_in
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.surveys import programs
from feedback.surveys.programs_schemas import ProgramIn
from feedback.surveys.reasons import choose_reasons
from feedback.surveys.rules import Cadence
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

_PATH = State("url", "pathname")
_REFRESH = Output("refresh", "data", allow_duplicate=True)


def register(app: Dash) -> None:
    """Attach the callbacks of both pages."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        Input("program-add", "n_clicks"),
        State("program-name", "value"),
        State("program-code", "value"),
        State("program-kind", "value"),
        **late,
    )(allowed("survey.write")(add_program))
    fields = {"kind": "program-field", "name": ALL}
    app.callback(_REFRESH, Input("program-save", "n_clicks"), State(fields, "value"), State(fields, "id"), _PATH, **late)(
        allowed("survey.write")(save_program)
    )
    texts = {"kind": "program-text", "name": ALL}
    app.callback(
        _REFRESH,
        Input("program-texts-save", "n_clicks"),
        State(texts, "value"),
        State(texts, "id"),
        State("program-seen", "data"),
        _PATH,
        **late,
    )(allowed("survey.write")(save_texts))
    app.callback(
        _REFRESH,
        Input("program-reasons-save", "n_clicks"),
        State({"kind": "program-reasons", "category": ALL}, "value"),
        _PATH,
        **late,
    )(allowed("survey.write")(save_reasons))


def add_program(viewer: Viewer, clicks: int | None, name: str | None, code: str | None, kind: str | None) -> Any:
    """Add it and go to its page."""
    if not clicks:
        return no_update
    said = {"name": (name or "").strip(), "code": (code or "").strip(), "kind": kind}
    hints = {"name": _("Give it a name."), "code": _("Small letters, digits and _, for example after_claim.")}
    if wrong := ProgramIn().validate(said):
        raise InvalidInput({field: [hint] for field, hint in hints.items() if field in wrong})
    with transaction():
        program = programs.create_program(ProgramIn().load(said), actor=viewer.actor)
        return f"/app/programs/{program.id}"


def save_program(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], path: str | None) -> Any:
    """Store the form."""
    if not clicks:
        return no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    with transaction():
        programs.change_program(number_in(path), _changes(said), actor=viewer.actor)
    return time.monotonic()


def _changes(said: dict[str, Any]) -> dict[str, Any]:
    name, day = (said.get("name") or "").strip(), said.get("next_wave_on")
    if not name:
        raise InvalidInput({"name": [_("Give it a name.")]})
    cadence = Cadence(said["cadence"])
    if cadence is not Cadence.NONE and not day:
        raise InvalidInput({"next_wave_on": [_("Say when the next wave is: the ones after it follow from that day.")]})
    reminders = [said.get("reminder_1"), said.get("reminder_2")]
    if reminders[1] and not reminders[0]:
        raise InvalidInput({"reminder_1": [_("A second reminder needs a first one.")]})
    names = {code: (said.get(f"name_{code}") or "").strip() for code in LANGUAGES}
    return {
        "name": name[:255],
        "names": {code: text[:255] for code, text in names.items() if text},
        "active": said.get("active") != "no",
        "cadence": cadence,
        "next_wave_on": date.fromisoformat(day) if day else None,
        "draft_days": int(said.get("draft_days") or 0),
        "auto_start": said.get("auto_start") == "yes",
        "quarantine_days": None if said.get("quarantine_days") in (None, "") else int(said["quarantine_days"]),
        "reminder_days": [int(days) for days in reminders if days],
        "fallbacks": [code.strip() for code in (said.get("fallbacks") or "").split(",") if code.strip()],
    }


def save_texts(
    viewer: Viewer, clicks: int | None, values: list[str | None], ids: list[dict[str, str]], seen: Any, path: str | None
) -> Any:
    """Make a version of what is written."""
    if not clicks or not seen:
        return no_update
    texts = {of["name"]: value or "" for of, value in zip(ids, values, strict=True)}
    with transaction():
        programs.change_language(number_in(path), str(seen["language"]), texts, base=int(seen["base"]), actor=viewer.actor)
    return time.monotonic()


def save_reasons(viewer: Viewer, clicks: int | None, chosen: list[list[str] | None], path: str | None) -> Any:
    """Store the choice of all three categories."""
    if not clicks:
        return no_update
    with transaction():
        choose_reasons(number_in(path), [code for codes in chosen for code in codes or ()], actor=viewer.actor)
    return time.monotonic()
