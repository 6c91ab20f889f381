"""A figure as the plain data that plotly.js reads.

Plotly's own Python objects check and copy each value that is set or read; a page with three figures would spend most of its time
on that. What they would complain about, tests find: they hold each figure against Plotly's schema.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

Data = dict[str, Any]


class Figure:
    """Traces and layout, built in the words of Plotly's reference."""

    def __init__(self, **layout: Any) -> None:
        self.data: list[Data] = []
        self.layout: Data = layout

    def add_trace(self, trace: Data) -> None:
        """Draw one more trace, above the earlier ones."""
        self.data.append(trace)

    def add_annotation(self, **values: Any) -> None:
        """Write a text at a place."""
        self.layout.setdefault("annotations", []).append({name: _plain(value) for name, value in values.items()})

    def add_shape(self, **values: Any) -> None:
        """Draw a line or a box."""
        self.layout.setdefault("shapes", []).append(values)

    def update_layout(self, **values: Any) -> None:
        """Set parts of the layout; a dictionary adds to what is there."""
        for name, value in values.items():
            before = self.layout.get(name)
            self.layout[name] = before | value if isinstance(before, dict) and isinstance(value, dict) else value

    def update_xaxes(self, **values: Any) -> None:
        """Set the axis along the bottom."""
        self.update_layout(xaxis={name: _plain(value) for name, value in values.items()})

    def update_yaxes(self, **values: Any) -> None:
        """Set the axis along the left side."""
        self.update_layout(yaxis=values)

    def to_plotly_json(self) -> Data:
        """What stands in `dcc.Graph(figure=…)`."""
        return {"data": self.data, "layout": self.layout}


def scatter(**values: Any) -> Data:
    """Marks, lines, or an area."""
    return _trace("scatter", values)


def bar(**values: Any) -> Data:
    """Bars."""
    return _trace("bar", values)


def _trace(kind: str, values: Data) -> Data:
    return {"type": kind, **values, "x": _plain(values["x"]), "y": _plain(values["y"])}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, list) and _has_dates(value) else value


def _has_dates(values: Iterable[Any]) -> bool:
    return any(isinstance(value, date) for value in values)
