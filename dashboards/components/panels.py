"""A panel and its five states: loading, empty, too few to show, error, data."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.figures.chart import Figure

Component = Any


def panel(
    title: str,
    content: Component,
    *,
    note: str | None = None,
    actions: Sequence[Component] = (),
    id: str | None = None,  # noqa: A002  the name that components use
    wide: bool = False,
) -> Component:
    """A titled box. `note` says n, period and filter in small type, always under the title."""
    head = html.Div(
        [
            html.Div([html.H2(title), html.P(note, className="cl-note") if note else None]),
            html.Div(list(actions), className="cl-actions"),
        ],
        className="cl-panel-head",
    )
    given: Any = {"id": id} if id else {}
    # Dash draws a flat list of children only
    contents = content if isinstance(content, list | tuple) else [content]
    return html.Section([head, *contents], className="cl-panel cl-wide" if wide else "cl-panel", **given)


def notice(texts: Sequence[str], link: Component = None) -> Component:
    """Sentences above what is shown that one must know to read it rightly, and where to read on."""
    shown: list[Component] = [html.P(text) for text in texts]
    return html.Div([*shown, html.P(link)] if link is not None else shown, className="cl-panel cl-not-understood", role="status")


def loading_state(lines: int = 6) -> Component:
    """Grey bars of the height that the data will have, so that nothing jumps."""
    return html.Div(
        [dmc.Skeleton(height=18, width=f"{95 - 9 * (line % 4)}%", radius="sm") for line in range(lines)],
        className="cl-state cl-loading",
        **attributes(aria_busy="true"),
    )


def empty_state(text: str, *, hint: str | None = None, action: Component = None) -> Component:
    """Nothing to show, said in a sentence, with what could be done about it."""
    return html.Div(
        [html.P(text, className="cl-state-text"), html.P(hint, className="cl-note") if hint else None, action],
        className="cl-state cl-empty",
        role="status",
    )


def too_few_state(n: int, least: int) -> Component:
    """There is something, but fewer than a figure may be made of."""
    have = ngettext("There is only %(num)s answer here.", "There are only %(num)s answers here.", n)
    need = _(
        "A figure is shown from %(least)s answers on, because fewer would say more about chance than about you.", least=least
    )
    return html.Div(
        [html.P(have, className="cl-state-text"), html.P(need, className="cl-note")], className="cl-state cl-few", role="status"
    )


def error_state(message: str | None = None, *, request_id: str | None = None) -> Component:
    """What happened, what was kept, what to do; a request id to quote."""
    lines: list[Component] = [
        html.P(message or _("Something went wrong while this was being drawn."), className="cl-state-text"),
        html.P(_("Nothing was changed. Try again; if it comes back, tell your administrator."), className="cl-note"),
    ]
    if request_id:
        lines.append(html.P([_("Request"), " ", html.Code(request_id)], className="cl-note"))
    lines.append(dcc.Link(_("Try again"), href="", refresh=True, className="cl-button"))
    return html.Div(lines, className="cl-state cl-error", role="alert")


def graph(figure: Figure, *, label: str, height: int = 360, id: str | None = None, click: bool = False) -> Component:  # noqa: A002
    """A figure in a box of fixed height. `label` is what a screen reader says about it."""
    figure.update_layout(height=height)
    given: dict[str, Any] = {"id": id} if id else {}
    return html.Div(
        dcc.Graph(
            figure=figure.to_plotly_json(),
            config={"displayModeBar": False, "responsive": True, "showTips": False, "doubleClick": False},
            responsive=True,
            style={"height": f"{height}px"},
            className="cl-graph-clickable" if click else None,
            **given,
        ),
        className="cl-graph",
        role="img",
        style={"minHeight": f"{height}px"},
        **attributes(aria_label=label),
    )
