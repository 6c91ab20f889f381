"""The frame around every page: places, search, bell, own menu, keyboard help; on a phone a bar at the bottom."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, callback_context, dcc, html, no_update
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dashboards import theme
from dashboards.components import bell, words
from dashboards.components.attributes import attributes
from dashboards.components.panels import loading_state
from dashboards.guard import allowed
from dashboards.page import FirstPage
from dashboards.places import Place, home_of, places_of
from feedback.access.authentication import CSRF_FIELD, csrf_token
from feedback.access.rules import Viewer
from feedback.access.service import change_preferences
from feedback.reporting.search import Hit, search_everything
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

Component = Any
ABOVE, BELOW = 5, 3  # places in the header and in the bar of a phone; the rest stands behind "More"
_WATCHED: Any = {"page-body": "children"}


def language() -> str:
    """The language of this request, for `<html lang>`."""
    return str(get_locale() or "en").replace("_", "-")


def layout(first: FirstPage | None = None) -> Component:
    """The frame for the viewer of this request, around the page of its address; the router draws the following ones."""
    viewer: Viewer | None = g.get("viewer")
    inner = [] if viewer is None else _frame(viewer, first)
    dates = dmc.DatesProvider(inner, settings={"locale": language(), "weekendDays": []})  # red means overdue
    return dmc.MantineProvider(dates, id="mantine", theme=theme.mantine_theme(), forceColorScheme=theme.scheme())


def _frame(viewer: Viewer, first: FirstPage | None) -> list[Component]:
    here = {"pathname": first.path, "search": first.search} if first else {}
    return [
        dcc.Location(id="url", refresh="callback-nav", **here),
        dcc.Store(id="scheme", data=theme.scheme()),
        dcc.Store(id="refresh", data=0),
        dcc.Store(id="reload", data=0),
        dcc.Store(id="page-path", data=first.shown if first else None),
        dcc.Store(id="page-title", data=first.title if first else None),
        dmc.NotificationContainer(id="toasts", position="bottom-right"),
        html.A(_("Skip to the page"), href="#main", className="cl-skip"),
        _no_answer(),
        _header(viewer, first),
        html.Main(
            [html.Div(first.head if first else None, id="page-head", className="cl-page-head"), _body(first)],
            id="main",
            tabIndex=-1,
        ),
        _bottom_bar(viewer),
        _help(),
    ]


def _no_answer() -> Component:
    """Where assets/session.js says that the server cannot be reached."""
    text = _("The server did not answer, so nothing was changed. What you typed is still here: try again in a moment.")
    return html.Div(id="no-answer", className="cl-no-answer", role="alert", **attributes(data_text=text))


def _body(first: FirstPage | None) -> Component:
    waiting = html.Div([loading_state(8), loading_state(8)], className="cl-columns")
    return dcc.Loading(
        html.Div(first.body if first else waiting, id="page-body"),
        target_components=_WATCHED,
        delay_show=300,
        show_initially=False,
        overlay_style={"visibility": "visible", "opacity": 0.5},
        custom_spinner=html.Div(className="cl-progress"),
    )


def _header(viewer: Viewer, first: FirstPage | None) -> Component:
    name = [html.Span(className="cl-logo"), html.Span("closedloop", className="cl-wordmark")]
    home = dcc.Link(name, href=home_of(viewer), title=_("Go to my first page"))
    return html.Header(
        [html.Div(home, className="cl-brand"), _places(viewer, first), _search(), bell.bell(viewer), _own_menu(viewer)],
        className="cl-header",
    )


def _places(viewer: Viewer, first: FirstPage | None) -> Component:
    places = places_of(viewer)
    shown = ABOVE if len(places) > ABOVE + 1 else len(places)  # a menu of one line would be a detour
    links = [_place(place, _is_here(place, first)) for place in places[:shown]]
    rest = places[shown:]
    if rest:
        face = dmc.UnstyledButton(
            _("More"),
            id={"kind": "place-more", "path": " ".join(place.path for place in rest)},
            className="cl-here" if any(_is_here(place, first) for place in rest) else "",
        )
        links.append(html.Span(_menu_of(rest, face, "bottom-start"), className="cl-place cl-place-more"))
    return html.Nav(links, className="cl-places", **attributes(aria_label=_("Places")))


def _is_here(place: Place, first: FirstPage | None) -> bool:
    return first is not None and f"{first.path}/".startswith(f"{place.path}/")


def _place(place: Place, here: bool) -> Component:
    link = dcc.Link(
        [html.Span(className=f"cl-icon cl-icon-{place.icon}"), html.Span(place.label()), *_waiting(place)],
        href=place.path,
        id={"kind": "place", "path": place.path},
        className="cl-here" if here else "",
    )
    return html.Span(link, className="cl-place")


def _bottom_bar(viewer: Viewer) -> Component:
    places = places_of(viewer)
    links: list[Component] = [_bottom_place(place) for place in places[:BELOW]]
    if places[BELOW:]:
        face = dmc.UnstyledButton(
            [html.Span(className="cl-icon cl-icon-more"), html.Span(_("More"))], id="more-places", className="cl-bottom-more"
        )
        links.append(_menu_of(places[BELOW:], face, "top-end"))
    return html.Nav(links, className="cl-bottom", **attributes(aria_label=_("Places")))


def _menu_of(places: list[Place], face: Component, position: Any) -> Component:
    items = [
        dmc.MenuItem(
            [place.label(), *_waiting(place)],
            href=place.path,
            leftSection=html.Span(className=f"cl-icon cl-icon-{place.icon}"),
        )
        for place in places
    ]
    return dmc.Menu([dmc.MenuTarget(face), dmc.MenuDropdown(items)], position=position, width=200, shadow="md", zIndex=120)


def _waiting(place: Place) -> list[Component]:
    """How many things there wait for somebody, as it was when the program was opened."""
    count = place.waiting() if place.waiting is not None else 0
    if not count:
        return []
    said = ngettext("%(num)s waits for somebody", "%(num)s wait for somebody", count)
    badge = html.Span(str(count), className="cl-badge cl-place-count", **attributes(aria_hidden="true"))
    return [badge, html.Span(said, className="cl-hidden")]


def _bottom_place(place: Place) -> Component:
    return dcc.Link(
        [html.Span(className=f"cl-icon cl-icon-{place.icon}"), html.Span(place.label())],
        href=place.path,
        id={"kind": "place-below", "path": place.path},
    )


def _search() -> Component:
    label = _("Search accounts, people and issues")
    field = dmc.TextInput(
        id="search",
        placeholder=_("Search"),
        debounce=200,
        size="sm",
        leftSection=html.Span(className="cl-icon cl-icon-search"),
        rightSection=dmc.Kbd("/", size="xs"),
        autoComplete="off",
        inputProps={"type": "search"},
        **attributes(aria_label=label),
    )
    results = html.Div(id="search-results", className="cl-search-results")
    said = html.Div(id="search-said", className="cl-hidden", role="status")
    return html.Div([field, results, said], id="search-box", className="cl-search", role="search")


def _own_menu(viewer: Viewer) -> Component:
    initials = "".join(part[0] for part in viewer.name.split()[:2]).upper()
    target = dmc.UnstyledButton(
        [html.Span(initials, className="cl-initials"), html.Span(viewer.name.split()[0], className="cl-own-name")],
        className="cl-icon-button",
        **attributes(aria_label=_("Your menu, %(name)s", name=viewer.name)),
    )
    role = words.word(words.staff_roles, viewer.role) if viewer.role else ""
    schemes = [
        dmc.MenuItem(text, id={"kind": "theme", "name": name}, rightSection=_tick(name == viewer.theme))
        for name, text in (("light", _("Light")), ("dark", _("Dark")), ("system", _("As the system")))
    ]
    languages = [
        dmc.MenuItem(name, id={"kind": "language", "name": code}, rightSection=_tick(code == viewer.locale))
        for code, name in LANGUAGES.items()
    ]
    items = [
        html.Div([html.Strong(viewer.name), html.Div(role, className="cl-note")], className="cl-own"),
        dmc.MenuDivider(),
        dmc.MenuLabel(_("Appearance")),
        *schemes,
        dmc.MenuDivider(),
        dmc.MenuLabel(_("Language")),
        *languages,
        dmc.MenuDivider(),
        dmc.MenuItem(_("Settings"), href="/settings", refresh=True),
        _log_out(),
    ]
    return dmc.Menu(
        [dmc.MenuTarget(target), dmc.MenuDropdown(items)], position="bottom-end", width=220, shadow="md", keepMounted=True
    )


def _tick(chosen: bool) -> Component:
    return html.Span("✓" if chosen else "", className="cl-note")


def _log_out() -> Component:
    # a plain form: it works even when everything else in the browser has gone wrong
    token = dcc.Input(type="hidden", name=CSRF_FIELD, value=csrf_token())
    return html.Form(
        [token, html.Button(_("Log out"), type="submit", className="cl-menu-button", role="menuitem")],
        action="/logout",
        method="POST",
    )


def _help() -> Component:
    keys = [
        ("/", _("Search accounts, people and issues")),
        ("j  k", _("Next or previous row of the list")),
        ("Enter", _("Open the row")),
        ("e", _("Do the next step")),
        ("?", _("Show this help")),
        ("Esc", _("Close")),
    ]
    rows = [html.Tr([html.Td([dmc.Kbd(key) for key in name.split()]), html.Td(text)]) for name, text in keys]
    return dmc.Modal(
        html.Table(html.Tbody(rows), className="cl-keys"),
        id="help",
        title=_("Keyboard"),
        opened=False,
        centered=True,
        closeButtonProps=attributes(aria_label=_("Close")),
    )


def register(app: Dash) -> None:
    """Attach the callbacks of the frame."""
    app.callback(
        Output("search-results", "children"),
        Output("search-said", "children"),
        Input("search", "value"),
        prevent_initial_call=True,
    )(allowed("self")(show_hits))
    bell.register(app)
    app.clientside_callback(
        ClientsideFunction("closedloop", "close"),
        Output("search", "value"),
        Output("search-results", "children", allow_duplicate=True),
        Input("url", "pathname"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("closedloop", "places"),
        Output({"kind": "place", "path": ALL}, "className"),
        Output({"kind": "place-below", "path": ALL}, "className"),
        Output({"kind": "place-more", "path": ALL}, "className"),
        Input("url", "pathname"),
    )
    app.clientside_callback(
        ClientsideFunction("closedloop", "theme"),
        Output("scheme", "modified_timestamp"),
        Input({"kind": "theme", "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    app.callback(
        Output("reload", "data"),
        Input({"kind": "theme", "name": ALL}, "n_clicks"),
        Input({"kind": "language", "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(allowed("self")(keep_preference))
    app.clientside_callback(
        ClientsideFunction("closedloop", "reload"), Output("reload", "modified_timestamp"), Input("reload", "data")
    )


def show_hits(viewer: Viewer, text: str | None) -> tuple[Component, str]:
    """What the search found, grouped as accounts, people and issues, and how many, for a screen reader."""
    if not text or not text.strip():
        return [], ""
    hits = search_everything(viewer, text)
    groups = {"account": _("Accounts"), "contact": _("People"), "issue": _("Issues")}
    found = {kind: [hit for hit in hits if hit.kind == kind] for kind in groups}
    shown = [_group(groups[kind], some) for kind, some in found.items() if some]
    if not shown:
        nothing = _("Nothing found for “%(text)s”.", text=text.strip()[:60])
        return html.P(nothing, className="cl-note"), nothing
    return shown, ngettext("%(num)s found", "%(num)s found", len(hits))


def _group(name: str, hits: list[Hit]) -> Component:
    links = [dcc.Link([html.Span(hit.title), html.Span(hit.detail, className="cl-note")], href=hit.link) for hit in hits]
    return html.Div([html.Div(name, className="cl-search-group"), *links])


def keep_preference(viewer: Viewer, _themes: list[int | None], _languages: list[int | None]) -> object:
    """Keep the chosen theme, or the language: then the whole frame is drawn again."""
    chosen = callback_context.triggered_id
    if not chosen or viewer.user_id is None or not callback_context.triggered[0]["value"]:
        return no_update
    locale = chosen["name"] if chosen["kind"] == "language" else viewer.locale
    theme_name = chosen["name"] if chosen["kind"] == "theme" else viewer.theme
    with transaction():
        change_preferences(viewer.user_id, locale=locale, time_zone=viewer.time_zone, theme=theme_name)
    return no_update if chosen["kind"] == "theme" else 1
