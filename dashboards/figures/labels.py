"""Placing labels beside marks so that none covers another label or a mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

CHARACTER_WIDTH = 6.6  # pixels of an average glyph at 12 px, measured generously: a label never turns out wider
LINE_HEIGHT = 15.0
GAP = 4.0


@dataclass(frozen=True)
class Mark:
    """A mark in pixels; the order of a list of marks is the order in which labels are granted."""

    x: float
    y: float
    radius: float
    text: str


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share any area."""
        return self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top

    def is_inside(self, other: "Box") -> bool:
        """Whether no part sticks out of `other`."""
        return self.left >= other.left and self.right <= other.right and self.bottom >= other.bottom and self.top <= other.top


def two_lines(text: str, width: int) -> list[str]:
    """A name in at most two lines of `width` characters, broken between words; what does not fit ends in an ellipsis."""
    if len(text) <= width:
        return [text]
    first, rest = wrap(text, width, max_lines=2, placeholder="…", break_long_words=True)[:2]
    return [first, rest]


def place_labels(marks: Sequence[Mark], width: float, height: float, *, obstacles: Sequence[Box] = ()) -> list[str | None]:
    """A Plotly text position for each mark, or None where a label fits nowhere (the hover text still names it)."""
    frame = Box(0, 0, width, height)
    bubbles = [Box(m.x - m.radius, m.y - m.radius, m.x + m.radius, m.y + m.radius) for m in marks]
    texts = list(obstacles)
    positions: list[str | None] = []
    for index, mark in enumerate(marks):
        if not mark.text:
            positions.append(None)
            continue
        others = bubbles[:index] + bubbles[index + 1 :] + texts
        found = next(
            (
                (position, box)
                for position, box in _candidates(mark)
                if box.is_inside(frame) and not any(box.overlaps(other) for other in others)
            ),
            None,
        )
        positions.append(found[0] if found else None)
        if found:
            texts.append(found[1])
    return positions


def _candidates(mark: Mark) -> list[tuple[str, Box]]:
    width, reach = len(mark.text) * CHARACTER_WIDTH, mark.radius + GAP
    middle, half = LINE_HEIGHT / 2, width / 2
    return [
        ("middle right", Box(mark.x + reach, mark.y - middle, mark.x + reach + width, mark.y + middle)),
        ("middle left", Box(mark.x - reach - width, mark.y - middle, mark.x - reach, mark.y + middle)),
        ("top center", Box(mark.x - half, mark.y + reach, mark.x + half, mark.y + reach + LINE_HEIGHT)),
        ("bottom center", Box(mark.x - half, mark.y - reach - LINE_HEIGHT, mark.x + half, mark.y - reach)),
    ]
