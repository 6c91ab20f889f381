"""What the customer spends with us by month, beside what was to be expected, and what was suggested to sell."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.moments import moment
from dashboards.components.panels import panel
from dashboards.pages.sales_plays.view import spend_figure
from feedback.access.rules import Viewer
from feedback.reporting.sales_play_board import PlayLine, plays_of, spend_of

Component = Any


def spend_panel(account_id: int, viewer: Viewer) -> Component:
    """The chart and the newest sales plays; nothing where there is neither."""
    chart, lines = spend_of(account_id, viewer), plays_of(account_id, viewer)
    figure = spend_figure(chart)
    if figure is None and not lines:
        return None
    plays = html.Ul([_play(line, viewer) for line in lines]) if lines else None
    inbox = [link_button(_("All sales plays"), "/app/sales-plays")] if lines else []
    return panel(_("Spend"), [part for part in (figure, plays) if part is not None], actions=inbox)


def _play(line: PlayLine, viewer: Viewer) -> Component:
    state = words.word(words.play_states, line.state)
    return html.Li([html.Strong(state), " · ", moment(line.received_at, viewer), " · ", " ".join(line.reasons)])
