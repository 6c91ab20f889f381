"""One CRM: how far it came, its runs, what differs, and what is set."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from dashboards.pages.crm.conflict_log import conflict_panel, decided_panel
from dashboards.pages.crm.listing import push_field, secret_field
from dashboards.pages.crm.words import VENDORS, counts_text, field_words, in_words, kind_words, run_words, state_text
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.partners.crm.connections import OWNABLE, get_connection
from feedback.partners.crm.models import CrmConnection, CrmRun
from feedback.partners.crm.overview import list_runs, taken_up_to
from feedback.partners.crm.rules import RunState, Side

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """Its short name."""
    return get_connection(query.ids["connection"]).code


def body(viewer: Viewer, query: Query) -> Component:
    """Where it stands, its runs, its conflicts, its settings."""
    connection = get_connection(query.ids["connection"])
    store = dcc.Store(id="crm-id", data=connection.id)
    parts = [_facts(connection, viewer), _runs(connection, viewer), conflict_panel(viewer, connection.id)]
    return html.Div([store, *parts, decided_panel(viewer, connection.id), _settings(connection)], className="cl-stack")


def _facts(connection: CrmConnection, viewer: Viewer) -> Component:
    reached, pushed = taken_up_to(connection.id), connection.pushed_to
    rows: list[tuple[str, Component]] = [
        (_("Kind"), VENDORS[connection.vendor]),
        (_("Address"), html.Code(connection.address)),
        (_("State"), state_text(connection)),
    ]
    if connection.wait_until is not None:
        rows.append((_("Pause until"), moment(connection.wait_until, viewer)))
    for kind, label in kind_words().items():
        upto = next((at for one, at in reached.items() if one == kind), None)
        rows.append((_("%(kind)s taken up to", kind=label), moment(upto, viewer) if upto else _("not taken yet")))
    rows.append((_("Standings written up to"), moment(pushed, viewer) if pushed else _("not written yet")))
    listed = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    steps = [
        button(_("Test the connection"), "crm-test", primary=True),
        button(_("Say what a run would do"), "crm-dry"),
        button(_("Run now"), "crm-run"),
        button(_("Pause") if connection.active else _("Switch on"), "crm-switch"),
        link_button(_("All CRMs"), "/app/crm"),
    ]
    said = dcc.Loading(html.Div(id="crm-said", role="status"))
    return panel(_("This connection"), [listed, html.Div(steps, className="cl-chips"), said])


def _runs(connection: CrmConnection, viewer: Viewer) -> Component:
    name, found = _("Runs"), list_runs(connection.id, limit=10 if is_phone() else 25)
    if not found:
        hint = _("Every five minutes while it is switched on. Each run stands here with what it took.")
        return panel(name, empty_state(_("There was no run yet."), hint=hint))
    states = run_words()
    columns: list[Column[CrmRun]] = [
        Column(_("When"), lambda one: moment(one.started_at, viewer), main=True),
        Column(
            _("State"), lambda one: html.Span([states[one.state], _(" (tried only)") if one.dry else ""], className="cl-badge")
        ),
        Column(_("What it took"), _outcome),
    ]
    return panel(name, table(columns, found, caption=name), note=_("The newest are shown."))


def _outcome(run: CrmRun) -> Component:
    lines = [html.Div(line) for line in counts_text(run)]
    if run.state in (RunState.FAILED, RunState.WAITS):
        lines += [html.Div(in_words(run.error)), html.Div(html.Code(run.error or ""))]
    return html.Div(lines, className="cl-reason")


def _settings(connection: CrmConnection) -> Component:
    fields, kinds = field_words(), kind_words()
    names = {name: name.split(".") for name in OWNABLE}
    boxes = [
        dmc.Checkbox(label=f"{kinds[kind]}: {fields[field]}", value=name, size="sm") for name, (kind, field) in names.items()
    ]
    ours = [name for name, side in connection.owners.items() if side == Side.OURS]
    parts = [
        dmc.CheckboxGroup(
            boxes, id="crm-change-owners", label=_("Fields that are ours: the CRM never overwrites them"), value=ours, size="sm"
        ),
        push_field("crm-change-push", checked=connection.push),
        secret_field("crm-change-secret", _("Only if it changed; the stored one is never shown.")),
    ]
    foot = html.Div(button(_("Save"), "crm-keep", primary=True), className="cl-part-foot")
    return panel(_("What is set"), [html.Div(parts, className="cl-fields"), foot])
