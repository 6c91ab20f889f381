"""One palette for figures, chips and pages; light and dark; one Mantine theme and one Plotly template per scheme.

The four colours of a band come from the palette of Okabe and Ito ("Color Universal Design", 2008), which people with any
common colour vision tell apart; a letter or a shape always says the same.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from flask import has_request_context, request

SCHEME_COOKIE = "scheme"
Rgb: TypeAlias = str


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme; each has one meaning."""

    promoter: Rgb
    passive: Rgb
    detractor: Rgb
    unknown: Rgb
    accent: Rgb
    overdue: Rgb
    text: Rgb
    quiet: Rgb
    line: Rgb
    surface: Rgb
    ground: Rgb
    hover: Rgb
    # bands as text need more contrast than as a mark
    promoter_text: Rgb
    passive_text: Rgb
    detractor_text: Rgb
    unknown_text: Rgb


LIGHT = Palette(
    promoter="#009E73",
    passive="#C9B94B",
    detractor="#D55E00",
    unknown="#9AA0A6",
    accent="#0B63A5",
    overdue="#B3261E",
    text="#1B1F24",
    quiet="#5A636E",
    line="#DDE1E6",
    surface="#FFFFFF",
    ground="#F6F7F9",
    hover="#EEF2F6",
    promoter_text="#006B4E",
    passive_text="#6A5D00",
    detractor_text="#A34700",
    unknown_text="#555D66",
)
DARK = Palette(
    promoter="#1FB98B",
    passive="#D6C75E",
    detractor="#E8772E",
    unknown="#8A9199",
    accent="#6CB2EB",
    overdue="#FF8A80",
    text="#E6E9ED",
    quiet="#A3ACB7",
    line="#343A42",
    surface="#1C2026",
    ground="#14171B",
    hover="#262C33",
    promoter_text="#5ED6AE",
    passive_text="#E0D47E",
    detractor_text="#F5A470",
    unknown_text="#B4BBC3",
)
SHAPES = {"promoter": "triangle-up", "passive": "circle", "detractor": "square", "unknown": "diamond-open"}
GLYPHS = {"promoter": "▲", "passive": "●", "detractor": "◼", "unknown": "?"}
FONT = '"Inter", system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def scheme() -> str:
    """`light` or `dark`: what the viewer's browser shows (assets/early/scheme.js keeps the cookie)."""
    return "dark" if has_request_context() and request.cookies.get(SCHEME_COOKIE) == "dark" else "light"


def palette(name: str | None = None) -> Palette:
    """The palette of a scheme; by default the viewer's."""
    return DARK if (name or scheme()) == "dark" else LIGHT


def css_variables() -> str:
    """The palette as CSS variables `--cl-…` for both schemes."""

    def block(colours: Palette) -> str:
        return ";".join(f"--cl-{name.replace('_', '-')}:{value}" for name, value in asdict(colours).items())

    return f":root{{{block(LIGHT)};--cl-font:{FONT}}}[data-mantine-color-scheme=dark]{{{block(DARK)}}}"


def mantine_theme() -> dict[str, Any]:
    """The theme of every dash-mantine-components control."""
    shades = ["#E8F2FA", "#CFE3F3", "#A3C9E7", "#73AEDB", "#4C97D0", "#2F86C8", "#1C74B6", "#0B63A5", "#07528A", "#034171"]
    # the greys of Mantine's controls at night, from text to ground, as bluish as the palette
    greys = ["#C9CED6", DARK.quiet, DARK.unknown, "#3E454E", DARK.line, DARK.hover, DARK.surface, "#181B20"]
    night = [DARK.text, *greys, DARK.ground]
    return {
        "fontFamily": FONT,
        "headings": {"fontFamily": FONT, "fontWeight": "600"},
        "primaryColor": "accent",
        "primaryShade": {"light": 7, "dark": 6},
        "colors": {"accent": shades, "dark": night},
        "defaultRadius": "sm",
        "fontSizes": {"xs": "0.75rem", "sm": "0.8125rem", "md": "0.875rem", "lg": "1rem", "xl": "1.125rem"},
        "cursorType": "pointer",
        # what explains a field stands below it, so that fields beside each other stay in line
        "components": {"InputWrapper": {"defaultProps": {"inputWrapperOrder": ["label", "input", "description", "error"]}}},
    }


@lru_cache(maxsize=2)
def _template(name: str) -> dict[str, Any]:
    colours = palette(name)
    axis = {
        "gridcolor": colours.line,
        "linecolor": colours.line,
        "zerolinecolor": colours.line,
        "tickcolor": colours.line,
        "tickfont": {"color": colours.quiet, "size": 12},
        "title": {"font": {"color": colours.quiet, "size": 12}},
        "automargin": True,
    }
    layout = {
        "font": {"family": FONT, "color": colours.text, "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": [colours.accent, colours.promoter, colours.detractor, colours.passive, colours.unknown],
        "margin": {"l": 48, "r": 12, "t": 12, "b": 40},
        "xaxis": axis,
        "yaxis": axis,
        "hoverlabel": {"bgcolor": colours.surface, "bordercolor": colours.line, "font": {"color": colours.text, "size": 13}},
        "legend": {"orientation": "h", "font": {"color": colours.quiet}},
        "hovermode": "closest",
    }
    return {"layout": layout}


def template(name: str | None = None) -> dict[str, Any]:
    """The Plotly template of a scheme; by default the viewer's."""
    return _template(name or scheme())
