"""What can be done with programs: add one, change its rhythm, write texts, choose reasons."""

import time
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.pages.account.callbacks import account_id_of as number_in
from dashboards.pages.programs.saving import save
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.surveys import programs
from feedback.surveys.programs_schemas import ProgramIn
from feedback.surveys.reasons import choose_reasons
from feedback.uow import transaction

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
    app.callback(
        _REFRESH,
        Input("program-save", "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("program-shown", "data"),
        _PATH,
        **late,
    )(allowed("survey.write")(save_program))
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


def save_program(
    viewer: Viewer,
    clicks: int | None,
    values: list[Any],
    ids: list[dict[str, str]],
    shown: dict[str, Any] | None,
    path: str | None,
) -> Any:
    """Store what was changed in the form; what somebody else changed meanwhile stays."""
    if not clicks or not shown:
        return no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    save(number_in(path), said, shown, actor=viewer.actor)
    clear_marks()
    return time.monotonic()


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
