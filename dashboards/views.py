"""The views of a person: pages with their filters under names of their own, beside the filter bar."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, callback_context, dcc, html, no_update
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.guard import allowed
from dashboards.page import Page, Query
from dashboards.pages import find_page
from feedback.access.rules import Viewer
from feedback.access.saved_views import list_views, remove_view, save_view
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.uow import transaction

Component = Any


def views_menu(viewer: Viewer, page: Page, query: Query) -> Component:
    """What opens beside the filters; pages about one thing, and pages without filters, have nothing to keep."""
    if viewer.user_id is None or "<" in page.path or all(one.hidden for one in page.filters(viewer)):
        return None
    views = list_views(viewer.user_id, query.path)
    # on a phone the bookmark stands for the words, which are read out all the same
    words = [html.Span(className="cl-icon cl-icon-bookmark"), html.Span(_label(len(views)), id="views-label")]
    face = dmc.UnstyledButton(words, className="cl-button cl-views-button", id="views-button")
    name = dmc.TextInput(id="view-name", label=_("Name of the view"), size="sm", debounce=True)  # sent with Enter, or when left
    parts = [
        html.Div(_list(views), id="views-list"),
        name,
        html.Div(id="view-refused", className="cl-refusal", role="alert"),
        dmc.Button(_("Save what is shown"), id="view-save", size="sm"),
    ]
    opened = dmc.PopoverDropdown(html.Div(parts, className="cl-views"))
    return dmc.Popover(
        [dmc.PopoverTarget(face), opened], position="bottom-end", width=300, shadow="md", trapFocus=True, keepMounted=True
    )


def _label(count: int) -> str:
    return _("Views (%(count)s)", count=count) if count else _("Save view")


def _list(views: Any) -> Component:
    if not views:
        return html.P(_("Keep these filters under a name, and come back to them with one click."), className="cl-note")
    return html.Ul([html.Li(_line(view)) for view in views], className="cl-lines")


def _line(view: Any) -> list[Component]:
    label = _("Remove the view %(name)s", name=view.name)
    cross = dmc.ActionIcon(
        "✕", id={"kind": "view-remove", "id": view.id}, variant="subtle", size="sm", **attributes(aria_label=label)
    )
    return [dcc.Link(view.name, href=view.path + view.search), cross]


def register(app: Dash) -> None:
    """Attach saving and removing."""
    shown = (Output("views-list", "children", allow_duplicate=True), Output("views-label", "children", allow_duplicate=True))
    app.callback(
        *shown,
        Output("view-refused", "children"),
        Output("view-name", "value"),
        Input("view-save", "n_clicks"),
        Input("view-name", "n_submit"),
        State("view-name", "value"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )(allowed("self")(keep))
    app.callback(
        *shown, Input({"kind": "view-remove", "id": ALL}, "n_clicks"), State("url", "pathname"), prevent_initial_call=True
    )(allowed("self")(take_away))


def keep(viewer: Viewer, clicks: int | None, submits: int | None, name: str | None, path: str | None, search: str | None) -> Any:
    """Keep what the address shows under the typed name."""
    found = find_page(path or "")
    if viewer.user_id is None or found is None or not (clicks or submits):
        return no_update, no_update, no_update, no_update
    try:
        with transaction():
            save_view(viewer.user_id, path=found[1].path, search=search or "", name=name or "")
    except InvalidInput as error:
        return no_update, no_update, " ".join(text for texts in error.errors.values() for text in texts), no_update
    except RuleViolation as error:
        return no_update, no_update, error.message, no_update
    return *_shown(viewer.user_id, found[1].path), "", ""


def take_away(viewer: Viewer, _clicks: Any, path: str | None) -> Any:
    """Remove the view whose cross was pressed; one that is gone already is fine."""
    pressed, found = callback_context.triggered_id, find_page(path or "")
    if viewer.user_id is None or found is None or not pressed or not callback_context.triggered[0]["value"]:
        return no_update, no_update
    try:
        with transaction():
            remove_view(viewer.user_id, pressed["id"])
    except NotFound:
        pass  # in another window
    return _shown(viewer.user_id, found[1].path)


def _shown(user_id: int, path: str) -> tuple[Component, str]:
    views = list_views(user_id, path)
    return _list(views), _label(len(views))
