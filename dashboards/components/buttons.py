"""Buttons: a disabled one says what is missing."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboards.components.attributes import attributes

Component = Any


def button(label: str, id: Any, *, why_not: str | None = None, primary: bool = False, next_step: bool = False) -> Component:  # noqa: A002
    """A button that works, or one that says why it does not.

    Args:
        label: a verb: "Log the call".
        id: of the component whose `n_clicks` counts.
        why_not: what is missing; the button is disabled and says so on hover, on focus and to screen readers.
        primary: the one that is usually meant.
        next_step: the `e` key presses it.
    """
    if why_not:
        return disabled_button(label, why_not)
    extra = attributes(data_next_step="1") if next_step else {}
    return dmc.Button(label, id=id, variant="filled" if primary else "default", size="sm", **extra)


def disabled_button(label: str, why_not: str) -> Component:
    """A button that cannot be pressed now, and what is missing."""
    shown = html.Button(
        label,
        type="button",
        className="cl-button cl-disabled",
        title=why_not,
        **attributes(aria_disabled="true", aria_label=f"{label}. {why_not}"),
    )
    return dmc.Tooltip(
        shown, label=why_not, multiline=True, w=260, withArrow=True, events={"hover": True, "focus": True, "touch": True}
    )


def link_button(label: str, href: str, *, primary: bool = False, next_step: bool = False, download: bool = False) -> Component:
    """A link that looks like a button."""
    name = "cl-button cl-primary" if primary else "cl-button"
    extra = attributes(data_next_step="1") if next_step else {}
    if download:
        return html.A(label, href=href, className=name, download="", **extra)
    return (
        dcc.Link(label, href=href, className=name)
        if not extra
        else html.Span(dcc.Link(label, href=href, className=name), **extra)
    )
