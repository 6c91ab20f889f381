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
from functools import cached_property
from html import escape
from typing import Any

from dash import Dash
from dash._utils import to_json
from flask import Flask, g, request

from dashboards import guard, pages, router, shell, views
from dashboards.page import PREFIX
from dashboards.program import Program, mount
from dashboards.still.markup import still_markup
from dashboards.theme import scheme
from dashboards.viewport import viewport
from feedback.access.auth import current_viewer
from feedback.web.requests import csp_nonce

_INDEX = """<!DOCTYPE html>
<html{about}>
<head>
{metas}
<title>{title}</title>
<link rel="icon" href="{prefix}assets/favicon.svg" type="image/svg+xml">
<style>{style}</style>
<script nonce="{nonce}">{early}</script>
<link rel="preload" as="script" href="{program}" fetchpriority="low">
</head>
<body>
<div id="still">{still}</div>
<div id="react-entry-point" class="cl-waiting"></div>
<footer hidden>{config}</footer>
<template id="program" data-src="{program}" data-plotly="{plotly}">{inline}</template>
<script id="first-layout" type="application/json">{layout}</script>
<script id="first-dependencies" type="application/json">{dependencies}</script>
<script nonce="{nonce}">{start}</script>
</body>
</html>"""
_TAG_OF_FILE = re.compile("<script src=[^>]*></script>")
_INLINE = re.compile("<script(?= |>)")


class NonceDash(Dash):
    """Dash whose answer to an address is the page itself, drawn, with the program that takes over; scripts carry a nonce."""

    program: Program

    def interpolate_index(self, **kwargs: Any) -> str:  # type: ignore[override]
        """The whole document: what the first picture needs stands in it, `early/start.js` loads the rest afterwards."""
        viewer, nonce, program = current_viewer(), csp_nonce(), self.program
        first = router.first_page(viewer, request.path, "?" + text if (text := request.query_string.decode()) else "")
        layout = shell.layout(first)
        inline = _TAG_OF_FILE.sub("", kwargs["scripts"]) + kwargs["renderer"]
        about = {"lang": shell.language(), "data-theme": viewer.theme, "data-scheme": scheme(), "data-width": viewport()}
        return _INDEX.format(
            about="".join(f' {name}="{escape(str(value))}"' for name, value in about.items()),
            metas=kwargs["metas"],
            title=escape(f"{first.title} · closedloop"),
            prefix=PREFIX,
            style=program.style,
            nonce=nonce,
            early=program.early,
            program=program.address,
            plotly=escape(program.plotly),
            still=still_markup(layout),
            config=kwargs["config"],
            inline=_INLINE.sub(f'<script nonce="{nonce}"', inline),
            layout=_data(to_json(layout)),
            dependencies=self._dependencies,
            start=program.start,
        )

    @cached_property
    def _dependencies(self) -> str:
        return _data(to_json(self._callback_list))


def _data(text: str) -> str:
    return text.replace("<", "\\u003c")  # nothing in it ends the element


def create_dash(server: Flask) -> NonceDash:
    """Mount the dashboards on the server, guarded, and warmed up for the first request."""
    options: Any = {"server": server, "update_title": None}  # Dash's own annotations refuse what its documentation offers
    app = NonceDash(
        __name__,
        **options,
        url_base_pathname=PREFIX,
        pages_folder="",
        use_pages=False,
        suppress_callback_exceptions=True,
        title="closedloop",
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        on_error=router.explain_error,
        add_log_handler=False,
        enable_mcp=False,
    )
    app.layout = shell.layout
    shell.register(app)
    router.register(app)
    views.register(app)
    for page in pages.all_pages():
        page.register(app)
    _run_first_hooks(server)
    app.program = mount(app, server)
    guard.install(server)
    return app


def _run_first_hooks(server: Flask) -> None:
    """Run Dash's own first-request hooks now: with threads, a first page load would otherwise race them and get a 500."""
    with server.test_request_context(PREFIX):
        g.viewer = None
        for hook in server.before_request_funcs.get(None, []):
            if hook.__module__.startswith("dash."):
                hook()
