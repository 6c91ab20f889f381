"""A Plotly figure as HTML and SVG, without a program: the kinds that our figures use (bars, marks, lines, texts).

Places are percentages, so that the drawing fits any width; texts are HTML, so that they keep their size.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import count
from typing import Any

from dashboards.still.scales import Scale, scale_of, ticks_of

_SHIFT = {"left": 0, "center": -50, "right": -100, "top": 0, "middle": -50, "bottom": -100}
_PATHS = {
    "triangle-up": "M0 {a}L{b} {c}L-{b} {c}Z",
    "diamond": "M0 {a}L{d} 0L0 {d}L-{d} 0Z",
}
_DASHES = {"dot": "2 3", "dash": "6 4"}
_numbers = count()
Box = tuple[float, float, float, float]


def still_figure(figure: Any) -> str:
    """The drawing, as high as the figure and as wide as there is room."""
    layout = figure.layout
    default = layout.template.layout
    scales = _scales(figure)
    margin = {side: _first(layout.margin[side], default.margin[side], 0) for side in "lrtb"}
    margin["l"] = max(margin["l"], _room_beside(layout, scales))
    if layout.xaxis.automargin is not False:
        margin["b"] = max(margin["b"], 34 if layout.xaxis.title.text else 18)
    box = "left:{l}px;right:{r}px;top:{t}px;bottom:{b}px".format(**margin)
    marks = "".join([*_grid(layout, default, scales), *_shapes(layout, scales), *_traces(figure, scales)])
    texts = "".join([*_ticks(layout, default, scales), *_titles(layout, default, margin), *_annotations(layout, default, scales)])
    svg = f'<svg class="cl-still" width="100%" height="100%" style="overflow:visible;position:absolute">{marks}</svg>'
    return f'<div class="cl-still-box" style="height:{layout.height or 360}px"><div style="{box}">{svg}{texts}</div></div>'


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _axis_names(figure: Any) -> list[str]:
    return ["xaxis", *sorted({_axis_of(trace) for trace in figure.data} | {"yaxis"})]


def _axis_of(trace: Any) -> str:
    return "yaxis" + (trace.yaxis or "y")[1:]


def _room_beside(layout: Any, scales: dict[str, Scale]) -> int:
    axis = layout.yaxis
    if axis.automargin is False:
        return 0
    widest = max((len(unescape(text)) for _value, text in ticks_of(axis, scales["yaxis"])), default=0)
    return (round(6.6 * widest) + 8 if axis.tickangle is None else 18) + (18 if axis.title.text else 0)


def _scales(figure: Any) -> dict[str, Scale]:
    scales = {}
    for name in _axis_names(figure):
        axis, letter = figure.layout[name], name[0]
        mine = [trace for trace in figure.data if letter == "x" or _axis_of(trace) == name]
        values = [value for trace in mine for value in _list(getattr(trace, letter))]
        bars = any(trace.type == "bar" for trace in mine)
        scales[name] = scale_of(axis, values, from_zero=bars and letter == "y")
    return scales


def _list(values: Any) -> list[Any]:
    return [] if values is None else list(values)


def _each(value: Any, size: int) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) or hasattr(value, "dtype") else [value] * size


def _grid(layout: Any, default: Any, scales: dict[str, Scale]) -> Iterator[str]:
    for name, scale in scales.items():
        axis, usual = layout[name], default[name[:5]]
        colour = escape(str(usual.gridcolor))
        wanted = [value for value, _text in ticks_of(axis, scale)] if axis.showgrid is not False else []
        if axis.zeroline and scale.low <= 0 <= scale.high:
            wanted.append(0)
        for value in wanted:
            if name[0] == "x":
                place = scale.across(value)
                yield f'<line x1="{place}%" x2="{place}%" y1="0" y2="100%" stroke="{colour}"/>'
            else:
                place = scale.down(value)
                yield f'<line x1="0" x2="100%" y1="{place}%" y2="{place}%" stroke="{colour}"/>'


def _shapes(layout: Any, scales: dict[str, Scale]) -> Iterator[str]:
    x, y = scales["xaxis"], scales["yaxis"]
    for shape in layout.shapes:
        if shape.type == "line":
            yield _line(x.across(shape.x0), y.down(shape.y0), x.across(shape.x1), y.down(shape.y1), shape.line)


def _line(x1: float, y1: float, x2: float, y2: float, look: Any) -> str:
    dash = f' stroke-dasharray="{_DASHES[look.dash]}"' if look.dash in _DASHES else ""
    stroke = f'stroke="{escape(str(look.color))}" stroke-width="{_first(look.width, 2)}"'
    return f'<line x1="{x1}%" y1="{y1}%" x2="{x2}%" y2="{y2}%" {stroke}{dash}/>'


def _traces(figure: Any, scales: dict[str, Scale]) -> Iterator[str]:
    for trace in figure.data:
        x, y = scales["xaxis"], scales[_axis_of(trace)]
        if trace.type == "bar":
            yield from _bars(trace, x, y, _first(figure.layout.bargap, 0.2))
        elif trace.type == "scatter":
            if trace.fill == "toself":
                yield _area(trace, x, y)
            elif "lines" in (trace.mode or "lines"):
                yield from _lines(trace, x, y)
            if "markers" in (trace.mode or ""):
                yield from _marks(trace, x, y)


def _bars(trace: Any, x: Scale, y: Scale, gap: float) -> Iterator[str]:
    flat, size = trace.orientation == "h", len(trace.y)
    colours, widths = _each(trace.marker.color, size), _each(trace.width, size)
    opacities = _each(_first(trace.marker.opacity, 1), size)
    bases = _each(_first(trace.base, 0), size)
    edges = [round(100 * (1 - gap) / size, 2)] * size
    for place, (across, up) in enumerate(zip(trace.x, trace.y, strict=True)):
        half = (widths[place] or (1 - gap)) / 2
        if flat:
            box = _box(x.across(bases[place]), x.across(bases[place] + across), y.down(up - half), y.down(up + half))
        elif widths[place] is None:
            middle = x.across(across)
            box = _box(middle - edges[place] / 2, middle + edges[place] / 2, y.down(0), y.down(up))
        else:
            box = _box(x.across(across - half), x.across(across + half), y.down(bases[place]), y.down(bases[place] + up))
        look = f'fill="{escape(str(colours[place]))}" opacity="{opacities[place]}"'
        yield f'<rect x="{box[0]}%" y="{box[1]}%" width="{box[2]}%" height="{box[3]}%" {look}/>'


def _box(x1: float, x2: float, y1: float, y2: float) -> Box:
    return round(min(x1, x2), 2), round(min(y1, y2), 2), round(abs(x2 - x1), 2), round(abs(y2 - y1), 2)


def _area(trace: Any, x: Scale, y: Scale) -> str:
    points = " ".join(f"{x.across(one)},{y.down(two)}" for one, two in zip(trace.x, trace.y, strict=True))
    fill = escape(str(trace.fillcolor))
    drawn = f'<polygon points="{points}" fill="{fill}"/>'
    return f'<svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none">{drawn}</svg>'


def _lines(trace: Any, x: Scale, y: Scale) -> Iterator[str]:
    points = [(x.across(one), y.down(two)) for one, two in zip(trace.x, trace.y, strict=True)]
    drawn = " ".join(f"{across},{max(down, 0.0)}" for across, down in points if down > -50)
    dash = f' stroke-dasharray="{_DASHES[trace.line.dash]}"' if trace.line.dash in _DASHES else ""
    look = f'stroke="{escape(str(trace.line.color))}" stroke-width="{_first(trace.line.width, 2)}"{dash}'
    line = f'<polyline points="{drawn}" fill="none" vector-effect="non-scaling-stroke" {look}/>'
    yield f'<svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none">{line}</svg>'


def _marks(trace: Any, x: Scale, y: Scale) -> Iterator[str]:
    xs, ys, marker = trace.x, trace.y, trace.marker  # read once: each reading of a figure checks its way down
    size = len(xs)
    sizes, colours, symbols = (_each(value, size) for value in (marker.size, marker.color, _first(marker.symbol, "circle")))
    edges, widths = _each(_first(marker.line.color, "none"), size), _each(_first(marker.line.width, 0), size)
    prefix, known = f"cl-m{next(_numbers)}-", dict[tuple[str, float], str]()
    yield f'<g opacity="{_first(marker.opacity, 1)}">'
    for place in range(size):
        shape, across, down = str(symbols[place]), x.across(xs[place]), y.down(ys[place])
        hollow = shape.endswith("-open")
        fill = "none" if hollow else escape(str(colours[place]))
        stroke = escape(str(colours[place] if hollow else edges[place]))
        look = f'fill="{fill}" stroke="{stroke}" stroke-width="{widths[place]}"'
        yield _mark(shape.removesuffix("-open"), round(float(sizes[place]) / 2, 1), (across, down), look, (prefix, known))
    yield "</g>"


def _mark(shape: str, half: float, at: tuple[float, float], look: str, kept: tuple[str, dict[tuple[str, float], str]]) -> str:
    across, down = at
    if shape == "square":
        place = f'x="{across}%" y="{down}%" width="{2 * half}" height="{2 * half}" transform="translate(-{half},-{half})"'
        return f"<rect {place} {look}/>"
    if shape not in _PATHS:
        return f'<circle cx="{across}%" cy="{down}%" r="{half}" {look}/>'
    prefix, known = kept
    name, before = known.get((shape, half)), ""
    if name is None:
        name = known[shape, half] = f"{prefix}{len(known)}"
        # the proportions of plotly's own marks
        sides = {"a": -half, "b": round(half * 2 / 3**0.5, 2), "c": round(half / 2, 2), "d": round(half * 1.3, 2)}
        sides["a"] = -round(half * 1.3, 2) if shape == "diamond" else -half
        before = f'<defs><path id="{name}" d="{_PATHS[shape].format(**sides)}"/></defs>'
    return f'{before}<use href="#{name}" x="{across}%" y="{down}%" {look}/>'


def _text(text: str, style: str, across: str, font: Any, default: Any) -> str:
    clean = re.sub(r"&lt;(/?b|br)&gt;", r"<\1>", escape(unescape(text), quote=False))
    colour, size = _first(font.color, default.color), _first(font.size, default.size)
    look = f"{style};transform:{across};color:{escape(str(colour))};font-size:{size}px"
    return f'<span class="cl-still-text" style="{look}">{clean}</span>'


def _ticks(layout: Any, default: Any, scales: dict[str, Scale]) -> Iterator[str]:
    for name, scale in scales.items():
        axis, font = layout[name], default[name[:5]].tickfont
        for value, text in ticks_of(axis, scale):
            if name[0] == "x":
                yield _text(text, f"left:{scale.across(value)}%;top:calc(100% + 4px)", "translate(-50%)", font, default.font)
            elif axis.tickangle is None:
                style = f"right:calc(100% + 4px);top:{scale.down(value)}%"
                yield _text(text, style, "translate(0,-50%)", font, default.font)
            else:
                style = f"left:-10px;top:{scale.down(value)}%"
                yield _text(text, style, "translate(-50%,-50%) rotate(-90deg)", font, default.font)


def _titles(layout: Any, default: Any, margin: dict[str, float]) -> Iterator[str]:
    below, beside = layout.xaxis.title, layout.yaxis.title
    if below.text:
        style = f"left:50%;bottom:-{margin['b']}px"
        yield _text(below.text, style, "translate(-50%)", default.xaxis.title.font, default.font)
    if beside.text:
        style = f"left:-{max(margin['l'] - 8, 12)}px;top:50%"
        yield _text(beside.text, style, "translate(-50%,-50%) rotate(-90deg)", default.yaxis.title.font, default.font)


def _annotations(layout: Any, default: Any, scales: dict[str, Scale]) -> Iterator[str]:
    x, y = scales["xaxis"], scales["yaxis"]
    for note in layout.annotations:
        style = f"left:calc({x.across(note.x, raw=True)}% + {_first(note.xshift, 0)}px)"
        style += f";top:calc({y.down(note.y, raw=True)}% - {_first(note.yshift, 0)}px)"
        across, down = _SHIFT[_first(note.xanchor, "center")], _SHIFT[_first(note.yanchor, "middle")]
        yield _text(note.text, style, f"translate({across}%,{down}%)", note.font, default.font)
