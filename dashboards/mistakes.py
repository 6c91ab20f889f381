"""What was wrong with a form: in one sentence for the corner of the page, and beside each field that it is about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dash import callback_context, set_props
from flask_babel import gettext as _

from feedback.audit.meanwhile import ChangedMeanwhile
from feedback.kernel.errors import DomainError, InvalidInput
from feedback.reporting.actors import names_of

_HELD = ("value", "checked")  # the properties in which fields hold what was typed, chosen or ticked
_PLACES = {
    "audience": "accounts",
    "reminder_days": "reminder_1",
    "reach": "account_ids",
}  # where the form has another name than the API


def in_words(error: DomainError) -> str:
    """All that was wrong, each thing once."""
    if not isinstance(error, InvalidInput) or not error.errors:
        return error.message
    return " ".join(dict.fromkeys(text for texts in error.errors.values() for text in texts))


def mark_fields(errors: Mapping[str, Sequence[str]]) -> None:
    """Say it beside the fields that this callback was given, and clear those that are right now."""
    said = {_PLACES.get(name, name): " ".join(texts) for name, texts in errors.items()}
    for field in _fields():
        set_props(field, {"error": said.get(_name_of(field))})


def reason_given(reason: str | None, note: str | None, *, field: str = "reason") -> tuple[str, str]:
    """The reason and the few words with which something is done to somebody's answer or invitation; `field` names the first.

    Raises:
        InvalidInput: one of them is missing.
    """
    words = (note or "").strip()
    if reason and words:
        return reason, words
    hints = {field: None if reason else _("Choose a reason."), "note": None if words else _("Say in a few words why.")}
    raise InvalidInput({name: [hint] for name, hint in hints.items() if hint})


def who_was_faster(error: ChangedMeanwhile, labels: Mapping[str, str]) -> str:
    """That somebody, by name, has changed the same fields since the form was drawn; `labels` are those of the form."""
    fields, name = ", ".join(f"“{labels[field]}”" for field in error.fields), names_of([error.by]).get(error.by)
    if name is None:
        return _("Changed meanwhile: %(fields)s. Nothing was saved: load the page again, then write yours.", fields=fields)
    return _(
        "%(name)s has changed meanwhile: %(fields)s. Nothing was saved: load the page again, then write yours.",
        name=name,
        fields=fields,
    )


def clear_marks() -> None:
    """The form was taken: no field is wrong any more."""
    mark_fields({})


def _fields() -> Iterator[Any]:
    for state in callback_context.states_list:
        for one in state if isinstance(state, list) else [state]:
            if one["property"] in _HELD:
                yield one["id"]


def _name_of(field: str | Mapping[str, str]) -> str:
    """`name` of {"kind": "wave-field", "name": "name"}, `note` of "take-off-note"."""
    return field.rpartition("-")[2] if isinstance(field, str) else field.get("name", "")
