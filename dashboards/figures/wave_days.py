"""First mails of a wave by day."""

from collections.abc import Mapping
from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _

from dashboards import theme
from dashboards.figures import wording
from dashboards.figures.chart import Figure, bar
from dashboards.figures.look import axis, figure


def wave_days(days: Mapping[date, int]) -> Figure:
    """One bar per day with mails."""
    chart = figure(200, (40, 8, 8, 28))
    chart.add_trace(
        bar(
            x=list(days),
            y=list(days.values()),
            marker={"color": theme.palette().accent},
            hovertext=[
                _("%(day)s: %(count)s mails", day=format_date(day, "d MMM"), count=wording.whole(count))
                for day, count in days.items()
            ],
            hoverinfo="text",
            name="mails",
        )
    )
    shown = list(days)
    every = max(1, -(-len(shown) // 6))
    ticks = shown[::every]
    chart.update_layout(
        xaxis=axis(showgrid=False, tickvals=ticks, ticktext=[format_date(day, "d MMM") for day in ticks]),
        yaxis=axis(rangemode="tozero", nticks=4),
        bargap=0.25,
    )
    return chart
