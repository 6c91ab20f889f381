"""What the form of a program says, and what of it is new: a page that stood open undoes nothing that others saved."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from dashboards.components.counts import all_right
from dashboards.mistakes import who_was_faster
from feedback.audit.meanwhile import ChangedMeanwhile
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.surveys import programs
from feedback.surveys.rules import Cadence
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

Said = Mapping[str, Any]


def save(program_id: int, said: Said, shown: Said, *, actor: str) -> None:
    """Store the fields that differ from what the form was shown with. Opens its own transaction.

    Raises:
        InvalidInput: a field is wrong; the message says which.
        Conflict: somebody changed the same field meanwhile.
    """
    before, after = read_form(shown), read_form(said)
    changed = {name: value for name, value in after.items() if value != before[name]}
    try:
        with transaction():
            programs.change_program(program_id, changed, actor=actor, seen=before)
    except ChangedMeanwhile as error:
        raise Conflict(who_was_faster(error, _labels())) from error


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "names": _("Name in other languages"),
        "active": _("In use"),
        "cadence": _("How often"),
        "next_wave_on": _("Next wave"),
        "draft_days": _("Days ahead that its draft is made"),
        "auto_start": _("On its day the wave"),
        "quarantine_days": _("Days before a person is asked again"),
        "reminder_days": _("Days until a reminder"),
        "fallbacks": _("Languages to fall back on, in order"),
    }


def read_form(said: Said) -> dict[str, Any]:
    """The columns of a program as the form says them.

    Raises:
        InvalidInput: a field is wrong.
    """
    name, day = (said.get("name") or "").strip(), said.get("next_wave_on")
    if not name:
        raise InvalidInput({"name": [_("Give it a name.")]})
    cadence = Cadence(said["cadence"])
    if cadence is not Cadence.NONE and not day:
        raise InvalidInput({"next_wave_on": [_("Say when the next wave is: the ones after it follow from that day.")]})
    names = {code: (said.get(f"name_{code}") or "").strip() for code in LANGUAGES}
    days = _days(said)
    return {
        "name": name[:255],
        "names": {code: text[:255] for code, text in names.items() if text},
        "active": said.get("active") != "no",
        "cadence": cadence,
        "next_wave_on": date.fromisoformat(day) if day else None,
        "draft_days": days["draft_days"] or 0,
        "auto_start": said.get("auto_start") == "yes",
        "quarantine_days": days["quarantine_days"],
        "reminder_days": [days[name] for name in ("reminder_1", "reminder_2") if days[name]],
        "fallbacks": [code.strip() for code in (said.get("fallbacks") or "").split(",") if code.strip()],
    }


def _days(said: Said) -> dict[str, int | None]:
    """The fields with numbers; an empty reminder, or one after 0 days, is none."""
    limits = {
        "draft_days": programs.LONGEST_DRAFT,
        "quarantine_days": programs.LONGEST_REST,
        "reminder_1": programs.LONGEST_REMINDER,
        "reminder_2": programs.LONGEST_REMINDER,
    }
    days = all_right(*((name, said.get(name), 0, most) for name, most in limits.items()))
    if days["reminder_2"] and not days["reminder_1"]:
        raise InvalidInput({"reminder_1": [_("A second reminder needs a first one.")]})
    return days
