"""What only shows something, as HTML in one component instead of one component per element.

Most of a page is text, tables and links. The program in the browser needs about half a millisecond for each component, whatever
it shows, and a list has a thousand: so everything that no callback and no control is part of goes to the browser as a piece of
HTML, and `assets/pieces.js` puts it there and follows its links.
"""

from copy import copy
from typing import Any, NamedTuple

from dash.development.base_component import Component

from dashboards.still.markup import NAMES, PIECE, VOID, WAITS, Props, attributes_of, escape_text, props_of

_KEPT = WAITS | {"form", "iframe", "script", "style"}  # elements that do something
_LINK = frozenset({"children", "href", "className", "title", "style"})


class Piece(Component):
    """An element of which only the outside is a component: `tag`, its `outer` attributes and the `html` inside."""

    _namespace = "closedloop"
    _type = PIECE
    _children_props: list[str] = []
    _base_nodes: list[str] = []
    _prop_names = ["tag", "outer", "html"]
    _valid_wildcard_attributes: list[str] = []

    def __init__(self, tag: str, outer: Props, html: str) -> None:
        # not Dash's own: it prepares an error message for each property that is set
        self.tag, self.outer, self.html = tag, outer, html


class _Read(NamedTuple):
    """Content for the program, and as HTML if it only shows something."""

    content: Any
    html: str | None


def in_pieces(content: Any) -> Any:
    """The same content with every part that only shows something as one `Piece`."""
    return _read(content).content


def _read(content: Any) -> _Read:
    if content is None or isinstance(content, bool):
        return _Read(content, "")
    if isinstance(content, list | tuple):
        parts = [_read(one) for one in content]
        html = [part.html for part in parts if part.html is not None]
        return _Read([part.content for part in parts], "".join(html) if len(html) == len(parts) else None)
    return _component(content) if isinstance(content, Component) else _Read(content, escape_text(content))


def _component(component: Component) -> _Read:
    inner = _read(getattr(component, "children", None))
    props = props_of(component)
    if inner.html is not None and _only_shows(component, props):
        return _piece(component, props, inner.html)
    if inner.content is None or isinstance(inner.content, str | int | float):
        return _Read(component, None)
    around = copy(component)
    around.children = inner.content
    return _Read(around, None)


def _only_shows(component: Component, props: Props) -> bool:
    if component._type == "Link":
        return _LINK.issuperset(props)
    if component._namespace != "dash_html_components" or component._type.lower() in _KEPT:
        return False
    return all(name in NAMES or name in {"children", "style"} or name.startswith(("aria-", "data-")) for name in props)


def _piece(component: Component, props: Props, inner: str) -> _Read:
    tag = component._type.lower()
    if component._type == "Link":  # on its own it can stay what it is
        return _Read(component, f"<a{attributes_of(props)} data-page>{inner}</a>")
    if tag in VOID:
        return _Read(component, f"<{tag}{attributes_of(props)}>")
    outer = {name: value for name, value in props.items() if name != "children"}
    return _Read(Piece(tag, outer, inner), f"<{tag}{attributes_of(props)}>{inner}</{tag}>")
