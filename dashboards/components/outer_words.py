"""The words for what the outer loop calls by a name."""

from flask_babel import gettext as _

from dashboards.components.words import Words


def initiative_states() -> Words:
    """Where an initiative stands."""
    return {
        "proposed": _("Proposed"),
        "committed": _("Committed"),
        "in_progress": _("In progress"),
        "delivered": _("Delivered, being measured"),
        "effect_confirmed": _("It helped"),
        "no_effect": _("No effect, open again"),
        "dropped": _("Dropped"),
    }


def initiative_moves() -> Words:
    """What the buttons say."""
    return {
        "proposed": _("Propose it again"),
        "committed": _("Commit to it"),
        "in_progress": _("Work on it"),
        "delivered": _("It is delivered"),
        "dropped": _("Drop it"),
    }


def missing_facts() -> Words:
    """What an initiative needs before it moves on."""
    return {
        "owner": _("somebody who owns it"),
        "due_on": _("a day on which it is due"),
        "defects": _("the problem that it shall make rarer"),
        "note": _("a few words why"),
    }


def verdicts() -> Words:
    """What the answers after a delivery say."""
    return {
        "too_few": _("Too few answers to say"),
        "fell": _("The rate fell"),
        "unclear": _("Lower, but that may be chance"),
        "not_fallen": _("The rate did not fall"),
    }


def item_states() -> Words:
    """What became of a customer of a follow-up."""
    return {
        "open": _("To be told"),
        "queued": _("Letter on its way"),
        "mailed": _("Letter sent"),
        "called": _("Called"),
        "skipped": _("Skipped"),
    }


def skip_reasons() -> Words:
    """Why a customer is not told."""
    return {
        "not_affected": _("Was not affected"),
        "already_told": _("Knows already"),
        "not_reached": _("Could not be reached"),
        "other": _("Another reason"),
    }


def stop_reasons() -> Words:
    """Why a letter did not leave."""
    return {
        "account_closed": _("The account is closed."),
        "left_role": _("The person is not there any more."),
        "no_address": _("There is no mail address."),
        "stop_list": _("The person wants no mails."),
        "bounced": _("Mails to this address came back."),
        "refused": _("The person refused service mails."),
        "no_text": _("There is no letter to send."),
        "closed": _("The follow-up was closed."),
        "not_delivered": _("The mail server did not take it."),
    }


def openness() -> Words:
    """The issue behind a customer of a follow-up."""
    return {"open": _("issue open"), "fixed": _("fixed, not confirmed"), "closed": _("issue closed"), "none": _("no issue")}


def disruption_states() -> Words:
    """Where a disruption stands."""
    return {
        "planned": _("Planned"),
        "active": _("Going on"),
        "over": _("Over, customers to be told"),
        "followed_up": _("Over, all were told"),
        "withdrawn": _("Withdrawn"),
    }
