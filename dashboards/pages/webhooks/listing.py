"""All webhooks, and a form for another one."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.webhooks.words import name_of, news_words, state_text
from feedback.access.rules import Viewer
from feedback.partners.deliveries import count_by_state
from feedback.partners.models import Webhook
from feedback.partners.rules.delivering import DeliveryState
from feedback.partners.rules.news import OF_STANDING, SUBSCRIBABLE
from feedback.partners.webhooks import list_webhooks

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which systems do we tell?")


def body(viewer: Viewer, query: Query) -> Component:
    """The list and the form."""
    return html.Div([_list(viewer), _new()], className="cl-stack")


def _list(viewer: Viewer) -> Component:
    found, name = list_webhooks(), _("Webhooks")
    actions = [link_button(_("Systems that send us answers"), "/app/connectors"), link_button(_("CRM"), "/app/crm")]
    if not found:
        hint = _("A webhook tells your CRM at once when a customer may be sold to again, and when not. The form below makes one.")
        return panel(name, empty_state(_("No system is told yet."), hint=hint), actions=actions)
    columns: list[Column[Webhook]] = [
        Column(_("Webhook"), lambda one: row_link(name_of(one), f"/app/webhooks/{one.id}"), main=True),
        Column(_("State"), lambda one: html.Span(state_text(one), className="cl-badge")),
        Column(_("Last taken"), lambda one: moment(one.last_taken_at, viewer) if one.last_taken_at else "–"),
        Column(_("Waiting"), lambda one: number(count_by_state(one.id)[DeliveryState.WAITING]), right=True),
        Column(_("Given up"), lambda one: number(count_by_state(one.id)[DeliveryState.GIVEN_UP]), right=True),
    ]
    return panel(name, table(columns, found, caption=name), actions=actions)


def _new() -> Component:
    fields = [
        dmc.TextInput(id="webhook-url", label=_("Address"), placeholder="https://", value="", size="sm"),
        dmc.TextInput(id="webhook-description", label=_("What it is for"), value="", size="sm"),
        events_field("webhook-events", [kind.value for kind in SUBSCRIBABLE if kind in OF_STANDING]),
        details_field("webhook-details", checked=False),
    ]
    save = html.Div(button(_("Make the webhook"), "webhook-save", primary=True), className="cl-part-foot")
    return panel(_("Another webhook"), [html.Div(fields, className="cl-fields"), save, html.Div(id="webhook-made")])


def events_field(id: str, value: list[str]) -> Component:  # noqa: A002  the name that components use
    """What a webhook is told."""
    words = news_words()
    boxes = [dmc.Checkbox(label=words[kind], value=kind.value, size="sm") for kind in SUBSCRIBABLE]
    return dmc.CheckboxGroup(boxes, id=id, label=_("What it is told"), value=value, size="sm")


def details_field(id: str, *, checked: bool) -> Component:  # noqa: A002
    """Whether names and scores come along."""
    label = _("Send names of customers and scores too; otherwise only ids.")
    return dmc.Checkbox(id=id, label=label, checked=checked, size="sm")
