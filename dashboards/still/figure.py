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
_MARKUP = re.compile("&lt;(/?b|br)&gt;")
Box = tuple[float, float, float, float]
Data = dict[str, Any]
Kept = tuple[str, dict[tuple[str, float], str]]  # prefix of names, and the names of shapes that stand in the drawing


def still_figure(figure: Data) -> str:
    """The drawing of `{"data": …, "layout": …}`, as high as the figure and as wide as there is room."""
    traces, layout = figure["data"], figure["layout"]
    default: Data = layout["template"]["layout"]
    scales = _scales(traces, layout)
    margin = default["margin"] | layout.get("margin", {})
    margin["l"] = max(margin["l"], _room_beside(_axis(layout, "yaxis"), scales["yaxis"]))
    below = _axis(layout, "xaxis")
    if below.get("automargin") is not False:
        margin["b"] = max(margin["b"], 34 if _title(below) else 18)
    box = "left:{l}px;right:{r}px;top:{t}px;bottom:{b}px".format(**margin)
    marks = "".join([*_grid(layout, default, scales), *_shapes(layout, scales), *_traces(traces, layout, scales)])
    texts = "".join([*_ticks(layout, default, scales), *_titles(layout, default, margin), *_annotations(layout, default, scales)])
    svg = f'<svg class="cl-still" width="100%" height="100%" style="overflow:visible;position:absolute">{marks}</svg>'
    height = layout.get("height") or 360
    return f'<div class="cl-still-box" style="height:{height}px"><div style="{box}">{svg}{texts}</div></div>'


def _axis(layout: Data, name: str) -> Data:
    axis: Data = layout.get(name) or {}
    return axis


def _title(axis: Data) -> str:
    return str((axis.get("title") or {}).get("text") or "")


def _axis_of(trace: Data) -> str:
    return "yaxis" + (trace.get("yaxis") or "y")[1:]


def _room_beside(axis: Data, scale: Scale) -> int:
    if axis.get("automargin") is False:
        return 0
    widest = max((len(unescape(line)) for _value, text in ticks_of(axis, scale) for line in text.split("<br>")), default=0)
    return (round(6.6 * widest) + 8 if axis.get("tickangle") is None else 18) + (18 if _title(axis) else 0)


def _scales(traces: list[Data], layout: Data) -> dict[str, Scale]:
    scales = {}
    for name in ["xaxis", *sorted({_axis_of(trace) for trace in traces} | {"yaxis"})]:
        letter = name[0]
        mine = [trace for trace in traces if letter == "x" or _axis_of(trace) == name]
        values = (value for trace in mine for value in trace[letter])
        bars = any(trace["type"] == "bar" for trace in mine)
        scales[name] = scale_of(_axis(layout, name), values, from_zero=bars and letter == "y")
    return scales


def _each(value: Any, size: int) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value] * size


def _grid(layout: Data, default: Data, scales: dict[str, Scale]) -> Iterator[str]:
    for name, scale in scales.items():
        axis, colour = _axis(layout, name), escape(default[name[:5]]["gridcolor"])
        wanted = [value for value, _text in ticks_of(axis, scale)] if axis.get("showgrid") is not False else []
        if axis.get("zeroline") and scale.low <= 0 <= scale.high:
            wanted.append(0)
        for value in wanted:
            if name[0] == "x":
                place = scale.across(value)
                yield f'<line x1="{place}%" x2="{place}%" y1="0" y2="100%" stroke="{colour}"/>'
            else:
                place = scale.down(value)
                yield f'<line x1="0" x2="100%" y1="{place}%" y2="{place}%" stroke="{colour}"/>'


def _shapes(layout: Data, scales: dict[str, Scale]) -> Iterator[str]:
    x, y = scales["xaxis"], scales["yaxis"]
    for shape in layout.get("shapes", ()):
        if shape["type"] == "line":
            ends = x.across(shape["x0"]), y.down(shape["y0"]), x.across(shape["x1"]), y.down(shape["y1"])
            yield _line(*ends, shape["line"])


def _line(x1: float, y1: float, x2: float, y2: float, look: Data) -> str:
    return f'<line x1="{x1}%" y1="{y1}%" x2="{x2}%" y2="{y2}%" {_stroke(look)}/>'


def _stroke(look: Data) -> str:
    dash = f' stroke-dasharray="{_DASHES[look["dash"]]}"' if look.get("dash") in _DASHES else ""
    return f'stroke="{escape(str(look.get("color")))}" stroke-width="{look.get("width", 2)}"{dash}'


def _traces(traces: list[Data], layout: Data, scales: dict[str, Scale]) -> Iterator[str]:
    for trace in traces:
        x, y = scales["xaxis"], scales[_axis_of(trace)]
        if trace["type"] == "bar":
            yield from _bars(trace, x, y, layout.get("bargap", 0.2))
        elif trace["type"] == "scatter":
            mode = trace.get("mode", "lines")
            if trace.get("fill") == "toself":
                yield _area(trace, x, y)
            elif "lines" in mode:
                yield from _lines(trace, x, y)
            if "markers" in mode:
                yield from _marks(trace, x, y)


def _bars(trace: Data, x: Scale, y: Scale, gap: float) -> Iterator[str]:
    flat, size, marker = trace.get("orientation") == "h", len(trace["y"]), trace["marker"]
    colours, widths = _each(marker["color"], size), _each(trace.get("width"), size)
    opacities, bases = _each(marker.get("opacity", 1), size), _each(trace.get("base", 0), size)
    edges = [round(100 * (1 - gap) / size, 2)] * size
    for place, (across, up) in enumerate(zip(trace["x"], trace["y"], strict=True)):
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


def _area(trace: Data, x: Scale, y: Scale) -> str:
    points = " ".join(f"{x.across(one)},{y.down(two)}" for one, two in zip(trace["x"], trace["y"], strict=True))
    return _stretched(f'<polygon points="{points}" fill="{escape(str(trace["fillcolor"]))}"/>')


def _stretched(drawn: str) -> str:
    return f'<svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none">{drawn}</svg>'


def _lines(trace: Data, x: Scale, y: Scale) -> Iterator[str]:
    points = [(x.across(one), y.down(two)) for one, two in zip(trace["x"], trace["y"], strict=True)]
    drawn = " ".join(f"{across},{max(down, 0.0)}" for across, down in points if down > -50)
    yield _stretched(f'<polyline points="{drawn}" fill="none" vector-effect="non-scaling-stroke" {_stroke(trace["line"])}/>')


def _marks(trace: Data, x: Scale, y: Scale) -> Iterator[str]:
    marker, size = trace["marker"], len(trace["x"])
    line = marker.get("line", {})
    symbols, colours, edges = marker.get("symbol", "circle"), marker["color"], line.get("color", "none")
    widths = line.get("width", 0)
    given = (symbols, colours, edges, widths)
    # what all marks share is said once: a matrix holds thousands of them
    shared = not any(isinstance(one, list | tuple) for one in given)
    looks = [""] * size if shared else [_look(*one) for one in zip(*(_each(one, size) for one in given), strict=True)]
    shapes = [str(symbol).removesuffix("-open") for symbol in _each(symbols, size)]
    kept: Kept = (f"cl-m{next(_numbers)}-", {})
    yield f'<g opacity="{marker.get("opacity", 1)}"{_look(*given) if shared else ""}>'
    places = zip(x.acrosses(trace["x"]), y.downs(trace["y"]), strict=True)
    for shape, value, place, look in zip(shapes, _each(marker["size"], size), places, looks, strict=True):
        yield _mark(shape, round(float(value) / 2, 1), place, look, kept)
    yield "</g>"


def _look(symbol: Any, colour: Any, edge: Any, width: Any) -> str:
    hollow = str(symbol).endswith("-open")
    fill, stroke = ("none", colour) if hollow else (colour, edge)
    return f' fill="{escape(str(fill))}" stroke="{escape(str(stroke))}" stroke-width="{width}"'


def _mark(shape: str, half: float, at: tuple[float, float], look: str, kept: Kept) -> str:
    across, down = at
    if shape == "square":
        place = f'x="{across}%" y="{down}%" width="{2 * half}" height="{2 * half}" transform="translate(-{half},-{half})"'
        return f"<rect {place}{look}/>"
    if shape not in _PATHS:
        return f'<circle cx="{across}%" cy="{down}%" r="{half}"{look}/>'
    prefix, known = kept
    name, before = known.get((shape, half)), ""
    if name is None:
        name = known[shape, half] = f"{prefix}{len(known)}"
        # the proportions of plotly's own marks
        sides = {"a": -half, "b": round(half * 2 / 3**0.5, 2), "c": round(half / 2, 2), "d": round(half * 1.3, 2)}
        sides["a"] = -round(half * 1.3, 2) if shape == "diamond" else -half
        before = f'<defs><path id="{name}" d="{_PATHS[shape].format(**sides)}"/></defs>'
    return f'{before}<use href="#{name}" x="{across}%" y="{down}%"{look}/>'


def _text(text: str, style: str, across: str, font: Data, default: Data) -> str:
    clean = _MARKUP.sub(r"<\1>", escape(unescape(text), quote=False))
    colour, size = escape(str(font.get("color", default["color"]))), font.get("size", default["size"])
    look = f"{style};transform:{across};color:{colour};font-size:{size}px"
    return f'<span class="cl-still-text" style="{look}">{clean}</span>'


def _ticks(layout: Data, default: Data, scales: dict[str, Scale]) -> Iterator[str]:
    for name, scale in scales.items():
        axis, font = _axis(layout, name), default[name[:5]]["tickfont"]
        for value, text in ticks_of(axis, scale):
            if name[0] == "x":
                style, turn = f"left:{scale.across(value)}%;top:calc(100% + 4px)", "translate(-50%)"
            elif axis.get("tickangle") is None:
                style, turn = f"right:calc(100% + 4px);top:{scale.down(value)}%;text-align:right", "translate(0,-50%)"
            else:
                style, turn = f"left:-10px;top:{scale.down(value)}%", "translate(-50%,-50%) rotate(-90deg)"
            yield _text(text, style, turn, font, default["font"])


def _titles(layout: Data, default: Data, margin: dict[str, float]) -> Iterator[str]:
    below, beside = (_title(_axis(layout, name)) for name in ("xaxis", "yaxis"))
    if below:
        style = f"left:50%;bottom:-{margin['b']}px"
        yield _text(below, style, "translate(-50%)", default["xaxis"]["title"]["font"], default["font"])
    if beside:
        style, turn = f"left:-{max(margin['l'] - 8, 12)}px;top:50%", "translate(-50%,-50%) rotate(-90deg)"
        yield _text(beside, style, turn, default["yaxis"]["title"]["font"], default["font"])


def _annotations(layout: Data, default: Data, scales: dict[str, Scale]) -> Iterator[str]:
    x, y = scales["xaxis"], scales["yaxis"]
    for note in layout.get("annotations", ()):
        style = f"left:calc({x.across(note['x'], raw=True)}% + {note.get('xshift', 0)}px)"
        style += f";top:calc({y.down(note['y'], raw=True)}% - {note.get('yshift', 0)}px)"
        if "bgcolor" in note:
            style += f";background:{note['bgcolor']}"
        across, down = _SHIFT[note.get("xanchor", "center")], _SHIFT[note.get("yanchor", "middle")]
        yield _text(note["text"], style, f"translate({across}%,{down}%)", note.get("font", {}), default["font"])
