"""From the address to the page: one callback draws whatever the address names, in one round trip."""

import secrets
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, callback_context, dcc, html, no_update, set_props
from flask import current_app, g
from flask_babel import gettext as _

from dashboards.components import bell
from dashboards.components.filters import filter_bar, unknown_values
from dashboards.components.panels import error_state
from dashboards.guard import allowed
from dashboards.mistakes import in_words, mark_fields
from dashboards.page import FirstPage, Page, Query
from dashboards.pages import find_page
from dashboards.still.pieces import in_pieces
from dashboards.views import views_menu
from feedback.access.auth import check_may
from feedback.access.rules import Viewer
from feedback.kernel.errors import DomainError, Forbidden, InvalidInput, NotFound
from feedback.reporting.notices import read_here


def register(app: Dash) -> None:
    """Attach the callbacks that draw pages."""
    app.callback(
        Output("page-head", "children"),
        Output("page-body", "children"),
        Output("page-title", "data"),
        Output("page-path", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("scheme", "data"),
        Input("refresh", "data"),
        State("page-path", "data"),
        on_error=explain_page_error,
        prevent_initial_call=True,  # the first page came with its answer
    )(allowed("self")(show_page))
    app.clientside_callback(
        ClientsideFunction("closedloop", "filters"),
        Output("url", "search"),
        Output({"kind": "filter", "name": ALL, "empty": ALL}, "value"),
        Output({"kind": "clear-filters", "path": ALL}, "className"),
        Input("url", "search"),
        Input({"kind": "filter", "name": ALL, "empty": ALL}, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("closedloop", "title"), Output("page-title", "modified_timestamp"), Input("page-title", "data")
    )


def first_page(viewer: Viewer, path: str, search: str) -> FirstPage:
    """Draw the page of an address for the answer to the address itself, so that no further round trip is needed."""
    try:
        found = find_page(path, search)
        if found is None:
            raise NotFound
        page, query = found
        check_may(viewer, page.permission)
        title = page.title(viewer, query)
        drawn = FirstPage(path, search, _head(page, viewer, query, title), _body(page, viewer, query), title, query.path)
        read_here(viewer, query.path)
        return drawn
    except Exception as error:
        return FirstPage(path, search, *explain_page_error(error))


def show_page(
    viewer: Viewer, path: str | None, search: str | None, _scheme: str | None, _refresh: int | None, shown: str | None
) -> tuple[Any, Any, Any, Any]:
    """Draw the page of an address: (head, body, document title, path drawn).

    While only the parameters change, the head stays as it is, so that nobody loses the field they type in.
    """
    found = find_page(path or "", search)
    if found is None:
        raise NotFound
    page, query = found
    check_may(viewer, page.permission)
    body = _body(page, viewer, query)
    unread = read_here(viewer, query.path)
    if unread is not None:
        set_props("bell-count", {"children": bell.mark(unread)})
    if shown == query.path and callback_context.triggered_id is not None:
        return no_update, body, no_update, no_update
    title = page.title(viewer, query)
    return _head(page, viewer, query, title), body, title, query.path


def _head(page: Page, viewer: Viewer, query: Query, title: str) -> list[Any]:
    bar = [filter_bar(page.filters(viewer), query), views_menu(viewer, page, query)]
    return [html.H1(title, id="question", tabIndex=-1), html.Div(bar, className="cl-bar")]


def _body(page: Page, viewer: Viewer, query: Query) -> Any:
    """The page below its head; first what its address asks for in vain."""
    unknown = unknown_values(page.filters(viewer), query) if query.params else None
    body = page.body(viewer, query)
    return in_pieces(body if unknown is None else [unknown, body])


def explain_page_error(error: Exception) -> tuple[Any, Any, Any, Any]:
    """What stands in place of a page that could not be drawn."""
    if isinstance(error, NotFound):
        title = _("There is nothing here, or it is not yours to see")
        body = _missing(_("The address may be mistyped, or the customer belongs to somebody else."))
    elif isinstance(error, Forbidden):
        title = _("This page is not part of your work here")
        body = _missing(_("Your role does not include it. If it should, ask whoever administers closedloop."))
    elif isinstance(error, DomainError):
        title, body = _("This page could not be shown"), error_state(error.message)
    else:
        title, body = _("This page could not be shown"), error_state(request_id=log_error(error))
    return [html.H1(title, id="question", tabIndex=-1)], body, title, None


def explain_error(error: Exception) -> None:
    """A callback of a page failed: say so beside the page, which stays as it was, and beside the fields that are wrong."""
    message = in_words(error) if isinstance(error, DomainError) else None
    if isinstance(error, InvalidInput):
        mark_fields(error.errors)
    request_id = None if message else log_error(error)
    show_notice(message or _("This did not work; nothing was changed."), bad=True, request_id=request_id)


def show_notice(message: str, *, bad: bool = False, request_id: str | None = None) -> None:
    """Show a line in the corner; for failures and for what cannot be seen on the page. Success is quiet."""
    note = {
        "action": "show",
        "id": secrets.token_hex(4),
        "title": _("It did not work") if bad else None,
        "message": " ".join([message, _("Request %(id)s", id=request_id)]) if request_id else message,
        "color": "red" if bad else "accent",
        "autoClose": False if bad else 6000,
    }
    set_props("toasts", {"sendNotifications": [note]})


def log_error(error: Exception) -> str:
    """Write the traceback to the log; answers the request id that the person can quote."""
    request_id = str(g.get("request_id") or secrets.token_hex(8))
    current_app.logger.error("callback failed, request %s", request_id, exc_info=error)
    return request_id


def _missing(why: str) -> Any:
    return html.Div(
        [
            html.P(why),
            dcc.Link(_("Go to my first page"), href="/app/", refresh=True, className="cl-button"),
        ],
        className="cl-missing",
        id="missing",
    )
