"""Fields and buttons of the page of a plan; each names the part of the plan that it belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.dates import any_day, from_today, moment_field
from feedback.access.rules import Viewer

Component = Any


def field_id(part: str, name: str, of: int = 0) -> dict[str, Any]:
    """Of a field; `of` is the part that it is about, 0 for a new one."""
    return {"kind": "plan-field", "part": part, "name": name, "of": of}


def act_id(act: str, part: str, of: int = 0) -> dict[str, Any]:
    """Of a button: what it does to which part."""
    return {"kind": "plan-act", "act": act, "part": part, "of": of}


def act(label: str, does: str, part: str, of: int = 0, *, primary: bool = False, next_step: bool = False) -> Component:
    """A button."""
    return button(label, act_id(does, part, of), primary=primary, next_step=next_step)


def quiet(label: str, does: str, part: str, of: int, *, about: str) -> Component:
    """A small button beside a line; `about` tells screen readers which."""
    return dmc.Button(
        label, id=act_id(does, part, of), variant="subtle", size="compact-sm", **attributes(aria_label=f"{label}: {about}")
    )


def text(part: str, name: str, label: str, of: int = 0, **more: Any) -> Component:
    """One line."""
    return dmc.TextInput(id=field_id(part, name, of), label=label, size="sm", **more)


def area(part: str, name: str, label: str, of: int = 0, **more: Any) -> Component:
    """Several lines."""
    return dmc.Textarea(id=field_id(part, name, of), label=label, size="sm", autosize=True, minRows=2, **more)


def choice(
    part: str, name: str, label: str, options: Mapping[str, str] | Sequence[tuple[int, str]], of: int = 0, **more: Any
) -> Any:
    """One of several."""
    pairs = options.items() if isinstance(options, Mapping) else [(str(key), shown) for key, shown in options]
    data = [{"value": value, "label": shown} for value, shown in pairs]
    named = {"clearButtonProps": attributes(aria_label=_("Without “%(filter)s”", filter=label))} if more.get("clearable") else {}
    return dmc.Select(
        id=field_id(part, name, of), label=label, data=data, searchable=len(data) > 9, size="sm", **named, **more
    )  # fmt: skip


def day(viewer: Viewer, part: str, name: str, label: str, *, past: bool = False, **more: Any) -> Component:
    """A day; ahead, unless `past`."""
    clear = attributes(aria_label=_("No date"))
    limits = any_day() if past else from_today(viewer)
    return dmc.DateInput(
        id=field_id(part, name), label=label, clearable=True, size="sm", clearButtonProps=clear, **limits, **more
    )  # fmt: skip


def moment(viewer: Viewer, part: str, name: str, label: str, of: int = 0) -> Component:
    """A day and a time, also one that has passed."""
    return moment_field(viewer, field_id(part, name, of), label, minDate=None)


def amount(part: str, name: str, label: str) -> Component:
    """An amount of money."""
    return dmc.NumberInput(
        id=field_id(part, name), label=label, value="", hideControls=True, min=0, size="sm", clampBehavior="none"
    )  # fmt: skip
