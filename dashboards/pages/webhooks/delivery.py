"""One delivery: what was sent, and what came back each time."""

import json
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from dashboards.pages.webhooks.words import delivery_words, news_words
from feedback.access.rules import Viewer
from feedback.partners.deliveries import DeliveryDetails, get_delivery
from feedback.partners.models import WebhookAttempt

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """What was told."""
    return news_words()[get_delivery(query.ids["delivery"]).row.type]


def body(viewer: Viewer, query: Query) -> Component:
    """State, tries, payload."""
    found = get_delivery(query.ids["delivery"])
    return html.Div([_facts(found, viewer), _tries(found, viewer), _payload(found)], className="cl-stack")


def _facts(found: DeliveryDetails, viewer: Viewer) -> Component:
    row = found.row
    rows: list[tuple[str, Component]] = [
        (_("Sent to"), html.Code(row.url)),
        (_("State"), delivery_words()[row.state]),
        (_("It happened"), moment(row.occurred_at, viewer)),
        ("webhook-id", html.Code(row.public_id)),
    ]
    if row.settled_at is None and row.attempts:
        rows.append((_("Next try"), moment(row.next_try_at, viewer)))
    listed = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    steps = [
        button(_("Send again"), {"kind": "webhook-again", "delivery": row.id}, primary=True),
        link_button(_("All deliveries of this webhook"), f"/app/webhooks/{row.webhook_id}"),
    ]
    return panel(_("This delivery"), [listed, html.Div(steps, className="cl-chips")])


def _tries(found: DeliveryDetails, viewer: Viewer) -> Component:
    name = _("Tries")
    if not found.attempts:
        return panel(name, empty_state(_("It was not tried yet."), hint=_("Within seconds, if the webhook is on.")))
    columns: list[Column[WebhookAttempt]] = [
        Column(_("When"), lambda one: moment(one.at, viewer), main=True),
        Column(_("Status"), lambda one: str(one.status or "–"), right=True),
        Column(_("Took"), lambda one: _("%(count)s ms", count=number(one.took_ms)), right=True),
        Column(_("What came back"), lambda one: html.Span(one.error or one.answer or "–", className="cl-reason")),
    ]
    return panel(name, table(columns, list(found.attempts), caption=name), note=_("Of each answer the first kilobyte is kept."))


def _payload(found: DeliveryDetails) -> Component:
    text = json.dumps(json.loads(found.payload), ensure_ascii=False, indent=2)
    return panel(_("What it carries"), html.Pre(html.Code(text), className="cl-code", tabIndex=0))
