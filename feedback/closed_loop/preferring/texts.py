"""The words of the preference centre, plain enough for somebody who has never heard of a purpose."""

from flask_babel import gettext as _

from feedback.permission.rules import Channel, Purpose

COLUMNS = ("paused_from", "paused_until", "not_now_until", "not_now_reason", "preferred_channel", "best_hours")


def purposes() -> dict[Purpose, tuple[str, str]]:
    """What each purpose is called, and what it means where no notice is published."""
    return {
        Purpose.OFFERS: (_("Offers from us"), _("We tell you about products and services of ours that may suit you.")),
        Purpose.PARTNER_OFFERS: (
            _("Offers from our partners"),
            _("We tell you about products of companies that we work with. They do not get your address from us."),
        ),
        Purpose.FEEDBACK: (_("Questions about your experience"), _("We ask you now and then how satisfied you are with us.")),
    }


def channels() -> dict[Channel, str]:
    """How we may reach somebody."""
    return {
        Channel.EMAIL: _("By e-mail"),
        Channel.PHONE: _("By phone"),
        Channel.SMS: _("By text message"),
        Channel.VISIT: _("By a visit"),
        Channel.POST: _("By post"),
    }


def ways() -> dict[str, str]:
    """How somebody likes best to be reached."""
    return {
        "email": _("E-mail"),
        "phone": _("Phone"),
        "sms": _("Text message"),
        "visit": _("A visit"),
        "post": _("Letter"),
    }


def hours() -> dict[str, str]:
    """When somebody likes to be reached."""
    return {"morning": _("In the morning"), "afternoon": _("In the afternoon"), "evening": _("In the evening")}


def reasons() -> dict[str, str]:
    """Why somebody wants no offers for a while."""
    return {
        "holiday": _("I am away"),
        "budget_cycle": _("Our budget is not open yet"),
        "busy": _("I have no time at the moment"),
        "other": _("Another reason"),
    }
