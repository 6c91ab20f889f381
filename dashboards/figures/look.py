"""What the figures share beyond the theme's template."""

from typing import Any

from dashboards import theme
from dashboards.figures.chart import Figure
from dashboards.figures.wording import separators

CLEAR = "rgba(0, 0, 0, 0)"


def faded(colour: str, opacity: float) -> str:
    """A hex colour as rgba."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def axis(**values: Any) -> dict[str, Any]:
    """A quiet axis that cannot be dragged; `values` override."""
    return {"zeroline": False, "ticks": "", "fixedrange": True, "automargin": True} | values


def figure(height: int, margin: tuple[int, int, int, int], **layout: Any) -> Figure:
    """An empty figure of a height in pixels with margins (left, right, top, bottom)."""
    left, right, top, bottom = margin
    base: dict[str, Any] = {
        "template": theme.template(),
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom},
        "dragmode": False,
        "showlegend": False,
        "separators": separators(),
    }
    return Figure(**(base | layout))
