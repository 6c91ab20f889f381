"""The matrix advocacy × share of wallet: a field per play, a dot per account, sized by revenue."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards import theme
from dashboards.components import words
from dashboards.components.numbers import money, moneys, number
from dashboards.figures.chart import Figure, bar, scatter
from dashboards.figures.labels import two_lines
from feedback.reporting.readiness import Readiness, ReadinessLine, Tally

COLUMNS = ("detractor", "passive", "promoter")
ROWS = ("unknown", "low", "high")
# (bottom, top) of each row; what we do not know gets the narrower one
_EDGES = {"unknown": (0.0, 0.86), "low": (0.91, 2.01), "high": (2.06, 3.16)}
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
Place = tuple[float, float]
_LARGEST, _SMALLEST = 34.0, 5.0
_CHARACTER = 7.6  # pixels of a bold letter and its part of the margins


@dataclass(frozen=True)
class Cell:
    """A field of the matrix."""

    advocacy: str
    share: str

    @property
    def box(self) -> tuple[float, float, float, float]:
        """left, right, bottom, top."""
        left = float(COLUMNS.index(self.advocacy))
        return left + 0.02, left + 0.98, *_EDGES[self.share]


CELLS = [Cell(advocacy, share) for share in ROWS for advocacy in COLUMNS]


def cell_names() -> dict[tuple[str, str], str]:
    """What the relationship alone asks for in each field (an open issue comes before it)."""
    return {
        ("detractor", "high"): _("Recover now"),
        ("detractor", "low"): _("Fix the basics"),
        ("detractor", "unknown"): _("Fix the basics"),
        ("passive", "high"): _("Protect"),
        ("passive", "low"): _("Nurture"),
        ("passive", "unknown"): _("Ask about spend"),
        ("promoter", "high"): _("Protect, refer"),
        ("promoter", "low"): _("Upsell"),
        ("promoter", "unknown"): _("Ask about spend"),
    }


def readiness_matrix(report: Readiness, *, selected: tuple[str, str] = ("", ""), width: int = 460) -> Figure:
    """Accounts by advocacy (across) and share of wallet (up); a hollow mark means that something stands in the way."""
    figure = Figure(template=theme.template())
    figure.add_trace(_fields(report, selected))
    largest = max((line.revenue for line in report.everybody), default=0.0)
    heard = [line for line in report.everybody if line.advocacy in COLUMNS]
    places = dot_places(heard)
    together: dict[tuple[str, bool], list[ReadinessLine]] = {(name, held): [] for name in COLUMNS for held in (False, True)}
    for line in heard:
        together[line.advocacy, is_held(line)].append(line)
    for (advocacy, held), lines in together.items():
        if lines:
            figure.add_trace(_dots(advocacy, lines, places, held=held, largest=largest, currency=report.currency))
    figure.update_layout(showlegend=False, barmode="overlay", bargap=0, annotations=_labels(report, int(width / 3 / _CHARACTER)))
    figure.update_layout(margin={"l": 4, "r": 4, "t": 4, "b": 4})
    bands = words.bands()
    ticks = {"tickvals": [0.5, 1.5, 2.5], "ticktext": [bands[name] for name in COLUMNS]}
    figure.update_xaxes(range=[0, 3], showgrid=False, zeroline=False, fixedrange=True, ticks="", showline=False, **ticks)
    shares = {"tickvals": [sum(_EDGES[name]) / 2 for name in ROWS], "ticktext": [_("not known"), _("low"), _("high")]}
    title = {"text": _("Share of wallet"), "standoff": 4}
    figure.update_yaxes(
        range=[0, 3.16], showgrid=False, zeroline=False, fixedrange=True, ticks="", title=title, tickangle=-90, **shares
    )
    return figure


def is_held(line: ReadinessLine) -> bool:
    """Whether something comes before what the relationship asks for: an issue, or the person, the consent, the moment."""
    by_issue = line.issues in _GRAVE or (line.issues == "minor_open" and line.advocacy != "promoter")
    return by_issue or line.group == "waiting"


_GRAVE = frozenset({"major_open", "fixed_unverified"})


def _fields(report: Readiness, selected: tuple[str, str]) -> Any:
    colours = theme.palette()
    boxes = [cell.box for cell in CELLS]
    chosen = [selected in {(cell.advocacy, cell.share), (cell.advocacy, ""), ("", cell.share)} for cell in CELLS]
    return bar(
        x=[(left + right) / 2 for left, right, _bottom, _top in boxes],
        width=[right - left for left, right, _bottom, _top in boxes],
        base=[bottom for _left, _right, bottom, _top in boxes],
        y=[top - bottom for _left, _right, bottom, top in boxes],
        marker={
            "color": [getattr(colours, cell.advocacy) for cell in CELLS],
            "opacity": [0.3 if mark else 0.1 for mark in chosen],
            "line": {"color": colours.accent, "width": [2 if mark else 0 for mark in chosen]},
        },
        customdata=[f"{cell.advocacy} {cell.share}" for cell in CELLS],
        hovertext=[_tally_words(report.cells.get((cell.advocacy, cell.share)), report.currency) for cell in CELLS],
        hoverinfo="text",
    )


def _tally_words(tally: Tally | None, currency: str) -> str:
    count = tally.accounts if tally else 0
    text = str(ngettext("%(num)s account", "%(num)s accounts", count))
    return f"{text} · {money(tally.revenue, currency)}" if tally else text


def _labels(report: Readiness, room: int) -> list[dict[str, Any]]:
    names, colours = cell_names(), theme.palette()
    labels = []
    for cell in CELLS:
        tally = report.cells.get((cell.advocacy, cell.share))
        count = f"{number(tally.accounts)} · {money(tally.revenue, report.currency)}" if tally else "0"
        name = names[cell.advocacy, cell.share]
        left, _right, _bottom, top = cell.box
        labels.append(
            {
                "x": left + 0.02,
                "y": top - 0.02,
                "xanchor": "left",
                "yanchor": "top",
                "align": "left",
                "showarrow": False,
                "text": f"<b>{'<br>'.join(two_lines(name, room))}</b><br>{count}",
                "font": {"size": 11.5, "color": colours.text if tally else colours.quiet},
            }
        )
    return labels


def _dots(
    advocacy: str, lines: Sequence[ReadinessLine], places: dict[int, Place], *, held: bool, largest: float, currency: str
) -> Any:
    colours = theme.palette()
    shape = theme.SHAPES[advocacy]
    plays = words.plays()
    return scatter(
        mode="markers",
        x=[round(places[line.id][0], 3) for line in lines],
        y=[round(places[line.id][1], 3) for line in lines],
        marker={
            "symbol": f"{shape}-open" if held else shape,
            "size": [dot_size(line.revenue, largest, len(lines)) for line in lines],
            "color": getattr(colours, advocacy),
            "opacity": 0.85,
            "line": {"width": 1.5 if held else 0.5, "color": getattr(colours, advocacy) if held else colours.surface},
        },
        customdata=[f"{line.advocacy} {line.share_of_wallet}" for line in lines],
        hovertext=[
            f"<b>{line.name}</b><br>{plays.get(line.play, line.play)} · {revenue}"
            for line, revenue in zip(lines, _revenues(lines, currency), strict=True)
        ],
        hoverinfo="text",
    )


def _revenues(lines: Sequence[ReadinessLine], currency: str) -> list[str]:
    """As recorded; those in the same currency are written together."""
    texts = moneys([line.revenue for line in lines], currency)
    return [
        money(*line.stated) if line.stated and line.stated[1] != currency else text
        for line, text in zip(lines, texts, strict=True)
    ]


def dot_size(revenue: float, largest: float, crowd: int) -> float:
    """Diameter in pixels: the area is proportional to revenue; smaller where there are many."""
    most = max(_LARGEST / (1 + crowd / 150), 12.0)
    share = revenue / largest if largest > 0 else 0.0
    return round(max(_SMALLEST, most * math.sqrt(share)), 1)


def dot_places(lines: Sequence[ReadinessLine]) -> dict[int, Place]:
    """A place for each dot inside its field: a sunflower, the largest in the middle, the same for the same accounts."""
    places: dict[int, Place] = {}
    together: dict[tuple[str, str], list[ReadinessLine]] = {(cell.advocacy, cell.share): [] for cell in CELLS}
    for line in lines:
        together[line.advocacy, line.share_of_wallet].append(line)
    for cell in CELLS:
        inside = sorted(together[cell.advocacy, cell.share], key=lambda line: (-line.revenue, line.id))
        bottom, top = _EDGES[cell.share]
        tall, label, column = top - bottom, 0.32, COLUMNS.index(cell.advocacy)
        for position, line in enumerate(inside):
            away = math.sqrt((position + 0.5) / max(len(inside), 6)) if len(inside) > 1 else 0.0
            angle = position * _GOLDEN_ANGLE
            across = column + 0.5 + 0.40 * away * math.cos(angle)
            up = bottom + (tall - label) / 2 + 0.42 * (tall - label) * away * math.sin(angle)
            places[line.id] = (across, up)
    return places
