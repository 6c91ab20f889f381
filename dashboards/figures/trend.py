"""Months in a row: the NPS with its interval, and the share of answers that cite a defect."""

from collections.abc import Callable, Sequence

from flask_babel import gettext as _

from dashboards import theme
from dashboards.components.numbers import LEVEL, percent
from dashboards.figures import wording
from dashboards.figures.chart import Figure, bar, scatter
from dashboards.figures.look import CLEAR, axis, faded, figure
from dashboards.viewport import is_phone
from feedback.reporting.defect_rows import MIN_SHOWN, Change, MonthPoint, SharePoint

ARROWS = {Change.UP: "▲", Change.DOWN: "▼"}


def nps_trend(months: Sequence[MonthPoint], *, height: int = 260) -> Figure:
    """NPS per month with its 95 % band, the number of answers below, and an arrow only where the test found a change."""
    shown = [point for point in months if point.n >= MIN_SHOWN and point.nps is not None]
    chart = figure(height, (44, 12, 8, 30))
    _add_band(chart, [p.month for p in shown], [p.low for p in shown], [p.high for p in shown])
    chart.add_trace(
        scatter(
            x=[p.month for p in shown],
            y=[p.nps for p in shown],
            mode="lines+markers",
            line={"color": theme.palette().accent, "width": 2},
            marker={
                "size": 6,
                "color": [theme.palette().accent if p.change is not Change.UNTESTED else CLEAR for p in shown],
                "line": {"color": theme.palette().accent, "width": 1.5},
            },
            hovertext=[_nps_hover(p) for p in shown],
            hoverinfo="text",
            name="nps",
        )
    )
    for point in shown:
        if point.change in ARROWS:
            chart.add_annotation(
                x=point.month,
                y=point.nps,
                text=ARROWS[point.change],
                showarrow=False,
                yshift=16,
                name="arrow",
                font={"size": 12, "color": theme.palette().text},
            )
    _add_counts(chart, [(p.month, p.n) for p in months])
    _month_axis(chart, [p.month for p in months])
    # not update_yaxes: that would spread the axis of the counts over the whole figure as well
    chart.update_layout(
        yaxis=axis(
            domain=[0.24, 1.0],
            title={"text": _("NPS"), "standoff": 4},
            zeroline=True,
            zerolinecolor=theme.palette().line,
            nticks=6,
        )
    )
    return chart


def named_share(point: SharePoint) -> str:
    """What is read over a month of answers that name a problem."""
    return _(
        "%(month)s: %(cited)s of %(n)s answers (%(share)s)",
        month=wording.month(point.month),
        cited=wording.whole(point.cited),
        n=wording.whole(point.n),
        share=wording.share(point.share),
    )


def share_trend(months: Sequence[SharePoint], *, height: int = 190, said: Callable[[SharePoint], str] = named_share) -> Figure:
    """A share of each month with its interval, and of how many; `said` is what is read over a month."""
    shown = [point for point in months if point.n >= MIN_SHOWN]
    chart = figure(height, (48, 8, 6, 28))
    bounds = [point.interval or (0.0, 0.0) for point in shown]
    _add_band(chart, [p.month for p in shown], [low for low, _high in bounds], [high for _low, high in bounds])
    chart.add_trace(
        scatter(
            x=[p.month for p in shown],
            y=[p.share for p in shown],
            mode="lines+markers",
            line={"color": theme.palette().accent, "width": 2},
            marker={"size": 5, "color": theme.palette().accent},
            hovertext=[said(p) for p in shown],
            hoverinfo="text",
            name="share",
        )
    )
    _add_counts(chart, [(p.month, p.n) for p in months])
    _month_axis(chart, [p.month for p in months])
    chart.update_layout(yaxis=axis(domain=[0.3, 1.0], tickformat=".0%", rangemode="tozero", nticks=4))
    return chart


def _add_band(chart: Figure, months: Sequence[object], low: Sequence[float | None], high: Sequence[float | None]) -> None:
    if len(months) < 2:
        return
    chart.add_trace(
        scatter(
            x=[*months, *reversed(months)],
            y=[*high, *reversed(low)],
            fill="toself",
            fillcolor=faded(theme.palette().accent, 0.16),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name="band",
        )
    )


def _add_counts(chart: Figure, counts: Sequence[tuple[object, int]]) -> None:
    chart.add_trace(
        bar(
            x=[month for month, _n in counts],
            y=[n for _month, n in counts],
            yaxis="y2",
            marker={"color": theme.palette().unknown, "opacity": 0.45},
            hovertext=[_("n = %(n)s", n=wording.whole(n)) for _month, n in counts],
            hoverinfo="text",
            name="n",
        )
    )
    chart.update_layout(
        yaxis2=axis(domain=[0.0, 0.14], showgrid=False, nticks=2, title={"text": _("n"), "standoff": 4}, rangemode="tozero"),
        bargap=0.3,
    )


def _month_axis(chart: Figure, months: Sequence[object]) -> None:
    every = max(1, -(-len(months) // (4 if is_phone() else 6)))
    ticks = [month for place, month in enumerate(months) if (len(months) - 1 - place) % every == 0]
    chart.update_xaxes(**axis(tickvals=ticks, ticktext=[wording.month(month) for month in ticks], showgrid=False, anchor="y2"))  # type: ignore[arg-type]


def _nps_hover(point: MonthPoint) -> str:
    return _(
        "%(month)s: NPS %(nps)s (%(level)s: %(interval)s, n %(n)s)",
        month=wording.month(point.month),
        nps=wording.whole(point.nps),
        level=percent(LEVEL),
        interval=wording.interval(point.low, point.high),
        n=wording.whole(point.n),
    )
