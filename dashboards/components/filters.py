"""The filter bar: controls that write the address, so that a view can be bookmarked, mailed and left with Back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.panels import notice
from dashboards.page import Query

Component = Any
WIDE_FROM = 13  # characters


@dataclass(frozen=True)
class Filter:
    """One control. `name` is the parameter of the address.

    Without `options` (None) it is a text field. `empty` is the option that stands for "no parameter" (for example `mine`);
    without it the control can be cleared, and then shows `label`.
    """

    name: str
    label: str
    options: Sequence[tuple[str, str]] | None = None
    empty: str = ""
    searchable: bool = False
    closed: bool = False  # there are no other options than these: an unknown one in the address counts as none
    hidden: bool = False  # clicks on the page set it, there is no control


def filter_bar(filters: Sequence[Filter], query: Query) -> Component:
    """The controls of a page, holding what the address says."""
    shown = [item for item in filters if not item.hidden]
    if not shown:
        return html.Div(className="cl-filters")
    controls = [_control(item, query.get(item.name)) for item in shown]
    is_set = any(query.get(item.name) for item in shown)
    # assets/clientside.js shows and hides it as the address changes
    clear = dcc.Link(
        _("Clear the filters"),
        href=query.path,
        id={"kind": "clear-filters", "path": query.path},
        className="cl-clear" if is_set else "cl-clear cl-gone",
    )
    return html.Div([*controls, clear], className="cl-filters", role="search", **attributes(aria_label=_("Filters")))


def unknown_values(filters: Sequence[Filter], query: Query) -> Component:
    """What the address asks for and the page does not know, and what is shown instead; None when it knows everything."""
    texts = [text for item in filters if (text := _what_instead(item, query.get(item.name)))]
    return notice(texts) if texts else None


def _what_instead(item: Filter, value: str) -> str | None:
    names = dict(item.options or ())
    if not value or item.options is None or value in names:
        return None
    said = {"value": value[:40], "filter": item.label}
    if item.empty:
        default = names[item.empty]
        return _("“%(value)s” is not known as “%(filter)s”: “%(shown)s” is shown instead.", shown=default, **said)
    if item.closed:
        return _("“%(value)s” is not known as “%(filter)s” and is left out.", **said)
    return _("“%(value)s” is not known as “%(filter)s”: only what carries just this is shown, if there is any.", **said)


def _control(item: Filter, value: str) -> Component:
    identity = {"kind": "filter", "name": item.name, "empty": item.empty}
    if item.options is None:
        return dmc.TextInput(
            id=identity,
            value=value,
            placeholder=item.label,
            debounce=350,
            size="sm",
            className="cl-filter",
            **attributes(aria_label=item.label),
        )
    known = [name for name, _label in item.options]
    extra = []
    if value and value not in known:
        if item.empty or item.closed:
            value = ""  # the page takes it for none
        else:  # an old bookmark: say what it asks for, do not hide it
            extra = [(value, _("%(value)s (unknown)", value=value[:40]))]
    return dmc.Select(
        id=identity,
        value=value or item.empty or None,
        data=[{"value": name, "label": label} for name, label in [*item.options, *extra]],
        placeholder=item.label,
        clearable=not item.empty,
        allowDeselect=not item.empty,
        nothingFoundMessage=_("Nothing to choose from yet"),
        searchable=item.searchable or len(item.options) > 9,
        size="sm",
        className=_width(item.label, extra),
        checkIconPosition="right",
        comboboxProps={"withinPortal": True},
        clearButtonProps={"aria-label": _("Without “%(filter)s”", filter=item.label)},
        **attributes(aria_label=item.label),
    )


def _width(label: str, extra: Sequence[object]) -> str:
    """The name of a filter without a choice is read in the field itself, so long ones need room."""
    if extra:
        return "cl-filter cl-filter-long"
    return "cl-filter cl-filter-wide" if len(label) > WIDE_FROM else "cl-filter"
