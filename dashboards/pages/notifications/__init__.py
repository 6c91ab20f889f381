"""Everything that I was told, and what I still have to look at."""

import time
from collections.abc import Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, callback_context, dcc, html, no_update
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import bell
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import page_of, pager, row_link
from dashboards.guard import allowed
from dashboards.page import Page, Query
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.outbox.wording import wording
from feedback.reporting.notices import count_unread, read_notices
from feedback.telling.queries import NoticeFilter, Told, accounts_told_of, count_notices, notices_of
from feedback.telling.rules.topics import Topic
from feedback.telling.wishes import topics_for
from feedback.telling.words import topic_words

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 15


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What was I told?")


def filters(viewer: Viewer) -> list[Filter]:
    """Read or not, what about, which customer."""
    assert viewer.user_id is not None
    names = topic_words()
    topics = [(topic.value, names[topic][0]) for topic in topics_for(viewer.role)]
    accounts = [(str(number), name) for number, name in accounts_told_of(viewer.user_id)]
    return [
        Filter("show", _("Show"), [("all", _("All")), ("unread", _("Unread"))], empty="all"),
        Filter("topic", _("About"), topics),
        Filter("account", _("Customer"), accounts, searchable=True),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """The list, the newest first."""
    assert viewer.user_id is not None
    wanted = _wanted(query)
    total, size = count_notices(viewer.user_id, wanted), PHONE_SIZE if is_phone() else PAGE_SIZE
    unread = count_unread(viewer)
    actions = [link_button(_("What I am told, and when"), "/settings/notices")]
    if unread:
        actions.append(button(_("Mark all as read"), "notices-read"))
    note = ngettext("%(count)s unread", "%(count)s unread", unread, count=number(unread))
    if not total:
        return panel(_("Notices"), _nothing(query, wanted), note=note, actions=actions)
    page = page_of(query, total=total, size=size)
    told = notices_of(viewer.user_id, wanted, offset=(page - 1) * size, limit=size)
    shown = html.Div([_line(one, viewer, query) for one in told], role="list", **attributes(aria_label=_("Notices")))
    return panel(_("Notices"), [shown, pager(query, total=total, size=size)], note=note, actions=actions)


def _wanted(query: Query) -> NoticeFilter:
    topic = query.get("topic")
    known = Topic(topic) if topic in set(Topic) else None
    return NoticeFilter(query.get("show") == "unread", known, query.number("account", 0) or None)


def _nothing(query: Query, wanted: NoticeFilter) -> Component:
    if wanted == NoticeFilter():
        hint = _("Here stands what concerns you: issues that become yours, what is due, what customers say about it.")
        return empty_state(_("Nothing has happened that you need to know."), hint=hint)
    everything = dcc.Link(_("Show all notices"), href=query.path, className="cl-button")
    text = _("Everything is read.") if wanted == NoticeFilter(unread=True) else _("There is no notice of this kind.")
    return empty_state(text, action=everything)


def _line(told: Told, viewer: Viewer, query: Query) -> Component:
    words, unread = wording(told.kind, told.params), told.read_at is None
    under = [moment(told.created_at, viewer)]
    if told.account:
        under += [" · ", dcc.Link(told.account, href=query.link(account=told.account_id, page=None))]
    said = [
        row_link(words.title, told.link),
        html.P(words.advice, className="cl-note") if words.advice else None,
        html.P(under, className="cl-note"),
    ]
    step = button(_("Mark as read"), {"kind": "notice-read", "notice": told.id}) if unread else None
    return html.Div(
        [html.Div(said), step],
        className="cl-told cl-new" if unread else "cl-told",
        role="listitem",
        **attributes(data_row="1"),
    )


def register(app: Dash) -> None:
    """Attach the callbacks."""
    outputs = (Output("refresh", "data", allow_duplicate=True), Output("bell-count", "children", allow_duplicate=True))
    app.callback(*outputs, Input("notices-read", "n_clicks"), prevent_initial_call=True)(allowed("self")(read_all))
    one = Input({"kind": "notice-read", "notice": ALL}, "n_clicks")
    app.callback(*outputs, one, prevent_initial_call=True)(allowed("self")(read_one))


def read_all(viewer: Viewer, clicks: int | None) -> Any:
    """Nothing is new any more."""
    if not clicks:
        return no_update, no_update
    read_notices(viewer)
    return time.monotonic(), None


def read_one(viewer: Viewer, clicks: list[int | None]) -> Any:
    """One line is not new any more."""
    pressed: Mapping[str, Any] | None = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update, no_update
    read_notices(viewer, int(pressed["notice"]))
    return time.monotonic(), bell.mark(count_unread(viewer))


PAGE = Page("/app/notifications", "self", title, body, filters, register)
