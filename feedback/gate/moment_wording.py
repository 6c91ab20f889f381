"""What speaks against the moment, as sentences."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from feedback.gate.naming import Evidence, Names
from feedback.web.numerals import day, day_and_time, number


def references(code: str, evidence: Evidence) -> list[dict[str, Any]]:
    """The rows that a reason about the moment rests on: sales contacts where it counts them, else the contact."""
    if code not in WRITERS:
        return []
    contacts = [id_ for block in _blocks(evidence, code) for id_ in block.get("sales_contacts", ())]
    if contacts:
        return [{"type": "sales_contact", "id": id_} for id_ in dict.fromkeys(contacts)]
    return [{"type": "contact", "id": evidence["contact_id"]}]


def _blocks(evidence: Evidence, code: str) -> list[Mapping[str, Any]]:
    return [block for block in evidence["timing"].get("because", ()) if block["why"] == code]


def _day(text: str) -> str:
    return day(date.fromisoformat(text[:10]))


def opens_at(evidence: Evidence) -> datetime | None:
    """From when on nothing speaks against it, as far as that is known."""
    until = evidence["timing"]["until"]
    return datetime.fromisoformat(until) if until else None


def _timing_deferred(evidence: Evidence, names: Names) -> str:
    timing, at = evidence["timing"], opens_at(evidence)
    if "because" not in timing:  # of a decision from before other reasons were known
        return _before_that_day(names.person(evidence["contact_id"]), timing["on"])
    if at is None:
        return _("This is not the moment, and nobody knows yet when it will be.")
    return _("This is not the moment; it can be tried from %(at)s.", at=day_and_time(at))


def _before_that_day(name: str, on: str) -> str:
    return _("%(name)s asked not to be approached before %(date)s.", name=name, date=_day(on))


def _not_now(block: Mapping[str, Any], names: Names) -> str:
    name, on = names.person(block["contact"]), _day(block["on"])
    sentences = {
        "holiday": _("%(name)s is away until %(date)s.", name=name, date=on),
        "budget_cycle": _("%(name)s has no budget before %(date)s.", name=name, date=on),
        "busy": _("%(name)s has no time before %(date)s.", name=name, date=on),
    }
    return sentences.get(block["reason"]) or _before_that_day(name, block["on"])


def _paused(block: Mapping[str, Any], names: Names) -> str:
    return _("%(name)s asked us to pause until %(date)s.", name=names.person(block["contact"]), date=_day(block["on"]))


def _cap(block: Mapping[str, Any], names: Names) -> str:
    values = {"count": number(block["count"]), "days": number(block["days"]), "date": _day(block["at"])}
    if block["of"] == "contact":
        name = names.person(block["contact"])
        return _(
            "%(name)s was approached %(count)s times within %(days)s days, last on %(date)s: that is enough.", name=name, **values
        )
    return _(
        "This customer was approached %(count)s times within %(days)s days by all of us, last on %(date)s: that is enough.",
        **values,
    )


def _colleague(block: Mapping[str, Any], names: Names) -> str:
    who, on = names.colleague(block["by"]), _day(block["at"])
    if block["contact"] is None:
        return _("%(seller)s approached this customer on %(date)s: two of us at once are too many.", seller=who, date=on)
    name = names.person(block["contact"])
    return _("%(seller)s approached %(name)s on %(date)s: two of us at once are too many.", seller=who, name=name, date=on)


def _cooldown(block: Mapping[str, Any], names: Names) -> str:
    return _("%(name)s declined an offer on %(date)s.", name=names.person(block["contact"]), date=_day(block["at"]))


def _of_block(write: Callable[[Mapping[str, Any], Names], str], code: str) -> Callable[[Evidence, Names], str]:
    def sentences(evidence: Evidence, names: Names) -> str:
        return " ".join(write(block, names) for block in _blocks(evidence, code))

    return sentences


def _quiet_hours(evidence: Evidence, names: Names) -> str:
    at = _blocks(evidence, "quiet_hours")[0]["local_time"]
    name = names.person(evidence["contact_id"])
    return _("Where %(name)s is, it is %(time)s: outside the hours in which we approach anybody.", name=name, time=at)


def _holiday(evidence: Evidence, names: Names) -> str:
    return _("Where %(name)s is, it is a public holiday.", name=names.person(evidence["contact_id"]))


def _no_time_zone(evidence: Evidence, names: Names) -> str:
    name = names.person(evidence["contact_id"])
    return _("Nobody knows in which time zone %(name)s is, so it may be night there.", name=name)


WRITERS: dict[str, Callable[[Evidence, Names], str]] = {
    "timing_deferred": _timing_deferred,
    "not_now_until": _of_block(_not_now, "not_now_until"),
    "paused_by_contact": _of_block(_paused, "paused_by_contact"),
    "cap_reached": _of_block(_cap, "cap_reached"),
    "other_team_contact_recent": _of_block(_colleague, "other_team_contact_recent"),
    "cooldown": _of_block(_cooldown, "cooldown"),
    "quiet_hours": _quiet_hours,
    "holiday": _holiday,
    "no_time_zone": _no_time_zone,
}
