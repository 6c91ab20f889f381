"""Asking for an exception where the gate holds something back, or why there is none."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.guard import allowed
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.override_wording import never_words, reason_words
from feedback.gate.overriding.checking import never_of_decision
from feedback.gate.overriding.rules import MOST_DAYS, Never, OverrideReason
from feedback.gate.overriding.service import ASK, Wish, request_override
from feedback.gate.service import Decision
from feedback.uow import transaction

Component = Any


def register(app: Dash) -> None:
    """Attach the form."""
    app.callback(
        Output("exception-done", "children"),
        Input("exception-ask", "n_clicks"),
        State("exception-decision", "data"),
        State("exception-reason", "value"),
        State("exception-note", "value"),
        State("exception-days", "value"),
        prevent_initial_call=True,
    )(allowed(ASK)(ask_for_exception))


def exception_part(decision: Decision, viewer: Viewer) -> Component:
    """The form for a hold that knows exceptions; a sentence for one that does not; nothing for any other answer."""
    why = never_of_decision(decision.row)
    if why is Never.NOT_HELD or scope_of(viewer, ASK) is Scope.NONE or viewer.user_id is None:
        return None
    if why is not None:
        return html.P(never_words(why), className="cl-note")
    reasons = [{"value": one.value, "label": reason_words(one)} for one in OverrideReason]
    form = html.Div(
        [
            dcc.Store(id="exception-decision", data=decision.row["id"]),
            html.P(_("Somebody else has to grant it; then the gate allows one offer. It is listed for the executives.")),
            dmc.Select(id="exception-reason", label=_("Because"), data=reasons, value="expected", allowDeselect=False, size="sm"),
            dmc.Textarea(id="exception-note", label=_("Why this customer, and why now"), autosize=True, minRows=2, size="sm"),
            dmc.NumberInput(
                id="exception-days", label=_("For how many days"), value=3, min=1, max=MOST_DAYS, allowDecimal=False, size="sm"
            ),
            html.Div(button(_("Ask for it"), "exception-ask"), className="cl-part-foot"),
            html.Div(id="exception-done", role="status"),
        ],
        className="cl-form cl-part",
    )
    return html.Details([html.Summary(_("Ask for an exception")), form], className="cl-more")


def ask_for_exception(
    viewer: Viewer, clicks: int | None, decision_id: int, reason: str, note: str | None, days: float | str | None
) -> Component:
    """Hand it in, and say who hears of it."""
    if not clicks:
        return no_update
    number = int(days) if isinstance(days, int | float) else 0
    with transaction():
        request_override(Wish(decision_id, OverrideReason(reason), note or "", number), viewer)
    waits = _("It was handed in. You are told as soon as somebody has decided.")
    return html.P([waits, " ", dcc.Link(_("See all exceptions"), href="/app/exceptions")])
