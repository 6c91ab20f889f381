"""Why an issue exists, in one sentence for whoever reads it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from feedback.issues.rules import IssueSource

Facts = Mapping[str, Any]


def why_words(source: IssueSource, why: Facts) -> str:
    """The sentence of the reason that named the issue, with the others behind it."""
    others = [IssueSource(name) for name in why if name != source.value and name in set(IssueSource)]
    return " ".join([reason_words(source, why.get(source.value, {})), *(reason_words(one, why[one.value]) for one in others)])


def reason_words(source: IssueSource, facts: Facts) -> str:
    """One reason; what is not known any more (somebody was erased) is left out."""
    return {
        IssueSource.RESPONSE: _answer,
        IssueSource.CALL_WISH: _wish,
        IssueSource.KEYWORD: _keyword,
        IssueSource.SCORE_DROP: _drop,
        IssueSource.COMPLAINT: _complaint,
        IssueSource.STAFF: lambda _facts: _("Somebody of ours opened it by hand."),
        IssueSource.SILENCE: _silence,
        IssueSource.CONTACT_GAP: _gap,
        IssueSource.SALES_PLAY: _held_play,
    }[source](facts)


def _answer(facts: Facts) -> str:
    if "score" not in facts:
        return _("It is here because of an answer of 0 to 6.")
    return _("It is here because a customer answered %(score)s: 0 to 6 says that something went wrong.", score=facts["score"])


def _wish(facts: Facts) -> str:
    phone, best_time = facts.get("phone"), facts.get("best_time")
    if phone and best_time:
        return _("The customer asked to be called on %(phone)s, best %(time)s.", phone=phone, time=best_time)
    if phone:
        return _("The customer asked to be called on %(phone)s.", phone=phone)
    if best_time:
        return _("The customer asked to be called, best %(time)s.", time=best_time)
    if facts.get("words"):
        return _("The customer wrote: “%(words)s”.", words=facts["words"])
    return _("The customer asked to be called.")


def _keyword(facts: Facts) -> str:
    if "words" not in facts:
        return _("The comment has words that a rule listens for.")
    return _("The comment says “%(words)s”, which the rule “%(rule)s” listens for.", words=facts["words"], rule=facts["rule"])


def _drop(facts: Facts) -> str:
    if "before" not in facts:
        return _("The answer is much lower than the same person's answer before.")
    return _("The same person answered %(before)s before and %(score)s now.", before=facts["before"], score=facts["score"])


def _complaint(facts: Facts) -> str:
    if facts.get("system"):
        return _("The customer complained; %(system)s handed it in.", system=facts["system"])
    if facts.get("by"):
        return _("The customer complained; %(name)s wrote it down.", name=facts["by"])
    return _("The customer complained.")


def _silence(facts: Facts) -> str:
    if "days" not in facts:
        return _("A key contact does not answer. Nobody knows why: call them.")
    return _("A key contact was asked %(days)s days ago and does not answer. Nobody knows why: call them.", days=facts["days"])


def _gap(facts: Facts) -> str:
    if "days" not in facts:
        return _("Nobody of ours has spoken with these key contacts for long. Ask how things are; it is no sales call.")
    if facts.get("last_on"):
        return _(
            "Nobody of ours has spoken with these key contacts since %(day)s, more than %(days)s days. Ask how things are; it is "
            "no sales call.",
            day=format_date(_day(facts["last_on"])),
            days=facts["days"],
        )
    return _(
        "No contact with these key contacts is on record for more than %(days)s days. Ask how things are; it is no sales call.",
        days=facts["days"],
    )


def _held_play(_facts: Facts) -> str:
    return _(
        "A sales play for this customer was held: something has to be put right first. Call about that; it is no sales call."
    )


def _day(text: str) -> date:

    return date.fromisoformat(text)
