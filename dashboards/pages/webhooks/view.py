"""One webhook: what it is told, a test, its deliveries, and sending a time again."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import button, link_button
from dashboards.components.dates import moment_field
from dashboards.components.filters import Filter
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from dashboards.pages.webhooks.listing import details_field, events_field
from dashboards.pages.webhooks.words import delivery_words, name_of, news_words, state_text
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.kernel import clock
from feedback.partners.deliveries import DeliveryFilter, count_deliveries, list_deliveries
from feedback.partners.models import Webhook
from feedback.partners.rules.delivering import DeliveryState, HookState
from feedback.partners.rules.news import NewsType
from feedback.partners.webhooks import get_webhook

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """What it is for."""
    return name_of(get_webhook(query.ids["webhook"]))


def filters(viewer: Viewer) -> list[Filter]:
    """How far it came, and what it was."""
    return [Filter("state", _("State"), list(delivery_words().items())), Filter("news", _("News"), list(news_words().items()))]


def body(viewer: Viewer, query: Query) -> Component:
    """What is set, then what it was sent."""
    webhook = get_webhook(query.ids["webhook"])
    store = dcc.Store(id="webhook-id", data=webhook.id)
    parts = [_facts(webhook, viewer), _list(webhook, query, viewer), _replay(viewer), _settings(webhook)]
    return html.Div([store, *parts], className="cl-stack")


def _facts(webhook: Webhook, viewer: Viewer) -> Component:
    rows: list[tuple[str, Component]] = [
        (_("Address"), html.Code(webhook.url)),
        (_("State"), state_text(webhook)),
        (_("Last taken"), moment(webhook.last_taken_at, viewer) if webhook.last_taken_at else "–"),
    ]
    if webhook.failing_since is not None:
        rows.append((_("Fails since"), moment(webhook.failing_since, viewer)))
    if webhook.old_secret_until is not None and webhook.old_secret_until > clock.now():
        rows.append((_("Signed with the old secret too until"), moment(webhook.old_secret_until, viewer)))
    listed = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    active = webhook.state is HookState.ACTIVE
    steps = [
        button(_("Send a test event"), "webhook-test", primary=True),
        button(_("Pause") if active else _("Switch on"), "webhook-switch"),
        button(_("New secret"), "webhook-renew"),
        button(_("Remove"), "webhook-remove"),
        link_button(_("All webhooks"), "/app/webhooks"),
    ]
    said = html.Div(id="webhook-said", role="status")
    return panel(_("Where news goes"), [listed, html.Div(steps, className="cl-chips"), said])


def _list(webhook: Webhook, query: Query, viewer: Viewer) -> Component:
    state, news = query.get("state"), query.get("news")
    wanted = DeliveryFilter(
        webhook.id,
        DeliveryState(state) if state in set(DeliveryState) else None,
        NewsType(news) if news in set(NewsType) else None,
    )
    total, size, name = count_deliveries(wanted), 10 if is_phone() else 25, _("Deliveries")
    if not total:
        hint = _("As soon as something happens that it is told of, each delivery stands here with every try.")
        return panel(name, empty_state(_("There is no delivery of this kind."), hint=hint))
    page, kinds, states = page_of(query, total=total, size=size), news_words(), delivery_words()
    found = list_deliveries(wanted, limit=size, offset=(page - 1) * size)
    columns: list[Column[Any]] = [
        Column(_("News"), lambda one: row_link(kinds[one.type], f"/app/webhooks/deliveries/{one.id}"), main=True),
        Column(_("When"), lambda one: moment(one.occurred_at, viewer)),
        Column(_("State"), lambda one: html.Span(states[one.state], className="cl-badge")),
        Column(_("Tries"), lambda one: number(one.attempts), right=True),
        Column("", lambda one: button(_("Send again"), {"kind": "webhook-again", "delivery": one.id}), right=True),
    ]
    note = ngettext("%(count)s delivery", "%(count)s deliveries", total, count=number(total)) + ". " + _("Kept for 30 days.")
    return panel(name, [table(columns, found, caption=name), pager(query, total=total, size=size)], note=note)


def _replay(viewer: Viewer) -> Component:
    now = clock.now().astimezone(ZoneInfo(viewer.time_zone)).replace(tzinfo=None, microsecond=0)
    fields = [
        moment_field(viewer, "webhook-since", _("From"), value=str(now - timedelta(days=1)), minDate=None),
        moment_field(viewer, "webhook-until", _("Until"), value=str(now), minDate=None),
    ]
    note = _(
        "All that happened in a time is sent again, with what it missed while it was off. The other system knows repeats by "
        "their webhook-id."
    )
    foot = [button(_("Send it again"), "webhook-replay"), html.Span(id="webhook-replayed", role="status")]
    parts = [html.Div(fields, className="cl-fields"), html.Div(foot, className="cl-chips")]
    return panel(_("Send a time again"), parts, note=note)


def _settings(webhook: Webhook) -> Component:
    fields = [
        dmc.TextInput(id="webhook-change-url", label=_("Address"), value=webhook.url, size="sm"),
        dmc.TextInput(id="webhook-change-description", label=_("What it is for"), value=webhook.description, size="sm"),
        events_field("webhook-change-events", list(webhook.events)),
        details_field("webhook-change-details", checked=webhook.details),
    ]
    foot = html.Div(button(_("Save"), "webhook-keep", primary=True), className="cl-part-foot")
    return panel(_("What it is told"), [html.Div(fields, className="cl-fields"), foot])
