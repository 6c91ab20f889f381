"""Words for what stands on the privacy officer's page."""

from flask_babel import gettext as _

from dashboards.components.words import Words


def kinds() -> Words:
    """What people ask by right."""
    return {
        "access": _("To see what is held"),
        "erasure": _("To be erased"),
        "objection": _("To be left alone"),
        "rectification": _("To have something corrected"),
        "portability": _("To take their data along"),
    }


def states() -> Words:
    """How far a request is."""
    return {"open": _("Not done yet"), "done": _("Done"), "refused": _("Refused, with a reason")}


def stances() -> Words:
    """What a country allows without a yes."""
    return {
        "consent_required": _("Only with a yes"),
        "legitimate_interest": _("Allowed with a notice, until a no"),
        "never": _("Never"),
    }


def purposes() -> Words:
    """What we want to use the contact for."""
    return {
        "offers": _("Offers"),
        "partner_offers": _("Offers of partners"),
        "feedback": _("Questions about opinions"),
        "service": _("Service"),
    }


def coverages() -> Words:
    """What an entry of the stop list keeps away."""
    return {"surveys": _("Surveys"), "offers": _("Offers"), "all": _("Offers and surveys")}


def reasons() -> Words:
    """Why somebody stands on the stop list."""
    return {
        "unsubscribed": _("Wants no survey mails"),
        "complaint": _("Complained"),
        "hard_bounce": _("The address does not exist"),
        "manual": _("Entered by hand"),
        "objection": _("Objected"),
        "legal": _("For legal reasons"),
        "register": _("In a public register"),
    }


def actions() -> Words:
    """What somebody said."""
    return {"granted": _("Yes"), "refused": _("No"), "withdrawn": _("A yes taken back"), "objected": _("Objection")}


def looked() -> Words:
    """At what somebody looked."""
    return {"ledger": _("Everything that was said"), "receipt": _("A receipt"), "file": _("Everything that is held")}
