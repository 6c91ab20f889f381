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


def consequences() -> Words:
    """What a customer did after somebody sold to them."""
    return {"complaint": _("Complained"), "opt_out": _("Wants no more offers"), "loss": _("Left us")}


def groups() -> Words:
    """Where an account stood when the gate was asked."""
    return {
        "promoter_low": _("Recommend us, buy little: the upsell group"),
        "promoter_high": _("Recommend us, buy much"),
        "detractor_low": _("Unhappy, buy little"),
        "detractor_high": _("Unhappy, buy much"),
        "passive": _("Content, not glad"),
        "unknown": _("What they think or buy elsewhere is not known"),
        "not_asked": _("Not known: nobody had asked the gate"),
    }


def screenings() -> Words:
    """Why a suggestion to sell was screened out, in a few words."""
    return {
        "seasonal_decline": _("The season explains the fall"),
        "usual_range": _("Spend moves by as much anyway"),
        "immaterial_decline": _("Too little money"),
        "no_decline": _("Spend did not fall"),
        "calendar_shift": _("Fewer working days"),
        "peer_move": _("The whole industry fell"),
        "data_correction": _("Credit notes or corrections"),
        "known_project_end": _("A project had ended"),
        "other": _("Another reason"),
    }
