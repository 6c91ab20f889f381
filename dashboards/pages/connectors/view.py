"""One connector: its address, where things stand in what it sends, and a trial with a pasted event."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import panel
from dashboards.page import Query
from dashboards.pages.connectors.listing import kind_name
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.inlets import queries
from feedback.inlets.connectors import FETCHING, address_of, get_connector
from feedback.inlets.models import Connector
from feedback.inlets.rules.kinds import ConnectorKind
from feedback.inlets.rules.shapes import PRESETS
from feedback.inlets.trial import Tried
from feedback.kernel.errors import NotFound

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """Its name."""
    return get_connector(query.ids["connector"]).name


def body(viewer: Viewer, query: Query) -> Component:
    """What is set, and what came."""
    connector = get_connector(query.ids["connector"])
    parts = [_facts(connector, viewer), _settings(connector), _trial(_sample(viewer, query))]
    return html.Div([dcc.Store(id="connector-id", data=connector.id), *parts], className="cl-stack")


def _facts(connector: Connector, viewer: Viewer) -> Component:
    counts = [
        (words.word(words.event_states, state), number(count)) for state, count in queries.count_by_state(connector.id).items()
    ]
    refused: Component = number(connector.refused)
    if connector.last_refused_at is not None:
        refused = html.Span([number(connector.refused), " · ", moment(connector.last_refused_at, viewer)])
    rows: list[tuple[str, Component]] = [
        (_("Kind"), kind_name(connector.kind)),
        (_("Address"), html.Code(address_of(connector))),
        *counts,
    ]
    rows.append((_("Refused (wrong or no signature)"), refused))
    listed = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    hint = None
    if connector.kind is ConnectorKind.QUALTRICS:
        hint = html.P(
            _("A workflow of Qualtrics does not sign: its address ends with “/” and the secret. A new secret shows it whole."),
            className="cl-note",
        )
    steps = [
        link_button(_("What it sent"), f"/app/inbound?connector={connector.id}"),
        button(_("New secret"), "connector-renew"),
        link_button(_("All connectors"), "/app/connectors"),
    ]
    return panel(_("Where it sends to"), [listed, hint, html.Div(steps, className="cl-chips"), html.Div(id="connector-renewed")])


def mapping_lines(connector: Connector) -> str:
    """`field = reference`, a line each: what is usual for the kind, with what was set over it."""
    found = {**PRESETS[connector.kind], **connector.mapping}
    return "\n".join(f"{name} = {reference}" for name, reference in found.items())


def _settings(connector: Connector) -> Component:
    how = _(
        "One line each, “field = where it stands”: /a/json/pointer, hidden:name, field:reference of a question, or =a fixed "
        "text. Fields: account, contact, contact_email, contact_name, score, comment, reasons, language, survey, responded_at, "
        "changed_at, answer_id, event_id, token, version."
    )
    fields = [
        dmc.Textarea(
            id="connector-mapping",
            label=_("Where each field stands"),
            description=how,
            value=mapping_lines(connector),
            autosize=True,
            minRows=4,
            size="sm",
            inputWrapperOrder=["label", "description", "input", "error"],
        ),
        html.Div(_more(connector), className="cl-fields"),
    ]
    save = [button(_("Save"), "connector-keep", primary=True), html.Span(id="connector-kept", role="status")]
    return panel(_("How it is read"), html.Div([*fields, html.Div(save, className="cl-chips")], className="cl-stack"))


def _more(connector: Connector) -> list[Component]:
    states = [{"value": "on", "label": _("on")}, {"value": "off", "label": _("off: nothing is taken")}]
    unknown = [{"value": "no", "label": _("waits in quarantine")}, {"value": "yes", "label": _("is added")}]
    fields = [
        dmc.Select(
            id="connector-active",
            label=_("State"),
            data=states,
            value="on" if connector.active else "off",
            allowDeselect=False,
            size="sm",
        ),
        dmc.Select(
            id="connector-accounts",
            label=_("An account that we do not know"),
            data=unknown,
            value="yes" if connector.create_accounts else "no",
            allowDeselect=False,
            size="sm",
        ),
        dmc.TextInput(
            id="connector-versions",
            label=_("Versions that are understood"),
            description=_("Separated by commas; empty: any."),
            value=", ".join(map(str, connector.versions)),
            size="sm",
        ),
    ]
    token = dmc.TextInput(
        id="connector-token",
        label=_("API token"),
        description=_("One is set; enter another to replace it.") if connector.api_token else _("None is set."),
        value="",
        size="sm",
        style=None if connector.kind in FETCHING else {"display": "none"},
    )
    return [*fields, token]


def _sample(viewer: Viewer, query: Query) -> str:
    """The event that led here, ready to be tried."""
    event_id = query.number("event", 0)
    if not event_id or scope_of(viewer, "response.read") is not Scope.ALL:
        return ""
    try:
        event, _connector = queries.get_event(event_id)
    except NotFound:
        return ""
    return (event.body or b"").decode(errors="replace")


def _trial(sample: str) -> Component:
    note = _("Paste what the other system sends, and see how it would be read with the lines above. Nothing is stored.")
    field = dmc.Textarea(
        id="connector-sample", label=_("An event"), value=sample, autosize=True, minRows=4, maxRows=14, size="sm"
    )
    press = html.Div([button(_("Try it"), "connector-try"), html.Div(id="connector-tried")])
    return panel(_("Try it out"), html.Div([field, press], className="cl-stack"), note=note)


def tried(found: Tried) -> Component:
    """How the pasted event would be read."""
    verdicts = {
        "answer": _("An answer. This is what would be stored:"),
        "needs_fetching": _("It only names an answer, which would be fetched:"),
        "ignored": _("Not about an answer: it would be left alone."),
        "quarantined": _("It would go to quarantine."),
    }
    rows = [part for name, value in found.said.items() for part in (html.Dt(name), html.Dd(str(value)))]
    parts = [html.P(verdicts[found.verdict], role="status"), html.P(found.reason) if found.reason else None]
    return html.Div([*parts, html.Dl(rows, className="cl-facts") if rows else None])
