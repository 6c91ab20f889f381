"""Saving and retiring templates."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.progress.view import field_id
from feedback.access.rules import Viewer
from feedback.issues.working.templates import add_template, change_template, get_template
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

WRITE = "progress.write"


def register(app: Dash) -> None:
    """Attach the two buttons."""
    fields: Any = field_id("x") | {"name": ALL}
    app.callback(
        Output("template-refused", "children"),
        Output("url", "pathname", allow_duplicate=True),
        Output("refresh", "data", allow_duplicate=True),
        Input("template-save", "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("template-id", "data"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(WRITE)(save))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("template-retire", "n_clicks"),
        State("template-id", "data"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(WRITE)(retire))


def save(
    viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], template_id: int | None, again: int | None
) -> Any:
    """Add it and show it, or change it."""
    if not clicks:
        return no_update, no_update, no_update
    said = {of["name"]: value or "" for of, value in zip(ids, values, strict=True)}
    letters = {code: {"subject": said[f"subject_{code}"], "text": said[f"text_{code}"]} for code in LANGUAGES}
    try:
        with transaction():
            if template_id is None:
                made = add_template(said["name"], letters, viewer=viewer).id
            else:
                made = change_template(template_id, {"name": said["name"], "letters": letters}, viewer=viewer).id
    except InvalidInput as error:
        return refusal([text for texts in error.errors.values() for text in texts]), no_update, no_update
    return None, f"/app/progress/{made}" if template_id is None else no_update, (again or 0) + 1


def retire(viewer: Viewer, clicks: int | None, template_id: int | None, again: int | None) -> Any:
    """Offer it no more, or again."""
    if not clicks or template_id is None:
        return no_update
    with transaction():
        change_template(template_id, {"retired": get_template(template_id).retired_at is None}, viewer=viewer)
    return (again or 0) + 1
