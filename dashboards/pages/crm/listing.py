"""All CRMs, what both sides say differently, and a form for another one."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.crm.conflict_log import conflict_panel
from dashboards.pages.crm.words import VENDORS, run_words, state_text
from feedback.access.rules import Viewer
from feedback.partners.crm.connections import list_connections
from feedback.partners.crm.models import CrmConnection
from feedback.partners.crm.overview import find_last_run
from feedback.partners.crm.rules import Vendor

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which CRMs do customers come from?")


def body(viewer: Viewer, query: Query) -> Component:
    """The list, the open conflicts, the form."""
    return html.Div([_list(viewer), conflict_panel(viewer), _new()], className="cl-stack")


def _list(viewer: Viewer) -> Component:
    found, name = list_connections(), _("CRMs")
    actions = [link_button(_("Webhooks"), "/app/webhooks")]
    if not found:
        hint = _(
            "HubSpot or Salesforce: customers, people and won deals come in, standings go back. The form below connects one."
        )
        return panel(name, empty_state(_("No CRM is connected yet."), hint=hint), actions=actions)
    columns: list[Column[CrmConnection]] = [
        Column(_("CRM"), lambda one: row_link(one.code, f"/app/crm/{one.id}"), main=True),
        Column(_("Kind"), lambda one: VENDORS[one.vendor]),
        Column(_("State"), lambda one: html.Span(state_text(one), className="cl-badge")),
        Column(_("Last run"), lambda one: _last_run(one, viewer)),
        Column(_("Standings written up to"), lambda one: moment(one.pushed_to, viewer) if one.pushed_to else "–"),
    ]
    return panel(name, table(columns, found, caption=name), actions=actions)


def _last_run(connection: CrmConnection, viewer: Viewer) -> Component:
    run = find_last_run(connection.id)
    return "–" if run is None else html.Span([run_words()[run.state], ", ", moment(run.started_at, viewer)])


def _new() -> Component:
    vendors = [{"value": vendor.value, "label": label} for vendor, label in VENDORS.items()]
    fields = [
        dmc.TextInput(
            id="crm-code", label=_("Short name"), description=_("Small letters, digits and hyphens."), value="", size="sm"
        ),
        dmc.Select(id="crm-vendor", label=_("Kind"), data=vendors, value=Vendor.HUBSPOT.value, allowDeselect=False, size="sm"),
        dmc.TextInput(
            id="crm-address",
            label=_("Address"),
            description=_("Salesforce: that of your org. HubSpot: leave it empty."),
            placeholder="https://",
            value="",
            size="sm",
        ),
        dmc.TextInput(
            id="crm-client_id",
            label=_("Client id"),
            description=_("Salesforce only: that of the connected app."),
            value="",
            size="sm",
        ),
        secret_field("crm-secret", _("Token of a private app (HubSpot), or the client’s secret (Salesforce).")),
        push_field("crm-push", checked=False),
    ]
    save = html.Div(button(_("Connect it"), "crm-save", primary=True), className="cl-part-foot")
    note = _("It is made paused: test it and see what a run would do before you switch it on.")
    return panel(_("Another CRM"), [html.Div(fields, className="cl-fields"), save, html.Div(id="crm-made")], note=note)


def secret_field(id: str, description: str) -> Component:  # noqa: A002  the name that components use
    """Where a secret is written; it never shows the stored one."""
    shown = {"autoComplete": "off", "placeholder": "", "value": "", "size": "sm"}
    eye = {"aria-label": _("Show what you write")}
    return dmc.PasswordInput(id=id, label=_("Secret"), description=description, visibilityToggleButtonProps=eye, **shown)


def push_field(id: str, *, checked: bool) -> Component:  # noqa: A002
    """Whether standings go back."""
    return dmc.Checkbox(
        id=id, label=_("Write gate, advocacy, play and reason to the CRM’s customers."), checked=checked, size="sm"
    )
