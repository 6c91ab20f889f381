"""Words about selling: how a sales contact ended, and how it stands to the gate's answers."""

from flask_babel import gettext as _

from dashboards.components.words import Words


def contact_outcomes() -> Words:
    """How a sales contact ended."""
    return {
        "sold": _("Sold"),
        "interested": _("Interested"),
        "not_now": _("Not now"),
        "declined": _("Declined"),
        "lost": _("Bought elsewhere"),
        "no_answer": _("No answer"),
        "other": _("Something else"),
    }


def matches() -> Words:
    """What the gate had said about a sales contact."""
    return {
        "valid": _("The gate had allowed it"),
        "without": _("Without asking the gate"),
        "against": _("Against the gate's answer"),
    }


def not_now_reasons() -> Words:
    """Why somebody wants to be left alone."""
    return {"holiday": _("Away"), "budget_cycle": _("Budget is not open"), "busy": _("Busy"), "other": _("Another reason")}
