"""Defects by how many customers they reach and how much they hurt, with curves of equal loss."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards import theme
from dashboards.components.numbers import LEVEL, percent
from dashboards.figures import wording
from dashboards.figures.chart import Figure, scatter
from dashboards.figures.labels import Box, Mark, Place, place_labels, two_lines
from dashboards.figures.look import CLEAR, axis, faded, figure
from feedback.reporting.defect_rows import DefectRow, Evidence

LOSS_CURVES = (0.5, 2.0)
TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
SYMBOLS = {"service": "circle", "product": "square", "price": "diamond"}
SMALLEST, LARGEST = 10.0, 44.0  # diameters in pixels
LABELLED, LINE = 12, 22  # names that are written, on a phone half of them, and the characters of their lines
NARROW = 500  # pixels of a figure on a phone


class Severity(StrEnum):
    """What the vertical axis shows."""

    CORRELATION = "correlation"
    IMPACT = "impact"


@dataclass(frozen=True)
class Canvas:
    """The size of the whole figure in pixels, and the ranges of its axes (x in log10 of the share)."""

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    LEFT, RIGHT, TOP, BOTTOM = 52, 16, 12, 46

    @property
    def inner(self) -> tuple[float, float]:
        """Width and height of the plot area."""
        return self.width - self.LEFT - self.RIGHT, self.height - self.TOP - self.BOTTOM

    def pixel(self, share: float, y: float) -> tuple[float, float]:
        """Where a point lies, from the lower left corner of the plot area."""
        width, height = self.inner
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        return (math.log10(share) - x0) / (x1 - x0) * width, (y - y0) / (y1 - y0) * height

    def value(self, x: float, y: float) -> tuple[float, float]:
        """What stands at a place that was measured as `pixel` does."""
        width, height = self.inner
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        return 10 ** (x0 + x / width * (x1 - x0)), y0 + y / height * (y1 - y0)


def bubble_matrix(
    rows: Sequence[DefectRow],
    *,
    severity: Severity,
    spread: float,
    currency: str,
    selected: str | None = None,
    size: tuple[int, int] = (620, 400),
) -> Figure:
    """Draw the matrix.

    Args:
        rows: the ranking, best known first: labels are granted in this order.
        spread: standard deviation of one answer's NPS value in points; turns a loss into a correlation.
        selected: code of the defect whose details are open.
        size: width and height in pixels; labels are placed for this width.
    """
    shown = [row for row in rows if row.base_frequency > 0 and severity_of(row, severity) is not None]
    canvas = _canvas(shown, severity, size)
    chart = figure(size[1], (canvas.LEFT, canvas.RIGHT, canvas.TOP, canvas.BOTTOM))
    curve_labels = [
        box for loss in LOSS_CURVES if (box := _add_curve(chart, canvas, severity, spread, loss, per_customer(shown)))
    ]
    diameters = _diameters(shown, LARGEST if size[0] > NARROW else 0.7 * LARGEST)
    _add_bubbles(chart, shown, severity, diameters, currency, selected)
    _add_names(chart, canvas, shown, severity, diameters, curve_labels)
    ticks = [tick for tick in TICKS if canvas.x_range[0] <= math.log10(tick) <= canvas.x_range[1]]
    chart.update_xaxes(
        **axis(
            type="log",
            range=list(canvas.x_range),
            tickvals=ticks,
            ticktext=[wording.share(tick) for tick in ticks],
            title={"text": _("Share of customers who have the problem"), "standoff": 8},
        )
    )
    chart.update_yaxes(**axis(range=list(canvas.y_range), automargin=False, title={"text": _axis_title(severity), "standoff": 6}))
    return chart


def severity_of(row: DefectRow, severity: Severity) -> float | None:
    """The vertical position of a defect: higher hurts more."""
    if severity is Severity.IMPACT:
        return row.impact
    return None if row.correlation is None else -row.correlation


def curve_height(loss: float, share: float, severity: Severity, spread: float) -> float:
    """How severe a problem of this share must be to cost `loss` points.

    With f the share and Δ the points: f·Δ = loss; as a correlation it is loss ÷ s_y · √((1 − f) ÷ f).
    """
    if severity is Severity.IMPACT:
        return loss / share
    return loss / spread * math.sqrt((1 - share) / share)


def per_customer(rows: Sequence[DefectRow]) -> float:
    """Share of answers over share of customers, on average: losses count answers, the axis counts customers.

    An account answers more than once, and each defect reaches more accounts than answers; without this the curves would call
    every defect a costly one.
    """
    customers = sum(row.base_frequency for row in rows)
    return sum(row.frequency for row in rows) / customers if customers else 1.0


def _axis_title(severity: Severity) -> str:
    if severity is Severity.IMPACT:
        return _("NPS points lower with the problem, others equal")
    return _("Severity: −correlation with the score")


def _canvas(rows: Sequence[DefectRow], severity: Severity, size: tuple[int, int]) -> Canvas:
    shares = [row.base_frequency for row in rows] or [0.01, 0.3]
    heights = [severity_of(row, severity) or 0.0 for row in rows] or [1.0]
    low, high = math.log10(min(shares)), math.log10(max(shares))
    room = max(0.15, (1.0 - (high - low)) / 2)
    top, bottom = max(heights), min(0.0, *heights) if rows else 0.0
    top = top if top > 0 else (50.0 if severity is Severity.IMPACT else 0.5)
    x_range = (max(-4.0, low - room), high + room)
    return Canvas(size[0], size[1], x_range, (bottom - 0.1 * top, top * 1.2))


def _add_curve(chart: Figure, canvas: Canvas, severity: Severity, spread: float, loss: float, ratio: float) -> Box | None:
    if spread <= 0:
        return None
    x0, x1 = canvas.x_range
    shares = [10 ** (x0 + (x1 - x0) * step / 120) for step in range(121)]
    heights = [curve_height(loss, min(value * ratio, 0.9999), severity, spread) for value in shares]
    top = canvas.y_range[1]
    chart.add_trace(
        scatter(
            x=shares,
            y=heights,
            mode="lines",
            line={"color": theme.palette().unknown, "width": 1, "dash": "dot"},
            hoverinfo="skip",
            cliponaxis=True,
        )
    )
    inside = next(((share, height) for share, height in zip(shares, heights, strict=True) if height <= top), None)
    if inside is None:
        return None
    text = _("%(points)s points lost", points=wording.points(loss) if loss % 1 else wording.whole(loss))
    return _add_curve_label(chart, canvas, inside, text, above=inside[0] == shares[0])


def _add_curve_label(chart: Figure, canvas: Canvas, at: tuple[float, float], text: str, *, above: bool) -> Box:
    share, height = at
    x, y = canvas.pixel(share, height)
    width = len(text) * 6.0
    x = min(x + 6, canvas.inner[0] - width)
    chart.add_annotation(
        xref="x", yref="y", x=math.log10(share), y=height, xshift=x - canvas.pixel(share, height)[0], yshift=2, text=text,
        showarrow=False, xanchor="left", yanchor="bottom" if above else "top",
        font={"size": 11, "color": theme.palette().quiet}, name="curve",
    )  # fmt: skip
    return Box(x, y, x + width, y + 18) if above else Box(x, y - 16, x + width, y + 2)


def _diameters(rows: Sequence[DefectRow], most: float) -> list[float]:
    largest = max((row.revenue or 0.0 for row in rows), default=0.0)
    if largest <= 0:
        return [SMALLEST * 1.4] * len(rows)
    return [max(SMALLEST, most * math.sqrt((row.revenue or 0.0) / largest)) for row in rows]


def _add_bubbles(
    chart: Figure,
    rows: Sequence[DefectRow],
    severity: Severity,
    diameters: Sequence[float],
    currency: str,
    selected: str | None,
) -> None:
    hollow = [row.evidence is not Evidence.ESTABLISHED for row in rows]
    chart.add_trace(
        scatter(
            x=[row.base_frequency for row in rows],
            y=[severity_of(row, severity) for row in rows],
            mode="markers",
            customdata=[row.code for row in rows],
            hovertext=[hover_text(row, currency) for row in rows],
            hoverinfo="text",
            marker={
                "size": list(diameters),
                "symbol": [SYMBOLS.get(row.category, "circle") for row in rows],
                "color": [CLEAR if is_hollow else theme.palette().accent for is_hollow in hollow],
                "opacity": 0.85,
                "line": {
                    "color": [theme.palette().text if row.code == selected else theme.palette().accent for row in rows],
                    "width": [3 if row.code == selected else 1.6 for row in rows],
                },
            },
            cliponaxis=False,
            name="defects",
        )
    )


def _add_names(
    chart: Figure,
    canvas: Canvas,
    rows: Sequence[DefectRow],
    severity: Severity,
    diameters: Sequence[float],
    obstacles: Sequence[Box],
) -> None:
    granted = LABELLED if canvas.width > NARROW else LABELLED // 2
    marks = [
        Mark(
            *canvas.pixel(row.base_frequency, severity_of(row, severity) or 0.0),
            diameter / 2,
            "\n".join(two_lines(row.name, LINE)) if place < granted else "",
        )
        for place, (row, diameter) in enumerate(zip(rows, diameters, strict=True))
    ]
    for mark, place in zip(marks, place_labels(marks, *canvas.inner, obstacles=obstacles), strict=True):
        if place:
            _add_name(chart, canvas, mark, place)


def _add_name(chart: Figure, canvas: Canvas, mark: Mark, place: Place) -> None:
    share, y = canvas.value(place.x, place.y)
    text = "<br>".join(map(escape, mark.text.split("\n")))
    look = {"font": {"size": 12, "color": theme.palette().quiet}, "bgcolor": faded(theme.palette().surface, 0.75), "borderpad": 0}
    chart.add_annotation(
        x=math.log10(share), y=y, text=text, showarrow=False, xanchor=place.xanchor, yanchor=place.yanchor, name="label",
        align=place.xanchor, **look,
    )  # fmt: skip
    if place.leader:
        (x0, y0), (x1, y1) = (canvas.value(*end) for end in place.leader)
        line = {"color": theme.palette().unknown, "width": 1}
        chart.add_shape(type="line", x0=x0, y0=y0, x1=x1, y1=y1, line=line, layer="below", name="leader")


def hover_text(row: DefectRow, currency: str) -> str:
    """What a defect says on hover; names are escaped because Plotly reads markup."""
    lines = [
        f"<b>{escape(row.name)}</b>",
        _(
            "Points lost: %(lost)s (%(level)s: %(interval)s)",
            lost=wording.points(row.lost),
            level=percent(LEVEL),
            interval=wording.interval(row.lost_low, row.lost_high, decimals=1),
        ),
        ngettext(
            "Share of customers: %(share)s (%(accounts)s account)",
            "Share of customers: %(share)s (%(accounts)s accounts)",
            row.accounts,
            share=wording.share(row.base_frequency),
            accounts=wording.whole(row.accounts),
        ),
        _(
            "Correlation with the score: %(r)s (%(level)s: %(interval)s)",
            r=wording.ratio(row.correlation),
            level=percent(LEVEL),
            interval=wording.interval(row.correlation_low, row.correlation_high, decimals=2),
        ),
        _("Revenue of affected accounts: %(money)s", money=wording.money(row.revenue, currency)),
        ngettext("%(n)s answer cites it", "%(n)s answers cite it", row.n, n=wording.whole(row.n)),
    ]
    if row.evidence is not Evidence.ESTABLISHED:
        lines.append(_("Hollow: not yet established"))
    return "<br>".join(lines)
