"""Links that narrow what is shown; a chosen one says so to the eye and to a screen reader."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

Component = Any


def chip(
    content: Sequence[Component] | str, href: str, *, chosen: bool, large: bool = False, title: str | None = None
) -> Component:
    """A small link in a row of them; following a chosen one takes the narrowing back."""
    inner: list[Component] = [content] if isinstance(content, str) else list(content)
    if chosen:
        inner.append(html.Span(_("chosen"), className="cl-hidden"))
    wanted = {"cl-chip": True, "cl-chip-large": large, "cl-chosen": chosen}
    return dcc.Link(inner, href=href, className=" ".join(name for name, is_so in wanted.items() if is_so), title=title)


def chips(links: Sequence[Component]) -> Component:
    """A row of them."""
    return html.Div(list(links), className="cl-chips")
