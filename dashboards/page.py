"""What a page is, and the address it answers to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from dash import Dash

from feedback.access.rules import Viewer
from feedback.kernel.db import MAX_ID

if TYPE_CHECKING:
    from dashboards.components.filters import Filter

PREFIX = "/app/"
Component = Any


@dataclass(frozen=True)
class Query:
    """The address of a page: its path, the numbers in it, and its parameters."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """A parameter, or the default."""
        return self.params.get(name) or default

    def number(self, name: str, default: int, *, most: int = 1_000_000) -> int:
        """A whole number ≥ 0 from the address; anything else is the default, because people edit addresses by hand."""
        text = self.get(name)
        return min(int(text), most) if re.fullmatch(r"[0-9]{1,9}", text) else default

    def link(self, **changes: object) -> str:
        """The address of the same page with some parameters changed; None or '' removes one."""
        return self.path + self.search(**changes)

    def search(self, **changes: object) -> str:
        """The `?…` part of `link`."""
        merged = {**self.params, **{name: "" if value is None else str(value) for name, value in changes.items()}}
        kept = {name: value for name, value in merged.items() if value}
        return "?" + urlencode(kept) if kept else ""


def parse_search(search: str | None) -> dict[str, str]:
    """`?a=1&b=2` → the last value of each parameter."""
    return {name: values[-1] for name, values in parse_qs((search or "").lstrip("?")).items()}


def _no_filters(viewer: Viewer) -> "Sequence[Filter]":
    return ()


def _no_callbacks(app: Dash) -> None:
    return None


@dataclass(frozen=True)
class Page:
    """One page: where it stands, who may open it, what it shows."""

    path: str  # "/app/accounts/<id>"; a name in <> is a whole number
    permission: str
    title: Callable[[Viewer, Query], str]
    body: Callable[[Viewer, Query], Component]
    filters: "Callable[[Viewer], Sequence[Filter]]" = _no_filters
    register: Callable[[Dash], None] = _no_callbacks

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[0-9]{1,10})", self.path) + "/?")

    def match(self, path: str, search: str | None = "") -> Query | None:
        """The query if this page answers to the path."""
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        ids = {name: int(text) for name, text in found.groupdict().items()}
        if any(value > MAX_ID for value in ids.values()):
            return None
        return Query(path.rstrip("/"), parse_search(search), ids)


@dataclass(frozen=True)
class FirstPage:
    """What stands at an address when somebody comes from outside; `shown` is the path drawn, None for a page that failed."""

    path: str
    search: str
    head: Component
    body: Component
    title: str
    shown: str | None
