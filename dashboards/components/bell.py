"""The bell: how many notices are new, the newest of them, and the way to all."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html, no_update
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.moments import moment
from dashboards.components.panels import loading_state
from dashboards.guard import allowed
from feedback.access.rules import Viewer
from feedback.reporting.notices import Notice, count_unread, list_notices, read_notices

Component = Any
MOST = 99


def bell(viewer: Viewer) -> Component:
    """The button of the frame, and what it opens."""
    unread = count_unread(viewer)
    label = _("Notices, %(count)s new", count=unread) if unread else _("Notices, none new")
    target = dmc.UnstyledButton(
        [html.Span(className="cl-icon cl-icon-bell"), html.Span(mark(unread), id="bell-count")],
        id="bell-button",
        className="cl-icon-button",
        **attributes(aria_label=label),
    )
    listed = html.Div(loading_state(3), id="bell-list", className="cl-bell-list")
    foot = html.Div(
        [
            dcc.Link(_("All notices"), href="/app/notifications", className="cl-button"),
            html.Button(_("Mark all as read"), id="bell-read", type="button", className="cl-button"),
        ],
        className="cl-bell-foot",
    )
    # not a menu: its lines are links to read, not commands
    return dmc.Popover(
        [dmc.PopoverTarget(target), dmc.PopoverDropdown([listed, foot])],
        width=340,
        position="bottom-end",
        shadow="md",
        keepMounted=True,
        trapFocus=True,
    )


def mark(unread: int) -> Component:
    """The number on the bell; nothing where nothing is new."""
    return html.Span(str(min(unread, MOST)), className="cl-count") if unread else None


def register(app: Dash) -> None:
    """Attach the callbacks of the bell."""
    app.callback(
        Output("bell-list", "children"),
        Output("bell-count", "children"),
        Input("bell-button", "n_clicks"),  # a menu that opens by itself does not tell that it did
        prevent_initial_call=True,
    )(allowed("self")(show_notices))
    app.callback(
        Output("bell-list", "children", allow_duplicate=True),
        Output("bell-count", "children", allow_duplicate=True),
        Input("bell-read", "n_clicks"),
        prevent_initial_call=True,
    )(allowed("self")(read_all))


def show_notices(viewer: Viewer, clicks: int | None) -> tuple[Component, Component]:
    """The newest lines, and how many are new by now. To look at the list is not yet to have read what it names."""
    if not clicks:
        return no_update, no_update
    notices = list_notices(viewer)
    if not notices:
        return html.P(_("Nothing has happened that you need to know."), className="cl-note"), None
    return [_line(notice, viewer) for notice in notices], mark(count_unread(viewer))


def read_all(viewer: Viewer, clicks: int | None) -> tuple[Component, Component]:
    """Nothing is new any more."""
    if not clicks:
        return no_update, no_update
    read_notices(viewer)
    return show_notices(viewer, clicks)


def _line(notice: Notice, viewer: Viewer) -> Component:
    line = [html.Span(notice.text), moment(notice.created_at, viewer)]
    return dcc.Link(line, href=notice.link, className="cl-notice cl-new" if notice.unread else "cl-notice")
