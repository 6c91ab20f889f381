"""Spend by month beside what was to be expected: why a drop is one, or none."""

from datetime import date

from flask_babel import gettext as _

from dashboards import theme
from dashboards.figures import wording
from dashboards.figures.chart import Figure, scatter
from dashboards.figures.look import axis, faded, figure
from dashboards.viewport import is_phone
from feedback.reporting.sales_play_board import SpendChart, SpendMonth

YEAR = 12


def spend_chart(chart: SpendChart, *, height: int = 230) -> Figure:
    """Spend as a line, expected spend dashed with its band, last year's dotted, disruptions shaded, the judged month marked."""
    shown = figure(height, (52, 12, 8, 30))
    palette, months = theme.palette(), chart.months
    known = [one for one in months if one.expected is not None and one.low is not None and one.high is not None]
    _shade(shown, chart)
    if len(known) > 1:
        x, low, high = [one.month for one in known], [max(one.low or 0, 0) for one in known], [one.high for one in known]
        band = {"fill": "toself", "fillcolor": faded(palette.accent, 0.14), "line": {"width": 0}, "mode": "lines"}
        shown.add_trace(scatter(x=[*x, *reversed(x)], y=[*high, *reversed(low)], hoverinfo="skip", name="band", **band))
    if len(months) > YEAR:
        before = [one.spend for one in months[:-YEAR]]
        _line(shown, months[YEAR:], before, {"color": palette.unknown, "width": 1.5, "dash": "dot"}, "last year")
    _line(shown, months, [one.expected for one in months], {"color": palette.accent, "width": 1.5, "dash": "dash"}, "expected")
    _line(shown, months, [one.spend for one in months], {"color": palette.text, "width": 2}, "spend")
    _mark(shown, chart)
    every = max(1, -(-len(months) // (4 if is_phone() else 7)))
    ticks = [one.month for place, one in enumerate(reversed(months)) if place % every == 0]
    shown.update_xaxes(**axis(tickvals=ticks, ticktext=[wording.month(month) for month in ticks], showgrid=False))
    shown.update_yaxes(**axis(rangemode="tozero", nticks=5))
    return shown


def spend_label(chart: SpendChart) -> str:
    """What is said about the figure to who cannot see it."""
    first, last = chart.months[0], chart.months[-1]
    about = _(
        "Spend by month from %(first)s to %(last)s; in %(last)s it was %(spend)s.",
        first=wording.month(first.month),
        last=wording.month(last.month),
        spend=wording.money(last.spend, chart.currency),
    )
    expected = _("Expected were %(spend)s.", spend=wording.money(last.expected, chart.currency)) if last.expected else ""
    year = months_before(chart)
    before = _("A year before it was %(spend)s.", spend=wording.money(year.spend, chart.currency)) if year else ""
    return " ".join(part for part in (about, expected, before, chart.said) if part)


def months_before(chart: SpendChart) -> SpendMonth | None:
    """The same month a year before."""
    return chart.months[-YEAR - 1] if len(chart.months) > YEAR else None


def _line(shown: Figure, months: tuple[SpendMonth, ...], values: list[float | None], line: dict[str, object], name: str) -> None:
    known = [(one.month, value) for one, value in zip(months, values, strict=True) if value is not None]
    texts = [f"{wording.month(month)}: {_named(name)} {wording.whole(value)}" for month, value in known]
    x, y = [month for month, _value in known], [value for _month, value in known]
    shown.add_trace(scatter(x=x, y=y, mode="lines", line=line, hovertext=texts, hoverinfo="text", name=name))


def _named(name: str) -> str:
    return {"spend": _("spend"), "expected": _("expected"), "last year": _("a year before")}[name]


def _mark(shown: Figure, chart: SpendChart) -> None:
    judged = next((one for one in chart.months if one.month == chart.judged), None)
    if judged is not None and judged.spend is not None:
        marker = {"size": 11, "symbol": "diamond", "color": theme.palette().detractor}
        shown.add_trace(
            scatter(x=[judged.month], y=[judged.spend], mode="markers", marker=marker, hoverinfo="skip", name="judged")
        )


def _shade(shown: Figure, chart: SpendChart) -> None:
    first, last = chart.months[0].month, chart.months[-1].month
    for start, end in chart.disruptions:
        left, right = max(start, first), min(end or date.max, last)
        if left <= right:
            box = {"x0": left.isoformat(), "x1": right.isoformat(), "y0": 0, "y1": 1, "yref": "paper"}
            look = {"fillcolor": faded(theme.palette().detractor, 0.12), "line": {"width": 0}, "layer": "below"}
            shown.add_shape(type="rect", **box, **look)
