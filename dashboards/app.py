"""The dashboards under `/app/`: one Dash application on the Flask server that also serves the API.

How a page is written
---------------------
A page is a package `dashboards/pages/<name>/` that exports one `Page` (see `dashboards.page`) named `PAGE`, and one line in
`dashboards.pages.all_pages()`. It has no state of its own: **a page is a function of the viewer and the address**.

* `title(viewer, query)` is the question in the person's words. `filters(viewer)` lists the filter bar (`components.filters`).
* `body(viewer, query)` answers everything below the title, data included, so that a page costs one round trip. `query` is a
  `Query`: the parameters of the address, with `query.get("play")` and, for `/app/accounts/{id}`, `query.ids["id"]`.
* Filters, tabs, the selected row live in the address. A control of the filter bar writes it in the browser (no round trip), a
  link built with `query.link(play="upsell")` changes it, and the router calls `body` again whenever it changes; Back works.
  Where a figure is clicked, a callback answers the new `search` for `Output("url", "search", allow_duplicate=True)`.
* `register(app)` attaches further callbacks, named functions, with `app.callback(...)(allowed("permission")(fn))`;
  `allowed` passes the viewer first, and checks the permission again: hiding a page is no protection. Add
  `prevent_initial_call=True`.
* Figures come from pure functions in `dashboards/figures/` (rows → Figure, `theme.template()`), data only from
  `feedback.reporting` functions `(viewer, filters) → frozen dataclasses`. The plotly.js we ship draws scatter, bar and pie.
* Panels (`components.panels.panel`) have the five states; `NotFound` raised by a page shows the same page as a missing one.
* Text goes through gettext inside functions. Icons, fonts and scripts are local files.
"""

import re
from html import escape
from typing import Any

from dash import Dash
from dash._utils import to_json
from flask import Flask, g, request

from dashboards import guard, pages, router, shell
from dashboards.page import PREFIX
from dashboards.still.markup import still_markup
from dashboards.theme import css_variables, scheme
from dashboards.viewport import viewport
from feedback.access.auth import current_viewer
from feedback.web.requests import csp_nonce

_INDEX = """<!DOCTYPE html>
<html lang="{lang}">
<head>
{{%metas%}}
<title>{{%title%}}</title>
<link rel="icon" href="{prefix}assets/favicon.svg" type="image/svg+xml">
<style>{css}</style>
{{%css%}}
{{%favicon%}}
<script src="{prefix}assets/early-scheme.js"></script>
</head>
<body>
{{%app_entry%}}
<footer hidden>{{%config%}}</footer>
<template id="program">{{%scripts%}}{{%renderer%}}</template>
<script src="{prefix}assets/early-start.js"></script>
</body>
</html>"""

# The page as the server drew it, and what the program needs to draw it again; `assets/early-start.js` puts one for the other.
_ENTRY = """<div id="still">{still}</div>
<div id="react-entry-point" class="cl-waiting"></div>
<script id="first-layout" type="application/json">{layout}</script>
<script id="first-dependencies" type="application/json">{dependencies}</script>"""
_FILES = re.compile('<script src="([^"]+)"')


class NonceDash(Dash):
    """Dash whose inline scripts carry the nonce of this answer, so that the page needs no `unsafe-inline` scripts."""

    def interpolate_index(self, **kwargs: Any) -> str:  # type: ignore[override]
        """The index page in the viewer's language, with nonces and with the page of the address drawn in it."""
        tag = f'<script nonce="{csp_nonce()}"'
        for key in ("scripts", "renderer"):
            kwargs[key] = (
                kwargs[key].replace("<script>", tag + ">").replace('<script id="_dash-renderer"', tag + ' id="_dash-renderer"')
            )
        viewer = current_viewer()
        first = router.first_page(viewer, request.path, "?" + text if (text := request.query_string.decode()) else "")
        layout = shell.layout(first)
        kwargs["title"] = escape(f"{first.title} · closedloop")
        kwargs["app_entry"] = _ENTRY.format(
            still=still_markup(layout).replace("{%", "&#123;%"),
            layout=_data(to_json(layout)),
            dependencies=_data(to_json(self._callback_list)),
        )
        kwargs["favicon"] = "".join(
            f'<link rel="preload" as="script" href="{file}">' for file in _FILES.findall(kwargs["scripts"])
        )
        html: str = super().interpolate_index(**kwargs)
        about = {"lang": shell.language(), "data-theme": viewer.theme, "data-scheme": scheme(), "data-width": viewport()}
        return html.replace('lang="__"', " ".join(f'{name}="{escape(str(value))}"' for name, value in about.items()), 1)


def _data(text: str) -> str:
    return text.replace("<", "\\u003c").replace("{%", "\\u007b%")  # nothing in it ends the element or is taken for a placeholder


def create_dash(server: Flask) -> Dash:
    """Mount the dashboards on the server, guarded, and warmed up for the first request."""
    options: Any = {"server": server, "update_title": None}  # Dash's own annotations refuse what its documentation offers
    app = NonceDash(
        __name__,
        **options,
        url_base_pathname=PREFIX,
        assets_ignore=r"early-.*",
        pages_folder="",
        use_pages=False,
        suppress_callback_exceptions=True,
        title="closedloop",
        index_string=_INDEX.format(lang="__", prefix=PREFIX, css=css_variables()),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        on_error=router.explain_error,
        add_log_handler=False,
        enable_mcp=False,
    )
    app.layout = shell.layout
    shell.register(app)
    router.register(app)
    for page in pages.all_pages():
        page.register(app)
    guard.install(server)
    _warm_up(server)
    return app


def _warm_up(server: Flask) -> None:
    """Run Dash's own first-request hooks now: with threads, a first page load would otherwise race them and get a 500."""
    with server.test_request_context(PREFIX):
        g.viewer = None
        for hook in server.before_request_funcs.get(None, []):
            if hook.__module__.startswith("dash."):
                hook()
