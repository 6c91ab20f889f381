"""What notices about the work on issues say: promises, fixes, concessions, and what watchers hear. (title, advice, subject)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from feedback.web.numerals import time_span

Params = Mapping[str, Any]
NAMED = 3  # customers in the title of a notice about several; its text names them all


def _names(params: Params) -> dict[str, Any]:
    return {"number": params["number"], "account": params["account"]}


def opened_because(source: str) -> str:
    """Why somebody has to get in touch."""
    if source == "call_wish":
        return _("A customer asked to be called. The issue page shows on which number and when it suits.")
    if source == "sales_play":
        return _("A sales play was held: something has to be put right first. Get in touch about that; it is no sales call.")
    if source in ("silence", "contact_gap"):
        return _("Nobody knows how things are there. Get in touch and ask; it is no sales call.")
    return _("A customer told us about a problem. The issue page shows what was said and by when to call.")


def _work_items_opened(params: Params) -> tuple[str, str, str]:
    names = [str(name) for name in params.get("accounts") or ()]
    subject = _items_words(str(params.get("source")), len(names))
    title = _("%(what)s: %(names)s", what=subject, names=", ".join(names[:NAMED])) if names else subject
    advice, more = opened_because(str(params.get("source"))), len(names) - NAMED
    if more > 0:
        title = _("%(title)s and %(count)s more", title=title, count=more)
        advice = _("%(advice)s All of them: %(names)s.", advice=advice, names=", ".join(names))
    return title, advice, subject


def _items_words(source: str, count: int) -> str:
    if source == "sales_play":
        return ngettext("%(num)s customer to recover before selling", "%(num)s customers to recover before selling", count)
    if source == "contact_gap":
        return ngettext(
            "%(num)s customer nobody has spoken with for long", "%(num)s customers nobody has spoken with for long", count
        )
    return ngettext("%(num)s customer has fallen silent", "%(num)s customers have fallen silent", count)


def _promise_due(params: Params) -> tuple[str, str]:
    return (
        _("A promise to %(account)s is due soon (issue %(number)s)", **_names(params)),
        _("Keep it, or tell the customer before it is due that it will take longer."),
    )


def _promise_broken(params: Params) -> tuple[str, str]:
    return (
        _("A promise to %(account)s was not kept (issue %(number)s)", **_names(params)),
        _("Call the customer, say what happened, and keep it as soon as you can. It stays on record as broken."),
    )


def _fix_given(params: Params) -> tuple[str, str]:
    asked = (
        _(
            "%(person)s is asked to fix what issue %(number)s at %(account)s is about; you stand in",
            person=params.get("person") or "?",
            **_names(params),
        )
        if params.get("stands_in")
        else _("You are asked to fix what issue %(number)s at %(account)s is about", **_names(params))
    )
    return (
        asked,
        _("The issue page shows what the customer said, why it happened, and by when it has to be fixed."),
    )


def _fix_late(params: Params) -> tuple[str, str]:
    return (
        _("The fix of issue %(number)s at %(account)s is late", **_names(params)),
        _("Its day has passed. Finish it, or agree on a new day and tell the customer."),
    )


def _mail_stopped(params: Params) -> tuple[str, str]:
    return (
        _("Your mail about issue %(number)s did not reach %(account)s", **_names(params)),
        _("The issue page says why. Reach the customer otherwise: the next update is still due."),
    )


def _amount(params: Params) -> str:
    try:
        return f"{format_decimal(float(params['amount']))} {params['currency']}"
    except (KeyError, TypeError, ValueError):
        return "?"


def _concession_requested(params: Params) -> tuple[str, str]:
    names = {**_names(params), "amount": _amount(params), "person": params.get("by") or "?"}
    return (
        _("%(person)s asks for %(amount)s for %(account)s (issue %(number)s)", **names),
        _("They say: %(note)s", note=params.get("note") or "?"),
    )


def _concession_approved(params: Params) -> tuple[str, str]:
    names = {**_names(params), "amount": _amount(params), "person": params.get("by") or "?"}
    return (
        _("%(person)s approved %(amount)s for %(account)s (issue %(number)s)", **names),
        _("You can tell the customer now."),
    )


def _concession_declined(params: Params) -> tuple[str, str]:
    names = {**_names(params), "amount": _amount(params), "person": params.get("by") or "?"}
    return (
        _("%(person)s declined %(amount)s for %(account)s (issue %(number)s)", **names),
        _("They say: %(note)s", note=params.get("note") or "?"),
    )


def _noted(params: Params) -> tuple[str, str]:
    return (
        _("%(person)s wrote a note on issue %(number)s at %(account)s", person=params.get("by") or "?", **_names(params)),
        str(params.get("note") or "?"),
    )


def _held_open(params: Params) -> tuple[str, str]:
    return (
        _("Somebody in issue %(number)s at %(account)s is still to be answered", **_names(params)),
        _("The fix is confirmed. Speak with them, or say on the issue page why nobody has to; then it closes."),
    )


def _given_up(params: Params) -> tuple[str, str]:
    tries = int(params.get("tries") or 0)
    said = ngettext("%(person)s tried %(num)s time.", "%(person)s tried %(num)s times.", tries, person=params.get("by") or "?")
    asks = _("Ask whether tomorrow would have brought an answer; selling there waits.")
    within = _(
        "Between the first and the last: %(time)s.", time=time_span(timedelta(minutes=int(params.get("tried_minutes") or 0)))
    )
    return (
        _("Issue %(number)s at %(account)s was closed without the customer's word", **_names(params)),
        " ".join([said, within, asks] if tries > 1 else [said, asks]),
    )


def _mistake_claimed(params: Params) -> tuple[str, str]:
    return (
        _("%(person)s says that issue %(number)s at %(account)s is a mistake", person=params.get("by") or "?", **_names(params)),
        _("They say: %(note)s It stays open until you confirm it.", note=_sentence(params)),
    )


def _mistake_confirmed(params: Params) -> tuple[str, str]:
    return (
        _("Issue %(number)s at %(account)s is taken back", **_names(params)),
        _("%(person)s confirmed that it was a mistake. It counts nowhere any more.", person=params.get("by") or "?"),
    )


def _mistake_refused(params: Params) -> tuple[str, str]:
    return (
        _("Issue %(number)s at %(account)s is no mistake: it stays open", **_names(params)),
        _("%(person)s says: %(note)s", person=params.get("by") or "?", note=_sentence(params)),
    )


def _sentence(params: Params) -> str:
    said = str(params.get("note") or "?")
    return said if said[-1] in ".!?…" else f"{said}."


def _nudged(params: Params) -> tuple[str, str]:
    said = params.get("note")
    return (
        _("%(person)s waits for issue %(number)s at %(account)s", person=params.get("by") or "?", **_names(params)),
        _("They say: %(note)s", note=said) if said else _("Say on the issue page where it stands."),
    )


def _taken_to_lead(params: Params) -> tuple[str, str]:
    return (
        _("%(person)s takes issue %(number)s at %(account)s to the lead", person=params.get("by") or "?", **_names(params)),
        _("They say: %(note)s", note=params.get("note") or "?"),
    )


def _watched(params: Params) -> tuple[str, str]:
    title = _("Issue %(number)s at %(account)s: %(news)s", news=_news(str(params.get("what"))), **_names(params))
    return title, _("You watch this issue. The button on its page ends that.")


def _news(what: str) -> str:
    return {
        "moved": _("it has moved on"),
        "progress": _("the customer was told how far it is"),
        "progress_mail": _("the customer was told how far it is"),
        "reopened": _("it is open again"),
        "assigned": _("it has another owner"),
        "interaction": _("somebody talked with the customer"),
        "commitment": _("something was promised"),
        "commitment_kept": _("a promise was kept"),
        "commitment_broken": _("a promise was broken"),
        "fix_planned": _("the fix is planned"),
        "fix_late": _("the fix is late"),
        "overdue": _("it is overdue"),
        "waiting_started": _("it waits for the customer"),
        "waiting_ended": _("it waits for the customer no longer"),
        "taken_to_lead": _("it was taken to the lead"),
        "concession_approved": _("a concession was approved"),
        "concession_declined": _("a concession was declined"),
        "severity_raised": _("it became graver"),
        "noted": _("somebody wrote a note"),
        "withdrawn": _("it was no problem, and was taken back"),
    }.get(what, _("something has changed"))


WORK: Mapping[str, Callable[[Params], tuple[str, ...]]] = {
    "work_items_opened": _work_items_opened,
    "promise_due": _promise_due,
    "promise_broken": _promise_broken,
    "fix_given": _fix_given,
    "fix_late": _fix_late,
    "progress_mail_stopped": _mail_stopped,
    "concession_requested": _concession_requested,
    "concession_approved": _concession_approved,
    "concession_declined": _concession_declined,
    "issue_noted": _noted,
    "issue_held_open": _held_open,
    "issue_given_up": _given_up,
    "mistake_claimed": _mistake_claimed,
    "mistake_confirmed": _mistake_confirmed,
    "mistake_refused": _mistake_refused,
    "issue_nudged": _nudged,
    "issue_taken_to_lead": _taken_to_lead,
    "issue_watched": _watched,
}
