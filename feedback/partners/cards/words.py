"""What the card calls the bands and plays; the same words as the pages use."""

from collections.abc import Mapping

from flask_babel import gettext as _


def fact_words() -> Mapping[str, Mapping[str, str]]:
    """By input, by band."""
    return {
        "advocacy": {
            "promoter": _("Promoter"),
            "passive": _("Passive"),
            "detractor": _("Detractor"),
            "unknown": _("Not heard"),
        },
        "share_of_wallet": {"high": _("High share"), "low": _("Low share"), "unknown": _("Share unknown")},
        "issues": {
            "none": _("No open issue"),
            "minor_open": _("Minor issue open"),
            "fixed_unverified": _("Fix not confirmed"),
            "major_open": _("Major issue open"),
        },
        "consent": {"allowed": _("Allowed"), "not_recorded": _("Not recorded"), "refused": _("Refused")},
        "timing": {"open": _("A good time to call"), "deferred": _("Not now")},
    }


def play_words() -> Mapping[str, str]:
    """What to do with the account."""
    return {
        "upsell": _("Upsell"),
        "upsell_with_briefing": _("Upsell, with a briefing"),
        "nurture": _("Nurture"),
        "qualify_wallet": _("Ask about spend"),
        "protect_and_refer": _("Protect and refer"),
        "protect": _("Protect"),
        "survey_first": _("Ask first"),
        "verify_fix": _("Check the fix"),
        "fix_first": _("Fix first"),
        "fix_basics": _("Fix the basics"),
        "recover_now": _("Recover now"),
    }
