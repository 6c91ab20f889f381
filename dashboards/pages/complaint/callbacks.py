"""Handing a complaint in."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.complaint.view import done, field_id
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import reasons_of
from feedback.access.rules import Viewer
from feedback.issues.complaints import Complaint, enter_complaint
from feedback.issues.harm import Harm
from feedback.issues.rules import Severity
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction

LONGEST = 10_000  # as the API takes it


def register(app: Dash) -> None:
    """Attach the one button."""
    app.callback(
        Output("complaint-refused", "children"),
        Output("complaint-done", "children"),
        Output("complaint-save", "disabled"),
        Input("complaint-save", "n_clicks"),
        State(field_id(ALL), "value"),
        State(field_id(ALL), "id"),
        State("complaint-account", "data"),
        prevent_initial_call=True,
    )(allowed("issue.open")(hand_in))


def hand_in(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], account_id: int) -> Any:
    """Take the complaint once: the button is off afterwards."""
    if not clicks:
        return no_update, no_update, no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True) if value not in (None, "")}
    text = str(said.get("text", "")).strip()
    if not text:
        return refusal([_("Write what they complained about.")]), None, False
    if len(text) > LONGEST or len(str(said.get("harm_what", ""))) > LONGEST:
        return refusal([_("Write at most %(most)s characters.", most=LONGEST)]), None, False
    harmed = "harm_count" in said or "harm_what" in said
    complaint = Complaint(
        account_id=account_id,
        text=text,
        contact_id=int(said["contact"]) if "contact" in said else None,
        defect=said.get("defect"),
        severity=Severity(said["severity"]) if "severity" in said else None,
        contract_id=int(said["contract"]) if "contract" in said else None,
        harm=Harm(count=said.get("harm_count"), what=said.get("harm_what")) if harmed else None,
    )
    now = clock.now()
    try:
        with transaction():
            issue = enter_complaint(complaint, viewer=viewer).issue
            found = issue.id, issue.number, issue.opened_at < now
    except InvalidInput as error:
        return refusal(reasons_of(error)), None, False
    return None, done(found[0], found[1], account_id, joined=found[2]), True
