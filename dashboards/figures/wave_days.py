"""First mails of a wave by day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from babel.dates import format_skeleton
from flask_babel import get_locale
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
            hovertext=[_("%(day)s: %(count)s mails", day=_day(day), count=wording.whole(count)) for day, count in days.items()],
            hoverinfo="text",
            name="mails",
        )
    )
    ticks = _apart(sorted(days))
    air = max(
        timedelta(days=1), (max(days) - min(days)) / 12
    )  # or the name of the first day runs into the nought of the other axis
    chart.update_layout(
        xaxis=axis(
            range=[min(days) - air, max(days) + air],
            showgrid=False,
            tickvals=ticks,
            ticktext=[_day(day) for day in ticks],
            tickangle=0,
        ),
        yaxis=axis(rangemode="tozero", nticks=4),
        bargap=0.25,
    )
    return chart


def _apart(days: Sequence[date]) -> list[date]:
    """Days to be named below the axis: so few, and so far from each other, that the names do not touch."""
    least = (days[-1] - days[0]) / 5
    named: list[date] = []
    for day in days:
        if not named or day - named[-1] >= least:
            named.append(day)
    return named


def _day(day: date) -> str:
    return str(format_skeleton("MMMd", day, locale=get_locale() or "en"))
