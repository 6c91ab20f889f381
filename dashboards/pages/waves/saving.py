"""What the form of a wave says, and what of it is new: a page that stood open overwrites nothing that others saved."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from flask_babel import gettext as _

from dashboards.components.counts import all_right
from dashboards.mistakes import who_was_faster
from feedback.audit.meanwhile import ChangedMeanwhile
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.listening import service
from feedback.listening.drafts import WaveDraft
from feedback.listening.rules.states import QuarantineMode
from feedback.uow import transaction

Said = Mapping[str, Any]
LIMITS = {
    "per_day": (1, 1_000_000),
    "account_gap_days": (0, 90),
    "callbacks_per_owner_day": (1, 1000),
    "not_heard_days": (1, 3650),
}
_BY_ITSELF = ("survey", "starts_on", "ends_on")  # the form offers no survey that is switched off, and no day that has passed


def save(wave_id: int, said: Said, shown: Said, seen: WaveDraft, *, actor: str) -> None:
    """Store the fields that differ from what the form was `shown` with, for the draft as it was `seen` then.

    Raises:
        InvalidInput: a field is wrong; the message says which.
        Conflict: somebody changed the same field meanwhile.
    """
    before, after = read_form(shown), read_form(said)
    names = [name for name in WaveDraft.__slots__ if getattr(after, name) != getattr(before, name) or name in _BY_ITSELF]
    draft = replace(seen, **{name: getattr(after, name) for name in names})
    try:
        with transaction():
            service.change_wave(wave_id, draft, actor=actor, seen=seen)
    except ChangedMeanwhile as error:
        raise Conflict(who_was_faster(error, _labels())) from error


def _labels() -> dict[str, str]:
    return {
        "survey": _("Survey"),
        "name": _("Name of the wave"),
        "starts_on": _("First day"),
        "ends_on": _("Last day for first mails"),
        "audience": _("Who"),
        "per_day": _("First mails a day at most"),
        "account_gap_days": _("Days between two people of one account"),
        "callbacks_per_owner_day": _("Call-backs an owner can make a day"),
        "quarantine": _("Whoever was asked not long ago"),
    }


def in_store(draft: WaveDraft) -> dict[str, Any]:
    """A draft as a page keeps it."""
    days = {"starts_on": draft.starts_on.isoformat(), "ends_on": draft.ends_on.isoformat()}
    return asdict(draft) | days | {"quarantine": draft.quarantine.value}


def from_store(kept: Said) -> WaveDraft:
    """A draft as `in_store` wrote it."""
    days = {name: date.fromisoformat(kept[name]) for name in ("starts_on", "ends_on")}
    return WaveDraft(**{**kept, **days, "quarantine": QuarantineMode(kept["quarantine"])})


def read_form(said: Said) -> WaveDraft:
    """The draft that the form describes.

    Raises:
        InvalidInput: a field is wrong.
    """
    name, days = (said.get("name") or "").strip(), [_day(said.get(field)) for field in ("starts_on", "ends_on")]
    starts_on, ends_on = days
    if not name or not said.get("survey") or starts_on is None or ends_on is None:
        wanted = {"survey": said.get("survey"), "name": name, "starts_on": starts_on, "ends_on": ends_on}
        hints = {"survey": _("Choose a survey."), "name": _("Give it a name.")}
        raise InvalidInput({field: [hints.get(field, _("Choose a day."))] for field, value in wanted.items() if not value})
    counts = all_right(*((field, said.get(field), *limits) for field, limits in LIMITS.items()))
    return WaveDraft(
        survey=said["survey"],
        name=name[:255],
        starts_on=starts_on,
        ends_on=ends_on,
        audience=read_audience(said, counts["not_heard_days"]),
        per_day=counts["per_day"],
        account_gap_days=counts["account_gap_days"] or 0,
        callbacks_per_owner_day=counts["callbacks_per_owner_day"],
        quarantine=QuarantineMode(said.get("quarantine") or QuarantineMode.BLOCK.value),
    )


def read_audience(said: Said, days: int | None) -> dict[str, Any]:
    """Whom the form names, as `Audience.from_json` reads it."""
    names = ("roles", "tiers", "segments", "regions", "countries", "industries")
    found: dict[str, Any] = {name: list(said[name]) for name in names if said.get(name)}
    owners = [int(value) for value in said.get("owner_ids") or ()]
    accounts = list(dict.fromkeys(said.get("accounts", "").split())) if said.get("accounts") else []
    more = {"owner_ids": owners, "accounts": accounts, "not_heard_days": days}
    return found | {name: value for name, value in more.items() if value}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
