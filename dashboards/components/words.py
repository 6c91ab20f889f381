"""The words for what the code calls by a name: plays, bands, roles, channels. Sentence case, full words."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from flask_babel import get_locale
from flask_babel import gettext as _

Words = Mapping[str, str]


def bands() -> Words:
    """Advocacy."""
    return {"promoter": _("Promoter"), "passive": _("Passive"), "detractor": _("Detractor"), "unknown": _("Not heard")}


def shares() -> Words:
    """Share of wallet."""
    return {"high": _("High share"), "low": _("Low share"), "unknown": _("Share unknown")}


def plays() -> Words:
    """What to do with an account."""
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


def play_meanings() -> Words:
    """Why a play is what it is, for hovering; true of every account that can have it."""
    return {
        "upsell": _("They recommend us and buy most of what they need elsewhere: offer."),
        "upsell_with_briefing": _("They recommend us; a minor issue is open: know it before you offer."),
        "nurture": _("Content, not glad: one offer that fits, no more."),
        "qualify_wallet": _("We do not know what they buy elsewhere: ask before you offer."),
        "protect_and_refer": _("They recommend us and buy from us already: keep it so; sell only if they ask."),
        "protect": _("They buy from us but are not glad: keep them; sell only if they ask."),
        "survey_first": _("Too few who decide told us how we do, or a last word still holds us back: ask, then see."),
        "verify_fix": _("We say it is fixed; the customer has not said so yet."),
        "fix_first": _("An issue is open: close it before anything is offered."),
        "fix_basics": _("They are unhappy; they buy little, or we do not know how much: repair what everybody gets."),
        "recover_now": _("They are unhappy or a major issue is open, and much of what they buy is with us: call today."),
    }


def play_meaning(play: str, share: str = "") -> str:
    """Why an account has this play; its share of wallet tells apart what one play is given for."""
    if play == "fix_basics" and share == "low":
        return _("They are unhappy and buy little: repair what everybody gets.")
    if play == "fix_basics" and share == "unknown":
        return _("They are unhappy; how much they buy elsewhere is not known: repair what everybody gets.")
    return word(play_meanings, play)


def next_steps() -> Words:
    """What to do where nothing has to change first."""
    return {
        "upsell": _("Offer what they buy elsewhere."),
        "upsell_with_briefing": _("Read the open issue, then offer."),
        "qualify_wallet": _("Ask what they buy elsewhere."),
        "nurture": _("Make one offer that fits."),
        "protect": _("Keep in touch; sell only if they ask."),
        "protect_and_refer": _("Ask for a referral; sell only if they ask."),
        "survey_first": _("Ask how we are doing."),
    }


def issue_facts() -> Words:
    """What the issues of an account mean for selling."""
    return {
        "none": _("No open issue"),
        "minor_open": _("Minor issue open"),
        "fixed_unverified": _("Fix not confirmed"),
        "major_open": _("Major issue open"),
    }


def consents() -> Words:
    """Consent states."""
    return {"allowed": _("Allowed"), "not_recorded": _("Not recorded"), "refused": _("Refused")}


def purposes() -> Words:
    """What a contact is used for."""
    return {
        "offers": _("Offers"),
        "partner_offers": _("Offers of partners"),
        "feedback": _("Surveys"),
        "service": _("Service"),
    }


def roles() -> Words:
    """Roles of contacts."""
    return {"decision_maker": _("Decides"), "influencer": _("Influences"), "user": _("Uses")}


def staff_roles() -> Words:
    """Roles of the people who work here."""
    return {
        "account_manager": _("Account manager"),
        "frontline": _("Issue owner"),
        "executive": _("Executive"),
        "experience_manager": _("Customer-experience manager"),
        "privacy_officer": _("Privacy officer"),
        "admin": _("Administrator"),
    }


def channels() -> Words:
    """How a contact is reached."""
    return {
        "email": _("E-mail"),
        "phone": _("Phone"),
        "sms": _("Text message"),
        "portal": _("Portal"),
        "visit": _("Visit"),
        "post": _("Letter"),
        "web": _("Web"),
        "import": _("Imported"),
    }


def initiations() -> Words:
    """Who began the contact."""
    return {
        "outbound": _("We contact them"),
        "inbound_served": _("They contacted us, and are served"),
        "inbound_unserved": _("They contacted us, not served yet"),
        "requested": _("They asked about this product"),
    }


def outcomes() -> Words:
    """The gate's answers, as an instruction."""
    return {
        "allow": _("Yes, you may sell"),
        "allow_limited": _("Yes, one offer"),
        "ask_consent": _("Ask for consent first"),
        "learn_only": _("Learn only, no offer"),
        "defer": _("Not now"),
        "respond_only": _("Answer only what they asked"),
        "serve_first": _("Serve them first"),
        "hold": _("No, hold"),
        "block": _("No approach on this channel"),
    }


def answer_uses() -> Words:
    """What an answer does for the advocacy of its account."""
    return {
        "counts": _("counts for the advocacy"),
        "counts_half": _("counts half, for want of a relationship answer"),
        "holds": _("holds the account back until a fresh 7"),
        "lowers": _("lowers this person alone"),
        "nothing": _("leaves the advocacy as it is"),
        "old": _("too old to count"),
    }


def states() -> Words:
    """States of an issue."""
    return {
        "new": _("New"),
        "routed": _("Routed"),
        "contacted": _("Contacted"),
        "diagnosed": _("Diagnosed"),
        "in_fix": _("In fix"),
        "fixed": _("Fixed"),
        "verified": _("Verified"),
        "closed": _("Closed"),
        "closed_unverified": _("Closed, not confirmed"),
    }


def severities() -> Words:
    """How bad an issue is."""
    return {"critical": _("Critical"), "major": _("Major"), "minor": _("Minor")}


def categories() -> Words:
    """Categories of defects."""
    return {"product": _("Product"), "price": _("Price"), "service": _("Service")}


def word(words: Callable[[], Words], name: object) -> str:
    """The word for a name; an unknown name is shown as it is rather than hidden."""
    return _words(words, str(get_locale())).get(str(name), str(name).replace("_", " "))


@lru_cache(maxsize=128)  # a list asks for the same few words in each of its rows
def _words(words: Callable[[], Words], _locale: str) -> Words:
    return words()


def wave_states() -> Words:
    """Where a wave stands."""
    return {
        "draft": _("Draft"),
        "planning": _("Being planned"),
        "running": _("Running"),
        "paused": _("Paused"),
        "finished": _("Finished"),
        "cancelled": _("Cancelled"),
    }


def invitation_states() -> Words:
    """Where an asked person stands."""
    return {
        "created": _("Link made"),
        "planned": _("Planned"),
        "queued": _("On its way"),
        "skipped": _("Left out"),
        "sent": _("Asked"),
        "reminded": _("Reminded"),
        "answered": _("Answered"),
        "bounced": _("Came back"),
        "failed": _("Not delivered"),
        "stopped": _("Stopped"),
        "expired": _("Ended without an answer"),
    }


def event_states() -> Words:
    """What became of something that another system sent."""
    return {
        "received": _("Just came"),
        "waiting": _("Waits for its answer"),
        "done": _("Answer stored"),
        "superseded": _("Older than what is stored"),
        "repeated": _("Came twice"),
        "ignored": _("Not about an answer"),
        "quarantined": _("In quarantine"),
        "discarded": _("Discarded"),
    }


def skip_reasons() -> Words:
    """Why somebody is not asked."""
    return {
        "account_closed": _("The account is closed"),
        "left_role": _("Left the role"),
        "taken_off": _("Taken off by hand"),
        "no_address": _("No e-mail address"),
        "stop_list": _("Wants no survey mails"),
        "bounced": _("Mail came back before"),
        "refused": _("Refused to be asked"),
        "no_permission": _("No consent is recorded"),
        "not_now": _("Asked to be left alone until later"),
        "quarantine": _("Was asked not long ago"),
        "asked_elsewhere": _("Is asked for another account"),
        "no_room": _("No room left in the days of the wave"),
    }


def exclusion_reasons() -> Words:
    """Why somebody was taken off a wave by hand."""
    return {
        "asked_by_customer": _("The customer wants it so"),
        "wrong_person": _("The wrong person"),
        "sensitive_talks": _("Talks that could suffer"),
        "open_complaint": _("A complaint is open"),
        "duplicate": _("The same person twice"),
        "other": _("Another reason"),
    }


def survey_kinds() -> Words:
    """What a survey is about."""
    return {
        "relationship": _("About the whole relationship"),
        "transactional": _("After an event"),
        "recovery_pulse": _("After a problem was solved"),
    }


def cadences() -> Words:
    """How often a survey is due."""
    return {
        "none": _("When somebody plans it"),
        "monthly": _("Every month"),
        "quarterly": _("Every quarter"),
        "half_yearly": _("Twice a year"),
        "yearly": _("Once a year"),
    }


def survey_texts() -> Words:
    """The texts of a survey."""
    return {
        "question": _("Question"),
        "detractor": _("Follow-up for a detractor"),
        "passive": _("Follow-up for a passive"),
        "promoter": _("Follow-up for a promoter"),
        "thanks": _("Thanks"),
        "subject": _("Subject of the mail"),
        "greeting": _("Greeting of the mail"),
        "invitation": _("Text of the invitation"),
        "reminder": _("Text of a reminder"),
        "news": _("You said, we did"),
    }


def correction_reasons() -> Words:
    """Why an answer was changed."""
    return {
        "mistyped": _("Written down wrongly"),
        "misread_scale": _("The customer took the scale the wrong way round"),
        "wrong_person": _("Somebody else gave it"),
        "wrong_account": _("It is about another customer"),
        "wrong_words": _("The words or reasons are wrong"),
        "changed_by_customer": _("The customer changed their mind"),
        "changed_by_phone": _("The customer changed their mind by phone"),
        "machine_undone": _("A program had changed it"),
        "other": _("Another reason"),
    }


def exclusion_causes() -> Words:
    """Why an answer counts nowhere."""
    return {
        "duplicate": _("Given twice"),
        "test": _("A test"),
        "wrong_person": _("From somebody we did not ask"),
        "not_from_customer": _("Not from a customer"),
        "other": _("Another reason"),
    }


def erasure_reasons() -> Words:
    """Why a person is erased."""
    return {
        "requested": _("The person asked for it"),
        "consent_withdrawn": _("The consent was withdrawn"),
        "no_longer_needed": _("No longer needed"),
        "stored_wrongly": _("Should never have been stored"),
    }


def sources() -> Words:
    """Why an issue exists, in a word or two."""
    return {
        "response": _("Low score"),
        "call_wish": _("Wants a call"),
        "keyword": _("Words"),
        "score_drop": _("Fell"),
        "complaint": _("Complaint"),
        "staff": _("Seen by us"),
        "silence": _("Silent"),
        "contact_gap": _("No contact"),
        "sales_play": _("Held sales play"),
    }


def play_triggers() -> Words:
    """Why somebody suggests to sell."""
    return {
        "spend_drop": _("Spend fell"),
        "crm_suggestion": _("CRM suggestion"),
        "renewal": _("Renewal"),
        "other": _("Suggestion"),
    }


def play_states() -> Words:
    """What became of a sales play."""
    return {
        "accepted": _("May go ahead"),
        "held": _("Held"),
        "screened_out": _("Screened out"),
        "question": _("Question"),
        "taken": _("Taken"),
        "dismissed": _("Dismissed"),
        "expired": _("Expired"),
    }
