"""How many accounts a policy would open and close, group by group: opened to the right, closed to the left."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from flask_babel import gettext as _

from dashboards import theme
from dashboards.figures import wording
from dashboards.figures.chart import Figure, bar
from dashboards.figures.labels import two_lines
from dashboards.figures.look import axis, figure

ROW, EDGE, LINE = 34, 46, 22


@dataclass(frozen=True)
class GroupChange:
    """One line: its name, how many open and close, and what they are worth."""

    label: str
    opens: int
    closes: int
    opened: str
    closed: str


def policy_changes(groups: Sequence[GroupChange]) -> Figure:
    """Horizontal bars from nought, so that names stay readable on a phone."""
    chart = figure(EDGE + ROW * len(groups), (12, 24, 4, 30), bargap=0.35, barmode="overlay")
    places, palette = list(range(len(groups))), theme.palette()
    for name, colour, counts in (
        ("opens", palette.promoter, [one.opens for one in groups]),
        ("closes", palette.detractor, [-one.closes for one in groups]),
    ):
        chart.add_trace(
            bar(
                orientation="h",
                y=places,
                x=counts,
                marker={"color": [colour] * len(groups)},
                hovertext=[change_words(one) for one in groups],
                hoverinfo="text",
                name=name,
            )
        )
    widest = max((max(one.opens, one.closes) for one in groups), default=1) or 1
    ticks = _ticks(widest, any(one.closes for one in groups), any(one.opens for one in groups))
    chart.update_yaxes(
        **axis(
            tickvals=places,
            ticktext=["<br>".join(map(escape, two_lines(one.label, LINE))) for one in groups],
            range=[len(groups) - 0.4, -0.6],
            showgrid=False,
        )
    )
    room = 0.06 * widest
    chart.update_xaxes(
        **axis(
            range=[min(ticks) - room, max(ticks) + room],
            tickvals=ticks,
            ticktext=[wording.whole(abs(tick)) for tick in ticks],
            zeroline=True,
        )
    )
    return chart


def _ticks(widest: int, closes: bool, opens: bool) -> list[int]:
    return sorted({-widest if closes else 0, 0, widest if opens or not closes else 0})


def change_words(one: GroupChange) -> str:
    """A line in words."""
    return _(
        "%(name)s: %(opens)s open (%(opened)s), %(closes)s close (%(closed)s)",
        name=escape(one.label),
        opens=wording.whole(one.opens),
        opened=one.opened,
        closes=wording.whole(one.closes),
        closed=one.closed,
    )
