"""Fields for whole numbers. What somebody typed is never changed silently: a number that cannot be is said to be wrong."""

from typing import Any

import dash_mantine_components as dmc
from flask_babel import gettext as _

from feedback.kernel.errors import InvalidInput

Component = Any


def count_field(identity: Any, label: str, value: int | None, *, empty: str = "") -> Component:
    """A field for a whole number, which keeps what was typed until it is read by `whole_number`."""
    return dmc.NumberInput(
        id=identity,
        label=label,
        value=value if value is not None else "",
        placeholder=empty,
        clampBehavior="none",
        hideControls=True,
        size="sm",
    )


def whole_number(name: str, typed: Any, least: int, most: int) -> int | None:
    """What stands in a field; None when it is empty.

    Raises:
        InvalidInput: it is no whole number, or too small or too large; `name` says which field.
    """
    text = str(typed).strip() if typed is not None else ""
    if not text:
        return None
    try:
        value = int(text)
    except ValueError:
        value = int(float(text)) if _is_whole(text) else least - 1
    if not least <= value <= most:
        raise InvalidInput({name: [_("Write a whole number from %(least)s to %(most)s.", least=least, most=most)]})
    return value


def _is_whole(text: str) -> bool:
    try:
        return float(text).is_integer()
    except (ValueError, OverflowError):
        return False


def all_right(*numbers: tuple[str, Any, int, int]) -> dict[str, int | None]:
    """Several fields at once, so that every wrong one is named: (name, typed, least, most) each.

    Raises:
        InvalidInput: at least one is wrong.
    """
    found: dict[str, int | None] = {}
    errors: dict[str, Any] = {}
    for name, typed, least, most in numbers:
        try:
            found[name] = whole_number(name, typed, least, most)
        except InvalidInput as error:
            errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    return found
