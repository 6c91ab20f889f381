"""The card beside the telephone: is this a good moment to talk? Then what came of it; all in one pass, with one thumb."""

import time
from datetime import date
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from flask_babel import gettext as _

from dashboards.components import selling_words, words
from dashboards.components.buttons import button
from dashboards.components.dates import from_today
from dashboards.guard import allowed
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, NotNowReason
from feedback.gate.contacts.service import LOG, Approached, log_sales_contact
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.service import Decision
from feedback.kernel.errors import InvalidInput
from feedback.permission.rules import Channel
from feedback.reporting.account_page import PersonLine
from feedback.uow import transaction

Component = Any
HIDDEN, SHOWN = {"display": "none"}, {"display": "block"}
_AFTER_YES = tuple(outcome for outcome in ContactOutcome if outcome is not ContactOutcome.NO_ANSWER)


def register(app: Dash) -> None:
    """Attach what the card does."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("call-yes", "style"),
        Output("call-no", "style"),
        Output("call-foot", "style"),
        Input("call-moment", "value"),
        **late,
    )(allowed(LOG)(show_part))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Output("call-done", "children"),
        Input("call-save", "n_clicks"),
        State("call-about", "data"),
        State("call-moment", "value"),
        State("call-outcome", "value"),
        State("call-until", "value"),
        State("call-reason", "value"),
        State("call-note", "value"),
        **late,
    )(allowed(LOG)(save_call))


def call_card(decision: Decision, person: PersonLine, viewer: Viewer) -> Component:
    """The card for the contact that was decided about; nothing for who logs no sales contacts, or for what the customer began."""
    row = decision.row
    if scope_of(viewer, LOG) is Scope.NONE:
        return None
    about = {
        "account": row["account_id"],
        "contact": person.external_id,
        "channel": row["channel"],
        "initiation": row["initiation"],
    }
    parts = [dcc.Store(id="call-about", data=about), _whom(person, row["channel"]), *_fields(person, viewer)]
    card = html.Div([html.H3(_("The call card")), *parts], className="cl-form cl-part", id="call-card")
    if offers_permitted(row["outcome"]):
        return card
    # a contact that was made all the same belongs on record, and is not what the page leads to
    return html.Details([html.Summary(_("Log a contact that was made all the same")), card], className="cl-more")


def _whom(person: PersonLine, channel: str) -> Component:
    if channel == Channel.PHONE and person.phone:
        return html.P([person.name, " · ", html.A(person.phone, href=f"tel:{person.phone}")])
    return html.P(f"{person.name} · {words.word(words.channels, channel)}")


def _fields(person: PersonLine, viewer: Viewer) -> list[Component]:
    first = dmc.RadioGroup(
        dmc.Group([dmc.Radio(label=_("Yes"), value="yes"), dmc.Radio(label=_("No"), value="no"), _not_asked()]),
        id="call-moment",
        label=_("“Is this a good moment to talk?”"),
        description=_("Ask this before anything else."),
    )
    outcome = dmc.Select(
        id="call-outcome",
        label=_("What came of it"),
        data=[{"value": one.value, "label": words.word(selling_words.contact_outcomes, one)} for one in _AFTER_YES],
        size="sm",
    )
    note = dmc.Textarea(id="call-note", label=_("Worth remembering"), autosize=True, minRows=2, size="sm")
    foot = html.Div(button(_("Log it"), "call-save", primary=True), className="cl-part-foot", id="call-foot", style=HIDDEN)
    done = html.Div(id="call-done", role="status")
    return [
        first,
        html.Div(outcome, id="call-yes", style=HIDDEN),
        html.Div(_instead(person, viewer), id="call-no", style=HIDDEN, className="cl-fields"),
        note,
        foot,
        done,
    ]


def _not_asked() -> Component:
    return dmc.Radio(label=_("Nobody answered"), value="no_answer")


def _instead(person: PersonLine, viewer: Viewer) -> list[Component]:
    reasons = [{"value": one.value, "label": words.word(selling_words.not_now_reasons, one)} for one in NotNowReason]
    return [
        dmc.DateInput(
            id="call-until",
            label=_("When instead"),
            description=_("No offers before this day. Left empty: not before tomorrow."),
            value=person.not_now_until.isoformat() if person.not_now_until else None,
            clearable=True,
            size="sm",
            **from_today(viewer),
        ),
        dmc.Select(id="call-reason", label=_("Because"), data=reasons, value="busy", allowDeselect=False, size="sm"),
    ]


def show_part(_viewer: Viewer, moment: str | None) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What the answer to the first question leads to."""
    return (SHOWN if moment == "yes" else HIDDEN), (SHOWN if moment == "no" else HIDDEN), (SHOWN if moment else HIDDEN)


def save_call(
    viewer: Viewer,
    clicks: int | None,
    about: dict[str, Any],
    moment: str | None,
    outcome: str | None,
    until: str | None,
    reason: str | None,
    note: str | None,
) -> tuple[Any, Any]:
    """Keep the contact with what the gate had said, and a no with the day until which it holds."""
    if not clicks:
        return no_update, no_update
    if moment == "yes" and not outcome:
        raise InvalidInput({"outcome": [_("Choose what came of it.")]})
    ended = {"no": ContactOutcome.NOT_NOW, "no_answer": ContactOutcome.NO_ANSWER}.get(moment or "")
    refused = moment == "no"
    told = Approached(
        channel=Channel(about["channel"]),
        outcome=ended or ContactOutcome(outcome or "other"),
        account_id=about["account"],
        contact_external_id=about["contact"],
        initiation=Initiation(about["initiation"]),
        good_moment=GoodMoment.NO if refused else GoodMoment.YES if moment == "yes" else GoodMoment.NOT_ASKED,
        not_now_until=date.fromisoformat(until) if refused and until else None,
        not_now_reason=NotNowReason(reason) if refused and reason else None,
        note=(note or "").strip() or None,
    )
    with transaction():
        entry, _is_new = log_sales_contact(told, viewer)
        match = words.word(selling_words.matches, entry.matched)
    return time.perf_counter_ns(), html.P([_("It is on the timeline."), " ", match, "."])
