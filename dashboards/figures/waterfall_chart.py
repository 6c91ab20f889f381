"""From today's NPS to the NPS without defects, one bar per defect."""

from html import escape

from flask_babel import gettext as _

from dashboards import theme
from dashboards.figures import wording
from dashboards.figures.chart import Figure, bar
from dashboards.figures.labels import two_lines
from dashboards.figures.look import axis, faded, figure
from feedback.reporting.defect_rows import Step, Waterfall

ROW, EDGE, LINE = 34, 46, 22


def waterfall_chart(bars: Waterfall, *, selected: str | None = None) -> Figure:
    """Horizontal bars, so that names stay readable on a phone; the first line is today, the last one the goal."""
    steps = bars.steps
    places = list(range(len(steps)))
    chart = figure(EDGE + ROW * len(steps), (12, 44, 4, 30), bargap=0.35)
    chart.add_trace(
        bar(
            orientation="h",
            y=places,
            x=[step.amount for step in steps],
            base=[step.start for step in steps],
            customdata=[step.code for step in steps],
            marker={
                "color": [_colour(step) for step in steps],
                "line": {"color": theme.palette().text, "width": [2 if s.code and s.code == selected else 0 for s in steps]},
            },
            hovertext=[_hover(step) for step in steps],
            hoverinfo="text",
            name="steps",
        )
    )
    for place, step in enumerate(steps):
        _add_amount(chart, place, step)
        if place + 1 < len(steps):
            chart.add_shape(
                type="line",
                x0=step.end,
                x1=step.end,
                y0=place,
                y1=place + 1,
                line={"color": theme.palette().unknown, "width": 1, "dash": "dot"},
                layer="below",
            )
    low, high = _reach(steps)
    chart.update_yaxes(
        **axis(
            tickvals=places,
            ticktext=["<br>".join(map(escape, two_lines(step.label, LINE))) for step in steps],
            range=[len(steps) - 0.4, -0.6],
            showgrid=False,
        )
    )
    chart.update_xaxes(**axis(range=[low, high], title={"text": _("NPS points"), "standoff": 4}, zeroline=True))
    return chart


def _reach(steps: tuple[Step, ...]) -> tuple[float, float]:
    edges = [value for step in steps for value in (step.start, step.end)]
    room = max(4.0, 0.12 * (max(edges) - min(edges)))
    return min(0.0, *edges) - (room if min(edges) < 0 else 0), max(edges) + room


def _colour(step: Step) -> str:
    colours = theme.palette()
    if step.total:
        return colours.accent
    return faded(colours.accent, 0.5) if step.code else colours.unknown


def _add_amount(chart: Figure, place: int, step: Step) -> None:
    text = wording.points(step.end) if step.total else wording.points(step.amount, signed=True)
    chart.add_annotation(
        x=max(step.start, step.end),
        y=place,
        text=text,
        showarrow=False,
        xanchor="left",
        xshift=4,
        font={"size": 12, "color": theme.palette().text},
        name="amount",
    )


def _hover(step: Step) -> str:
    name = escape(step.label)
    if step.total:
        return f"<b>{name}</b><br>{wording.points(step.end)}"
    return "<b>" + name + "</b><br>" + _("Without it: %(points)s points", points=wording.points(step.amount, signed=True))
