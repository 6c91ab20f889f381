"""What the lines under the bell and the mails say, in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _

from feedback.outbox.follow_up_wording import FOLLOW_UPS
from feedback.outbox.override_wording import OVERRIDES
from feedback.outbox.partner_wording import PARTNERS
from feedback.outbox.plan_wording import PLANS
from feedback.outbox.request_wording import REQUESTS
from feedback.outbox.sales_wording import SALES
from feedback.outbox.work_wording import WORK, opened_because


@dataclass(frozen=True)
class Wording:
    """A line for the bell, which is also the subject of the mail unless that is shorter and names nobody."""

    title: str
    advice: str
    short: str = ""

    @property
    def subject(self) -> str:
        """Of a mail about this alone."""
        return self.short or self.title


def wording(kind: str, params: Mapping[str, Any]) -> Wording:
    """The text of a notice in the current locale; a kind without a text of its own shows its name."""
    write = _WORDINGS.get(kind)
    known = {"number": "?", "account": "?", "count": "?", "person": "?"} | dict(params)
    short = {**WORK, **FOLLOW_UPS, **OVERRIDES, **PARTNERS, **PLANS, **REQUESTS, **SALES}.get(kind)
    if short is not None:
        return Wording(*short(known))
    return write(known) if write else Wording(kind.replace("_", " "), "")


def _issue_opened(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s opened at %(account)s", number=params["number"], account=params["account"]),
        opened_because(params.get("source", "")),
    )


def _issue_voice(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Another voice on issue %(number)s at %(account)s", number=params["number"], account=params["account"]),
        _("One more person told us about the same problem. Include them when you call."),
    )


def _issue_merged(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s became part of issue %(kept)s", **_named(params, "kept")),
        _("They are one problem. Each person who spoke up is still to be answered."),
    )


def _call_wished(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Somebody in issue %(number)s at %(account)s wants to be called", **_named(params)),
        _("They said so after they had spoken up. The issue page shows on which number and when it suits."),
    )


def _named(params: Mapping[str, Any], *more: str) -> dict[str, Any]:
    return {name: params.get(name, "?") for name in ("number", "account", *more)}


def _issue_voice_changed(params: Mapping[str, Any]) -> Wording:
    names = {"number": params["number"], "account": params["account"]}
    return Wording(
        _("Issue %(number)s at %(account)s: an answer was changed", **names),
        _("The score was %(was)s and is %(now)s now. The issue stays as it is.", was=params["was"], now=params["now"]),
    )


def _issue_graver(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s became graver", number=params["number"], account=params["account"]),
        _("A further answer raised its severity, and its due dates may be earlier now."),
    )


def _issue_reopened(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s is open again", number=params["number"], account=params["account"]),
        _("The customer says that it is not solved."),
    )


def _issue_verified(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s is solved, the customer says", number=params["number"], account=params["account"]),
        _("Close it. In some days the same person is asked for a score, which opens the account again."),
    )


def _issue_word_changed(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s: the customer says something else now", **_names(params)),
        _("Look at what was said. It changed nothing by itself, because the issue is being worked on or is open elsewhere."),
    )


def _names(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"number": params["number"], "account": params["account"]}


def _issue_assigned(params: Mapping[str, Any]) -> Wording:
    names = {"number": params["number"], "account": params["account"], "person": params.get("person") or "?"}
    return Wording(
        _("Issue %(number)s at %(account)s is with %(person)s now, for whom you stand in", **names)
        if params.get("stands_in")
        else _("Issue %(number)s at %(account)s is yours now", **names),
        _("%(person)s says: %(note)s", person=params.get("by") or "?", note=params["note"])
        if params.get("note")
        else _("The issue page shows what was said and what is due next."),
    )


def _issue_handed_over(params: Mapping[str, Any]) -> Wording:
    names = {"number": params["number"], "account": params["account"], "person": params.get("person") or "?"}
    return Wording(
        _("Issue %(number)s at %(account)s is with %(person)s now", **names),
        _("It was given to somebody else. What you noted stays in its history."),
    )


def _issues_given(params: Mapping[str, Any]) -> Wording:
    count = int(params["count"]) if str(params["count"]).isdigit() else 0
    title = ngettext(
        "%(num)s issue of %(person)s is yours now", "%(num)s issues of %(person)s are yours now", count, person=params["person"]
    )
    said = _("%(person)s says: %(note)s", person=params.get("by") or "?", note=params["note"]) if params.get("note") else ""
    return Wording(title, said or _("Your list shows what is due first."))


def _issues_taken_over(params: Mapping[str, Any]) -> Wording:
    count = int(params["count"]) if str(params["count"]).isdigit() else 0
    title = ngettext(
        "%(num)s of your issues is with %(person)s now",
        "%(num)s of your issues are with %(person)s now",
        count,
        person=params["person"],
    )
    return Wording(title, _("They were handed over while you are away. What you noted stays in their history."))


def _issue_waits(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Nobody has room for issue %(number)s at %(account)s", number=params["number"], account=params["account"]),
        _("It waits in your team's queue, and you answer for it. Whoever gets room gets it; you can also give it away."),
    )


def _issue_unanswered(params: Mapping[str, Any]) -> Wording:
    days = int(params["days"]) if str(params["days"]).isdigit() else 0
    title = _("Issue %(number)s at %(account)s was closed without the customer's word", **_names(params))
    advice = ngettext(
        "Nobody answered within %(num)s day of the fix. Selling waits until the customer gives a 7 or better, or leaves.",
        "Nobody answered within %(num)s days of the fix. Selling waits until the customer gives a 7 or better, or leaves.",
        days,
    )
    return Wording(title, advice)


def _issue_caught(params: Mapping[str, Any]) -> Wording:
    names = {"number": params["number"], "account": params["account"]}
    if params.get("passed"):
        return Wording(
            _("The rules for issue %(number)s at %(account)s found nobody", **names),
            _("Whoever they lead to is away, has no room or lacks a skill, so the rule for everything else gave it away."),
        )
    return Wording(
        _(
            "No rule is written for issue %(number)s at %(account)s",
            **names,
        ),
        _("The rule for everything else gave it to your team. If more of its kind come, write a rule for them."),
    )


def _absence_begun(params: Mapping[str, Any]) -> Wording:
    count = int(params["count"]) if str(params["count"]).isdigit() else 0
    title = _("%(person)s is away until %(day)s", person=params.get("person") or "?", day=_day(params.get("until")))
    advice = ngettext(
        "%(num)s issue is open with them. See it, and hand it over in one step.",
        "%(num)s issues are open with them. See them, and hand them over in one step.",
        count,
    )
    deputy = params.get("deputy")
    told = _("%(person)s stands in.", person=deputy) if deputy else _("Nobody stands in.")
    return Wording(title, f"{told} {advice}" if count else _("Nothing is open with them."))


def _day(day: Any) -> str:
    try:
        return format_date(date.fromisoformat(str(day)), "long")
    except ValueError:
        return "?"


def _issue_due_soon(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s is due soon", number=params["number"], account=params["account"]),
        _clock_advice(params),
    )


def _issue_overdue(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Issue %(number)s at %(account)s is overdue", number=params["number"], account=params["account"]),
        _clock_advice(params),
    )


def _issue_escalated(params: Mapping[str, Any]) -> Wording:
    names = {"number": params["number"], "account": params["account"]}
    title = (
        _("Issue %(number)s at %(account)s is overdue and comes to you", **names)
        if params.get("late")
        else _("Issue %(number)s at %(account)s runs out of time and comes to you", **names)
    )
    return Wording(title, _clock_advice(params))


def _clock_advice(params: Mapping[str, Any]) -> str:
    texts = {
        "first_contact": _("The first contact with the customer is due."),
        "next_update": _("The next update to the customer is due."),
        "resolution": _("The resolution is due."),
    }
    return " ".join(texts[clock] for clock in params.get("clocks") or [params.get("clock", "")] if clock in texts)


def _issue_unrouted(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _(
            "No routing rule found an owner for issue %(number)s at %(account)s",
            number=params["number"],
            account=params["account"],
        ),
        _("Check the routing rules: the last one must lead to a team with active people."),
    )


def _feedback_expired(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("The answer of a decision maker at %(account)s has expired", account=params["account"]),
        _("It no longer counts in the account's advocacy. Ask again before you plan to sell."),
    )


def _silent_decision_maker(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("%(person)s at %(account)s has not answered", person=params.get("person") or "?", account=params["account"]),
        _("A decision maker of one of our most valuable customers stays silent after the last reminder. Ask by phone."),
    )


def _dead_address(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("No mail reaches %(person)s at %(account)s", person=params.get("person") or "?", account=params["account"]),
        _("The survey mail to a decision maker came back. Find out the right address, or who decides now."),
    )


def _message_dead(params: Mapping[str, Any]) -> Wording:
    return Wording(
        ngettext("%(num)s message could not be delivered", "%(num)s messages could not be delivered", int(params["count"])),
        _("'closedloop jobs dead-letters' lists them with the reason."),
    )


def _mail_halted(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("The mail server takes no mail at the moment"),
        _("Nothing is lost: mails wait and leave as soon as it does. It says: %(reason)s", reason=params.get("reason", "?")),
    )


def _wave_drawn_up(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("The wave %(wave)s lies ready to be started", wave=params.get("wave", "?")),
        _("Look at its rehearsal, change what has to be, and start it. Nobody is asked before."),
    )


def _wave_starts_itself(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("The wave %(wave)s starts by itself on %(day)s", wave=params.get("wave", "?"), day=params.get("day", "?")),
        _("Look at its rehearsal before, and take it back if it should not."),
    )


def _wave_asks_nobody(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("The wave %(wave)s was not started: it would ask nobody", wave=params.get("wave", "?")),
        _("Its rehearsal shows why each person is left out."),
    )


def _inbound_quarantined(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Something that “%(connector)s” sent could not be used", connector=params.get("connector", "?")),
        _("It waits in quarantine, with the reason. Correct what is wrong and replay it: nothing is lost meanwhile."),
    )


def _follow_up_ready(params: Mapping[str, Any]) -> Wording:
    count = params["count"] if isinstance(params["count"], int) else 0
    return Wording(
        ngettext(
            "%(num)s customer to be told: %(title)s", "%(num)s customers to be told: %(title)s", count, title=_title(params)
        ),
        _("The list has them in the order of their urgency, with a letter for each."),
    )


def _disruption_begun(params: Mapping[str, Any]) -> Wording:
    count = params["count"] if isinstance(params["count"], int) else 0
    return Wording(
        ngettext(
            "%(title)s affects %(num)s of your customers", "%(title)s affects %(num)s of your customers", count,
            title=_title(params),
        ),
        _("Nothing is sold to them until it is over and they were told."),
    )  # fmt: skip


def _initiative_confirmed(params: Mapping[str, Any]) -> Wording:
    return Wording(_("It helped: %(title)s", title=_title(params)), _("The problem is named less often than before."))


def _initiative_no_effect(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("It did not help: %(title)s", title=_title(params)),
        _("The problem is named as often as before. The initiative is open again."),
    )


def _initiative_too_few(params: Mapping[str, Any]) -> Wording:
    return Wording(
        _("Nobody can say whether it helped: %(title)s", title=_title(params)),
        _("A year after the delivery there are still too few answers."),
    )


def _title(params: Mapping[str, Any]) -> str:
    """In the reader's language where it has one."""
    own = params.get("titles", {}).get(str(get_locale() or "en"))
    return str(own or params.get("title", "?"))


_WORDINGS: Mapping[str, Callable[[Mapping[str, Any]], Wording]] = {
    "issue_opened": _issue_opened,
    "issue_voice": _issue_voice,
    "issue_voice_changed": _issue_voice_changed,
    "issue_merged": _issue_merged,
    "call_wished": _call_wished,
    "issue_graver": _issue_graver,
    "issue_reopened": _issue_reopened,
    "issue_verified": _issue_verified,
    "issue_word_changed": _issue_word_changed,
    "issue_assigned": _issue_assigned,
    "issue_handed_over": _issue_handed_over,
    "issues_given": _issues_given,
    "issues_taken_over": _issues_taken_over,
    "issue_waits": _issue_waits,
    "issue_caught": _issue_caught,
    "issue_unanswered": _issue_unanswered,
    "absence_begun": _absence_begun,
    "issue_due_soon": _issue_due_soon,
    "issue_overdue": _issue_overdue,
    "issue_escalated": _issue_escalated,
    "issue_unrouted": _issue_unrouted,
    "feedback_expired": _feedback_expired,
    "silent_decision_maker": _silent_decision_maker,
    "dead_address": _dead_address,
    "message_dead": _message_dead,
    "mail_halted": _mail_halted,
    "wave_drawn_up": _wave_drawn_up,
    "wave_starts_itself": _wave_starts_itself,
    "wave_asks_nobody": _wave_asks_nobody,
    "inbound_quarantined": _inbound_quarantined,
    "follow_up_ready": _follow_up_ready,
    "disruption_begun": _disruption_begun,
    "initiative_confirmed": _initiative_confirmed,
    "initiative_no_effect": _initiative_no_effect,
    "initiative_too_few": _initiative_too_few,
}
