"""Logging a sales contact from the card of a sales play: to whom, how, and what came of it."""

from typing import Any

import dash_mantine_components as dmc
from dash import MATCH, Dash, Input, Output, State, html, no_update
from flask_babel import gettext as _

from dashboards.components import selling_words, words
from dashboards.components.buttons import button
from dashboards.guard import allowed
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.contacts.service import LOG, Approached, log_sales_contact
from feedback.kernel.errors import InvalidInput
from feedback.permission.rules import Channel
from feedback.reporting.sales_play_board import PlayLine
from feedback.selling.queries import access_play
from feedback.selling.rules import PlayState
from feedback.uow import transaction

Component = Any
_SHOWN_ON = (PlayState.ACCEPTED, PlayState.HELD)


def register(app: Dash) -> None:
    """Attach the button of each form."""
    names = ("play-log-whom", "play-log-channel", "play-log-outcome", "play-log-note")
    app.callback(
        Output({"kind": "play-log-done", "id": MATCH}, "children"),
        Input({"kind": "play-log", "id": MATCH}, "n_clicks"),
        State({"kind": "play-log", "id": MATCH}, "id"),
        *(State({"kind": name, "id": MATCH}, "value") for name in names),
        prevent_initial_call=True,
    )(allowed(LOG)(log_contact))


def log_form(line: PlayLine, viewer: Viewer) -> Component:
    """Folded in: most of the time the suggestion is read, and not acted on at once. Nothing for who logs no sales contacts."""
    if line.state not in _SHOWN_ON or scope_of(viewer, LOG) is Scope.NONE:
        return None
    fields = [
        _choice(line, "play-log-whom", _("To whom"), list(line.people), line.people[0][0] if line.people else None),
        _choice(line, "play-log-channel", _("How"), _named(Channel, words.channels), Channel.PHONE.value),
        _choice(line, "play-log-outcome", _("What came of it"), _named(ContactOutcome, selling_words.contact_outcomes), None),
        dmc.TextInput(id={"kind": "play-log-note", "id": line.id}, label=_("Worth remembering"), size="sm"),
    ]
    save = button(_("Log it"), {"kind": "play-log", "id": line.id})
    done = html.Div(id={"kind": "play-log-done", "id": line.id}, role="status")
    form = html.Div([*fields, html.Div(save, className="cl-chips"), done], className="cl-fields")
    return html.Details([html.Summary(_("Log a sales contact")), form], className="cl-more")


def _choice(line: PlayLine, kind: str, label: str, options: list[tuple[str, str]], value: str | None) -> Component:
    data = [{"value": key, "label": text} for key, text in options]
    return dmc.Select(id={"kind": kind, "id": line.id}, label=label, data=data, value=value, size="sm")


def _named(kind: Any, named: Any) -> list[tuple[str, str]]:
    return [(one.value, words.word(named, one)) for one in kind]


def log_contact(
    viewer: Viewer,
    clicks: int | None,
    which: dict[str, Any],
    whom: str | None,
    channel: str | None,
    outcome: str | None,
    note: str | None,
) -> Component:
    """Keep the contact, and say what the gate had answered."""
    if not clicks:
        return no_update
    if not outcome or not channel:
        raise InvalidInput({"outcome": [_("Choose how it was, and what came of it.")]})
    with transaction():
        told = Approached(
            Channel(channel),
            ContactOutcome(outcome),
            account_id=access_play(which["id"], viewer).account_id,
            contact_external_id=whom or None,
            note=(note or "").strip() or None,
        )
        entry, _is_new = log_sales_contact(told, viewer)
        match = words.word(selling_words.matches, entry.matched)
    return html.P([_("It is on the customer's timeline."), " ", match, "."])
