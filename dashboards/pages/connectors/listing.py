"""All connectors, and a form for another one."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.inlets import queries
from feedback.inlets.connectors import list_connectors
from feedback.inlets.models import Connector
from feedback.inlets.rules.kinds import ConnectorKind, EventState, Scheme
from feedback.surveys.programs import list_programs
from feedback.web.naming import called

Component = Any
KINDS = {
    ConnectorKind.TYPEFORM: "Typeform",
    ConnectorKind.SURVEYMONKEY: "SurveyMonkey",
    ConnectorKind.QUALTRICS: "Qualtrics",
}


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Who sends us answers?")


def body(viewer: Viewer, query: Query) -> Component:
    """The list and the form."""
    return html.Div([_list(), _new(), _elsewhere()], className="cl-stack")


def kind_name(kind: ConnectorKind) -> str:
    """What a kind is called."""
    return KINDS.get(kind) or _("Another system")


def _list() -> Component:
    connectors = list_connectors()
    name = _("Connectors")
    if not connectors:
        return panel(name, empty_state(_("No system is connected yet."), hint=_("The form below connects one.")))
    columns: list[Column[Connector]] = [
        Column(_("Connector"), lambda one: row_link(one.name, f"/app/connectors/{one.id}"), main=True),
        Column(_("Kind"), lambda one: kind_name(one.kind)),
        Column(_("State"), lambda one: html.Span(_("on") if one.active else _("off"), className="cl-badge")),
        Column(_("Answers"), lambda one: number(_count(one, EventState.DONE)), right=True),
        Column(_("In quarantine"), lambda one: number(_count(one, EventState.QUARANTINED)), right=True),
        Column(_("Refused"), lambda one: number(one.refused), right=True),
    ]
    events = link_button(_("What they sent"), "/app/inbound")
    return panel(name, table(columns, connectors, caption=name), actions=[events])


def _count(connector: Connector, state: EventState) -> int:
    return queries.count_by_state(connector.id).get(state, 0)


def _new() -> Component:
    kinds = [{"value": kind.value, "label": kind_name(kind)} for kind in ConnectorKind]
    first = ConnectorKind.TYPEFORM
    fields = [
        dmc.Select(id=_id("kind"), label=_("Kind"), data=kinds, value=first.value, allowDeselect=False, size="sm"),
        dmc.TextInput(id=_id("name"), label=_("Name"), size="sm"),
        dmc.TextInput(
            id=_id("code"), label=_("Code"), description=_("Stands in its address: small letters, digits, hyphens."), size="sm"
        ),
        dmc.Select(
            id=_id("survey"), label=_("Survey"), data=survey_options(), value="relationship", allowDeselect=False, size="sm"
        ),
        dmc.TextInput(
            id=_id("secret"), label=_("Its secret"), description=_("Empty: we make one, and you enter it there."), size="sm"
        ),
    ]
    more = html.Div(fields_of(first), id="connector-parts", className="cl-contents")
    save = html.Div(button(_("Connect it"), "connector-save", primary=True), className="cl-part-foot")
    return panel(_("Connect a system"), [html.Div([*fields, more], className="cl-fields"), save, html.Div(id="connector-made")])


def fields_of(kind: ConnectorKind) -> list[Component]:
    """What has to be said about a system of this kind, and not about all."""
    schemes = {
        Scheme.STANDARD_WEBHOOKS: _("Standard Webhooks (recommended)"),
        Scheme.HMAC_HEADER: _("HMAC-SHA256 of the body in a header"),
        Scheme.BEARER: _("A fixed token as “Authorization: Bearer”"),
    }
    scheme = dmc.Select(
        id=_id("scheme"),
        label=_("How it signs"),
        data=[{"value": one.value, "label": label} for one, label in schemes.items()],
        value=Scheme.STANDARD_WEBHOOKS.value,
        allowDeselect=False,
        size="sm",
    )
    client = dmc.TextInput(id=_id("api_key"), label=_("Client id"), size="sm")
    hint = _("Its events only name an answer; with this we fetch it.")
    token = dmc.TextInput(id=_id("api_token"), label=_("API token"), description=hint, size="sm")
    address = dmc.TextInput(id=_id("api_address"), label=_("API address"), placeholder="https://", size="sm")
    return {
        ConnectorKind.TYPEFORM: list[Component](),
        ConnectorKind.SURVEYMONKEY: [client, token, address],
        ConnectorKind.QUALTRICS: [token, address],
        ConnectorKind.GENERIC: [scheme],
    }[kind]


def _id(name: str) -> dict[str, str]:
    return {"kind": "connector-field", "name": name}


def survey_options() -> list[dict[str, str]]:
    """Active surveys to choose from."""
    return [{"value": one.code, "label": called(one)} for one in list_programs() if one.active]


def _elsewhere() -> Component:
    note = _("A form in the pages of your own shop or portal, for people who are logged in there.")
    return panel(_("Forms on other sites"), link_button(_("Keys and the script"), "/app/connectors/embedding"), note=note)


def shown_once(label: str, *values: tuple[str, str], go_on: Component = None) -> Component:
    """Secrets, to be copied now, and where to go on afterwards."""
    lines = [
        html.Div(
            [
                dmc.TextInput(label=name, value=value, readOnly=True, size="sm", className="cl-link-field"),
                dmc.CopyButton(value=value, children=_("Copy"), copiedChildren=_("Copied"), size="xs", variant="default"),
            ],
            className="cl-under",
        )
        for name, value in values
    ]
    return html.Div([html.P(label, role="status"), *lines, go_on], className="cl-stack cl-made")
