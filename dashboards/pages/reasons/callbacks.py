"""Saving an entry of the catalogue."""

import re
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.reasons.view import field_id
from feedback.access.rules import Viewer
from feedback.defects import service
from feedback.defects.queries import get_defect
from feedback.defects.rules import DefectCategory
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
MOST = 200


def register(app: Dash) -> None:
    """Attach the one button."""
    fields: Any = field_id("x") | {"name": ALL}
    app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("reason-save", "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("reason-seen", "data"),
        prevent_initial_call=True,
    )(allowed("defect.write")(save_reason))


def save_reason(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], defect_id: int | None) -> Any:
    """Add or change it, and close the form."""
    if not clicks:
        return no_update
    said = {of["name"]: (value or "").strip()[:MOST] for of, value in zip(ids, values, strict=True)}
    typed = {code: said.get(f"wording_{code}", "") for code in LANGUAGES}
    with transaction():
        if defect_id is None:
            defect_id = _add(said, viewer)
        kept = {code: text for code, text in get_defect(defect_id).wording.items() if code not in LANGUAGES}
        changes = {"category": DefectCategory(said["category"]), "active": said["active"] != "no"}
        changes |= {"name": said["name"]} if said["name"] else {}
        wording = kept | {code: text for code, text in typed.items() if text}
        service.change_defect(defect_id, actor=viewer.name, wording=wording, **changes)
    return ""


def _add(said: dict[str, str], viewer: Viewer) -> int:
    code = said.get("code", "")
    if not _CODE.fullmatch(code):
        raise InvalidInput({"code": [_("A reason needs a code of small letters, digits, - and _.")]})
    category = DefectCategory(said["category"])
    return service.create_defect(code, category=category, actor=viewer.name, name=said["name"] or None).id
