"""Components as HTML. Links work, controls wait for the program, figures are drawn once without it."""

from collections.abc import Callable
from html import escape
from typing import Any

from dash.development.base_component import Component

from dashboards.components.dates import in_digits
from dashboards.still.figure import still_figure

NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "dateTime": "datetime", "colSpan": "colspan"}
NAMES |= {"rowSpan": "rowspan", "scope": "scope", "title": "title", "role": "role", "href": "href", "target": "target"}
NAMES |= {"download": "download", "open": "open", "lang": "lang", "hidden": "hidden", "type": "type", "src": "src", "alt": "alt"}
NAMES |= {"sandbox": "sandbox", "referrerPolicy": "referrerpolicy"}
VOID = frozenset({"br", "hr", "img", "input", "wbr"})
WAITS = frozenset({"button", "input", "select", "textarea"})
_NOTHING = frozenset(
    {"Store", "Location", "NotificationContainer", "Modal", "Interval", "Download", "MenuDropdown", "Drawer", "PopoverDropdown"}
)
_FIELDS = frozenset(
    {"TextInput", "Select", "MultiSelect", "NumberInput", "DateTimePicker", "DatePickerInput", "DateInput", "Textarea"}
)
PIECE = "Piece"
Props = dict[str, Any]


def still_markup(content: Any) -> str:
    """The HTML of a component, a text, a number, or a list of them."""
    if content is None or isinstance(content, bool):
        return ""
    if isinstance(content, list | tuple):
        return "".join(still_markup(one) for one in content)
    if not isinstance(content, Component):
        return escape_text(content)
    name: str = content._type
    if name in _NOTHING:
        return ""
    props = props_of(content)
    if content._namespace == "dash_html_components":
        return _element(name.lower(), props)
    if name == PIECE:
        return f"<{props['tag']}{attributes_of(props['outer'])}>{props['html']}</{props['tag']}>"
    return _OTHERS.get(name, _box)(props) if name not in _FIELDS else _field(props)


def escape_text(content: Any) -> str:
    """A text or number between tags."""
    return escape(str(content), quote=False)


def props_of(component: Component) -> Props:
    """Everything that is set on a component."""
    given = vars(component).items()
    return {name: value for name, value in given if value is not None and not name.startswith(("_", "available_"))}


def attributes_of(props: Props) -> str:
    """What stands in the opening tag; unknown properties are left out."""
    return "".join(_attribute(name, props[name]) for name in sorted(props))


def _element(tag: str, props: Props) -> str:
    attributes = attributes_of(props)
    if tag in WAITS:
        attributes += " disabled"
    return f"<{tag}{attributes}>" if tag in VOID else f"<{tag}{attributes}>{still_markup(props.get('children'))}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if name == "style":
        return f' style="{escape(_style(value))}"'
    known = NAMES.get(name) or (name if name.startswith(("aria-", "data-")) else None)
    if known is None or value is False:
        return ""
    return f" {known}" if value is True else f' {known}="{escape(str(value))}"'


def _style(values: dict[str, Any]) -> str:
    names = {name: "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name) for name in values}
    return ";".join(
        f"{names[name]}:{f'{value}px' if isinstance(value, int) and value else value}" for name, value in values.items()
    )


def _box(props: Props) -> str:
    return f'<div class="{escape(props.get("className", ""))}">{still_markup(props.get("children"))}</div>'


def _inside(props: Props) -> str:
    return still_markup(props.get("children"))


def _button(props: Props) -> str:
    look = "cl-button cl-primary" if props.get("variant") == "filled" else "cl-button"
    return _element("button", {"type": "button", **props, "className": props.get("className") or look})


def _plain_button(props: Props) -> str:
    return _element("button", {"type": "button", **props, "className": f"cl-still-plain {props.get('className', '')}"})


def _field(props: Props) -> str:
    label = f"<label>{escape(props['label'])}</label>" if isinstance(props.get("label"), str) else ""
    options = {one["value"]: one["label"] for one in props.get("data", []) if isinstance(one, dict) and "value" in one}
    value = in_digits(props["value"], props["valueFormat"]) if {"value", "valueFormat"} <= props.keys() else props.get("value")
    shown = options.get(value, value) if isinstance(value, str | int | float) else ""
    wanted = {"aria-label": props.get("aria-label"), "placeholder": props.get("placeholder"), "value": shown}
    given = "".join(f' {name}="{escape(str(text))}"' for name, text in wanted.items() if text)
    left, right = (_side(side, props.get(f"{side}Section")) for side in ("left", "right"))
    wide = f' style="max-width:{props["w"]}px"' if isinstance(props.get("w"), int) else ""
    name = escape(props.get("className", ""))
    below = f'<div class="cl-note">{escape(props["description"])}</div>' if isinstance(props.get("description"), str) else ""
    return f'<div class="cl-still-field {name}"{wide}>{label}{left}<input disabled{given}>{right}{below}</div>'


def _side(side: str, content: Any) -> str:
    return f'<span class="cl-still-{side}">{still_markup(content)}</span>' if content is not None else ""


def _skeleton(props: Props) -> str:
    size = {"height": props.get("height", 18), "width": props.get("width", "90%")}
    return f'<div class="cl-still-bar" style="{_style(size)}"></div>'


def _graph(props: Props) -> str:
    return still_figure(props["figure"])


_OTHERS: dict[str, Callable[[Props], str]] = {
    "Link": lambda props: _element("a", props),
    "Graph": _graph,
    "Button": _button,
    "UnstyledButton": _plain_button,
    "ActionIcon": _plain_button,
    "Skeleton": _skeleton,
    "Kbd": lambda props: _element("kbd", props),
    "Input": lambda props: "" if props.get("type") == "hidden" else _field(props),
    **dict.fromkeys(
        ("MantineProvider", "DatesProvider", "Tooltip", "Menu", "MenuTarget", "Popover", "PopoverTarget", "Loading"), _inside
    ),
}
