"""Exceptions from a hold, as sentences."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from feedback.gate.naming import Evidence, Names
from feedback.gate.overriding.rules import OVERRIDE_ACTIVE, Never, OverrideReason
from feedback.web.numerals import day_and_time


def reason_words(reason: OverrideReason) -> str:
    """Why an exception is wanted."""
    return {
        OverrideReason.EXPECTED: _("The customer expects to hear from us"),
        OverrideReason.DEADLINE: _("A tender or renewal that does not wait"),
        OverrideReason.KNOWN_OTHERWISE: _("We know something that the gate does not"),
        OverrideReason.SERVICE_NEED: _("What is to be sold mends what is wrong"),
        OverrideReason.OTHER: _("Another reason"),
    }[reason]


def never_words(why: Never) -> str:
    """Why there is no exception."""
    return {
        Never.NOT_HELD: _("Only a hold knows exceptions: a refusal, a wrong moment or a missing consent is no hold."),
        Never.DETRACTOR: _("There is no exception for a detractor: nothing is sold before they say that it is well again."),
        Never.SERIOUS_ISSUE: _("There is no exception while a serious problem is open."),
        Never.UNCONFIRMED_FIX: _("There is no exception before the customer says that it is mended."),
        Never.SILENT_DETRACTOR: _("There is no exception while somebody's last word was a detractor's."),
    }[why]


def _override_active(evidence: Evidence, names: Names) -> str:
    said = evidence["override"]
    return _(
        "%(name)s made an exception until %(until)s. Reason: %(reason)s",
        name=names.colleague(said["by"]),
        until=day_and_time(datetime.fromisoformat(said["until"])),
        reason=reason_words(OverrideReason(said["reason"])),
    )


def references(evidence: Evidence) -> list[dict[str, Any]]:
    """The exception that the reason rests on."""
    return [{"type": "gate_override", "id": evidence["override"]["id"]}]


WRITERS: dict[str, Callable[[Evidence, Names], str]] = {OVERRIDE_ACTIVE: _override_active}
