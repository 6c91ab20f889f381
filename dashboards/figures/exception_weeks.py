"""Exceptions by week of a quarter: granted ones, and on top of them those that were not."""

from collections.abc import Sequence

from flask_babel import gettext as _

from dashboards import theme
from dashboards.figures import wording
from dashboards.figures.chart import Figure, bar
from dashboards.figures.look import axis, faded, figure


def exception_weeks(weeks: Sequence[tuple[int, int, int]]) -> Figure:
    """Two bars per week, one on the other.

    Args:
        weeks: (week 1…13, granted, asked for without being granted).
    """
    chart, palette = figure(200, (40, 8, 8, 28), barmode="stack"), theme.palette()
    places = [week for week, _granted, _other in weeks]
    granted, other = [week[1] for week in weeks], [week[2] for week in weeks]
    said = [
        _("Week %(week)s: %(granted)s granted, %(other)s not", week=week, granted=wording.whole(yes), other=wording.whole(no))
        for week, yes, no in weeks
    ]
    for values, colour, name in ((granted, palette.accent, "granted"), (other, faded(palette.accent, 0.35), "other")):
        chart.add_trace(bar(x=places, y=values, marker={"color": colour}, hovertext=said, hoverinfo="text", name=name))
    top = max(1, *(yes + no for yes, no in zip(granted, other, strict=True)))
    chart.update_layout(
        xaxis=axis(
            showgrid=False,
            tickvals=places,
            ticktext=[wording.whole(place) for place in places],
            range=[0.4, len(places) + 0.6],
            tickangle=0,
        ),
        yaxis=axis(rangemode="tozero", range=[0, top * 1.1], dtick=1 if top <= 5 else None, nticks=4),
        bargap=0.25,
    )
    return chart
