"""Response rates of groups side by side, each with its interval: do those who answer look like those who were asked?"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import theme
from dashboards.components.numbers import percent
from dashboards.figures.chart import Figure, scatter
from dashboards.figures.look import axis, figure


@dataclass(frozen=True)
class GroupRate:
    """One mark: a share between 0 and 1 with its interval, and what is read beside it."""

    label: str
    share: float
    low: float
    high: float
    hover: str


def response_rates(groups: Sequence[GroupRate], overall: float | None) -> Figure:
    """A mark and a line per group, the first on top; a dotted line where everybody together stands."""
    chart = figure(40 + 30 * len(groups), (150, 16, 8, 32))
    places = list(range(len(groups), 0, -1))
    palette = theme.palette()
    for place, group in zip(places, groups, strict=True):
        line = {"color": palette.accent, "width": 2}
        chart.add_trace(
            scatter(x=[group.low, group.high], y=[place, place], mode="lines", line=line, hoverinfo="skip", showlegend=False)
        )
    chart.add_trace(
        scatter(
            x=[group.share for group in groups],
            y=places,
            mode="markers",
            marker={"color": palette.accent, "size": 10},
            hovertext=[group.hover for group in groups],
            hoverinfo="text",
            showlegend=False,
        )
    )
    if overall is not None:
        line = {"color": palette.text, "width": 1, "dash": "dot"}
        chart.add_shape(type="line", x0=overall, x1=overall, y0=0.5, y1=len(groups) + 0.5, line=line)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    chart.update_layout(
        xaxis=axis(range=[0, 1.02], tickvals=ticks, ticktext=[percent(tick) for tick in ticks]),
        yaxis=axis(tickvals=places, ticktext=[group.label for group in groups], range=[0.4, len(groups) + 0.6], showgrid=False),
    )
    return chart
