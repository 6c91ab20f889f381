"""Placing labels beside marks so that none covers another label or a mark."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

CHARACTER_WIDTH = 6.6  # pixels of an average glyph at 12 px, measured generously: a label never turns out wider
LINE_HEIGHT = 15.0
GAP, AIR = 4.0, 2.0  # pixels between a mark and its label, and around a label
DISTANCES = (22.0, 38.0, 58.0, 82.0, 110.0, 140.0)  # how far from its mark a label may stand when a line leads to it
DIRECTIONS = tuple(math.radians(15 * step) for step in range(24))
Point = tuple[float, float]
Line = tuple[Point, Point]


@dataclass(frozen=True)
class Mark:
    """A mark in pixels; the order of a list of marks is the order in which labels are granted."""

    x: float
    y: float
    radius: float
    text: str  # lines are parted by a line break

    def size(self) -> tuple[float, float]:
        """Width and height of the text."""
        lines = self.text.split("\n")
        return max(map(len, lines)) * CHARACTER_WIDTH, len(lines) * LINE_HEIGHT


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

    def is_crossed(self, line: Line) -> bool:
        """Whether a straight line passes through."""
        (x0, y0), (x1, y1) = line
        steps = [index / 20 for index in range(21)]
        return any(self.left < x0 + t * (x1 - x0) < self.right and self.bottom < y0 + t * (y1 - y0) < self.top for t in steps)


@dataclass(frozen=True)
class Place:
    """Where a label stands: the point it is held at, by which of its edges, and the line from its mark if it stands apart."""

    x: float
    y: float
    xanchor: str
    yanchor: str
    box: Box
    leader: Line | None = None


@dataclass
class _Drawn:
    """What is there already."""

    frame: Box
    marks: Sequence[Mark]
    texts: list[Box]
    leaders: list[Line] = field(default_factory=list)

    def has_room(self, mark: Mark, place: Place) -> bool:
        if not place.box.is_inside(self.frame) or any(place.box.overlaps(text) for text in self.texts):
            return False
        if any(place.box.is_crossed(line) for line in self.leaders):
            return False
        if any(place.box.overlaps(_around(other)) for other in self.marks if other is not mark):
            return False
        return place.leader is None or self._is_free(mark, place.leader)

    def _is_free(self, mark: Mark, leader: Line) -> bool:
        if any(text.is_crossed(leader) for text in self.texts) or any(_cross(leader, line) for line in self.leaders):
            return False
        others = [other for other in self.marks if other is not mark and not _touch(mark, other)]
        return not any(_distance((other.x, other.y), leader) < other.radius for other in others)


def two_lines(text: str, width: int) -> list[str]:
    """A name in at most two lines of `width` characters, broken between words; what does not fit ends in an ellipsis."""
    if len(text) <= width:
        return [text]
    first, rest = wrap(text, width, max_lines=2, placeholder="…", break_long_words=True)[:2]
    return [first, rest]


def place_labels(marks: Sequence[Mark], width: float, height: float, *, obstacles: Sequence[Box] = ()) -> list[Place | None]:
    """A place for each label, or None where it fits nowhere (the hover text still names it).

    A label stands beside its mark, or where that is crowded some way off with a line that leads to it.
    """
    drawn = _Drawn(Box(0, 0, width, height), marks, list(obstacles))
    places: list[Place | None] = []
    for mark in marks:
        found = next((place for place in _candidates(mark) if drawn.has_room(mark, place)), None) if mark.text else None
        places.append(found)
        if found:
            drawn.texts.append(found.box)
            drawn.leaders += [found.leader] if found.leader else []
    return places


def _candidates(mark: Mark) -> Iterator[Place]:
    reach = mark.radius + GAP
    for across, up in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)):
        yield _held(mark, mark.x + across * reach, mark.y + up * reach, across, up)
    for distance in DISTANCES:
        for angle in DIRECTIONS:
            across, up = math.cos(angle), math.sin(angle)
            start = (mark.x + across * mark.radius, mark.y + up * mark.radius)
            end = (start[0] + across * distance, start[1] + up * distance)
            yield _held(mark, *end, across, up, leader=(start, end))


def _held(mark: Mark, x: float, y: float, across: float, up: float, *, leader: Line | None = None) -> Place:
    """The place of a label that begins at a point and leads away from its mark in a direction."""
    width, height = mark.size()
    if abs(across) > 0.5:
        xanchor, left = ("left", x) if across > 0 else ("right", x - width)
        return Place(x, y, xanchor, "middle", _airy(left, y - height / 2, width, height), leader)
    yanchor, bottom = ("bottom", y) if up > 0 else ("top", y - height)
    return Place(x, y, "center", yanchor, _airy(x - width / 2, bottom, width, height), leader)


def _airy(left: float, bottom: float, width: float, height: float) -> Box:
    return Box(left - AIR, bottom - AIR, left + width + AIR, bottom + height + AIR)


def _around(mark: Mark) -> Box:
    return Box(mark.x - mark.radius, mark.y - mark.radius, mark.x + mark.radius, mark.y + mark.radius)


def _touch(one: Mark, other: Mark) -> bool:
    return math.dist((one.x, one.y), (other.x, other.y)) < one.radius + other.radius


def _distance(point: Point, line: Line) -> float:
    (x0, y0), (x1, y1) = line
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = max(0.0, min(1.0, ((point[0] - x0) * (x1 - x0) + (point[1] - y0) * (y1 - y0)) / length)) if length else 0.0
    return math.dist(point, (x0 + along * (x1 - x0), y0 + along * (y1 - y0)))


def _cross(one: Line, other: Line) -> bool:
    return _side(one, other[0]) != _side(one, other[1]) and _side(other, one[0]) != _side(other, one[1])


def _side(line: Line, point: Point) -> bool:
    (x0, y0), (x1, y1) = line
    return (x1 - x0) * (point[1] - y0) > (y1 - y0) * (point[0] - x0)
