"""Keys of embedded forms, and what to put into the other site."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask import current_app
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from dashboards.pages.connectors.listing import survey_options
from feedback.access.rules import Viewer
from feedback.inlets.embedding import list_keys
from feedback.inlets.snippets import SIGNING, script_tag
from feedback.reporting.coverage import survey_names

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """What is done here."""
    return _("Forms on other sites")


def body(viewer: Viewer, query: Query) -> Component:
    """Keys, a form for another one, and the code for the other site."""
    return html.Div([_keys(viewer), _new(), _code()], className="cl-stack")


def _keys(viewer: Viewer) -> Component:
    rows, name = list_keys(), _("Keys")
    back = link_button(_("All connectors"), "/app/connectors")
    if not rows:
        return panel(
            name, empty_state(_("No site may show the survey yet."), hint=_("The form below makes a key.")), actions=[back]
        )
    names = survey_names()
    columns: list[Column[Any]] = [
        Column(_("Key"), lambda row: html.Div([html.Strong(row[0].name), html.Div(html.Code(row[0].public_id))]), main=True),
        Column(_("Survey"), lambda row: names.get(row[1], row[1])),
        Column(_("Sites"), lambda row: ", ".join(row[0].origins)),
        Column(_("Made"), lambda row: moment(row[0].created_at, viewer)),
        Column("", lambda row: _revoke(row[0], viewer), right=True),
    ]
    return panel(name, table(columns, rows, caption=name), actions=[back])


def _revoke(key: Any, viewer: Viewer) -> Component:
    if key.revoked_at is not None:
        return html.Span([_("revoked"), " ", moment(key.revoked_at, viewer)], className="cl-note")
    return button(_("Revoke"), {"kind": "embed-revoke", "key": key.id})


def _new() -> Component:
    fields = [
        dmc.TextInput(id="embed-name", label=_("Name"), size="sm"),
        dmc.Select(
            id="embed-survey", label=_("Survey"), data=survey_options(), value="relationship", allowDeselect=False, size="sm"
        ),
        dmc.TextInput(
            id="embed-origins", label=_("Sites, separated by commas"), placeholder="https://shop.example", value="", size="sm"
        ),
    ]
    save = html.Div(button(_("Make a key"), "embed-save", primary=True), className="cl-part-foot")
    return panel(_("Another key"), [html.Div(fields, className="cl-fields"), save, html.Div(id="embed-made")])


def _code() -> Component:
    base = current_app.extensions["closedloop_settings"].base_url
    how = _(
        "The server of the other site signs who is logged in; the page then holds one script. Nobody who was asked not long ago "
        "is shown anything. Without JavaScript the link does the same."
    )
    parts: list[Component] = [html.Pre(html.Code(script_tag(base)), className="cl-code", tabIndex=0)]
    for language, code in SIGNING.items():
        parts += [html.H3(language), html.Pre(html.Code(code), className="cl-code", tabIndex=0)]
    return panel(_("On the other site"), html.Div(parts, className="cl-stack"), note=how)
