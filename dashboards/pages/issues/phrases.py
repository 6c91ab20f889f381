"""The words of an issue: clocks, what is missing, what happened."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from feedback.issues.rules import WORK_ITEMS, IssueSource


def nameless(source: str) -> str:
    """What an issue is about where no problem has been named: a work item has none to name."""
    return _("Ask how things are") if source in WORK_ITEMS else _("Without a named problem")


def work_item_name(source: str, why: Mapping[str, Any]) -> str:
    """What a work item is about: which silence, and for how long, as far as it is still known."""
    if source == IssueSource.SALES_PLAY:
        return _("Recover before selling: a sales play was held")
    days = (why.get(source) or {}).get("days")
    if source not in WORK_ITEMS or not days:
        return nameless(source)
    if source == IssueSource.CONTACT_GAP:
        return ngettext(
            "Contact gap: nobody has spoken with them for more than %(num)s day",
            "Contact gap: nobody has spoken with them for more than %(num)s days",
            days,
        )
    return ngettext("Silence: asked %(num)s day ago, no answer", "Silence: asked %(num)s days ago, no answer", days)


def clock_words(clock: str | None) -> str:
    """What has to be done by the next due date."""
    return {
        "first_contact": _("First contact"),
        "next_update": _("Progress update"),
        "resolution": _("Resolution"),
        "promise": _("Promise"),
        "fix": _("Planned fix"),
    }.get(clock or "", "")


def missing_words(fact: str) -> str:
    """What is missing before an issue may move on."""
    return {
        "owner": _("Nobody owns it. Take it or assign it first."),
        "note": _("Say how you reached the customer and what was said."),
        "root_cause": _("Say why it happened: a serious issue needs a root cause."),
        "fix_owner": _("Say who fixes it."),
        "fix_due_at": _("Say by when it will be fixed; the time must lie ahead."),
        "commitment": _("Say what you promised the customer."),
        "fix_summary": _("Say what was done."),
        "promise_due_at": _("Say by when you promised it; the time must lie ahead."),
        "voices": _("Several people reported it: record what each of them says."),
        "answers": _("Somebody who spoke up is still to be answered: see above who, or say why nobody has to."),
        "promises": _("A promise to the customer is open: say below what became of it."),
        "contact_attempts": _("The customer was not asked often or long enough to close without an answer."),
    }.get(fact, fact)


UNSEEN = frozenset({"clock_restarted"})  # in the log for the clocks; the line beside it says what happened
# what the program writes when nobody does anything: who was chosen and told, what was counted and planned
MACHINE = frozenset(
    {"routed", "queued", "overdue", "escalated", "fix_late", "commitment_broken", "pulse_planned", "asked", "adopted"}
)


def _escalated(data: dict[str, Any]) -> str:
    clock = clock_words(data.get("clock"))
    return {
        "owner": _("The owner was reminded: %(clock)s", clock=clock),
        "lead": _("The lead of the team was told: %(clock)s", clock=clock),
        "executive": _("The executives were told: %(clock)s", clock=clock),
    }.get(data.get("rung", ""), _("Somebody was told: %(clock)s", clock=clock))


def event_words(kind: str, data: dict[str, Any]) -> str:
    """One line of the history."""
    state = words.word(words.states, data.get("to", ""))
    channel = words.word(words.channels, data.get("channel", ""))
    plain = {
        "opened": _("Opened"),
        "voice_added": _("Another voice joined"),
        "voice_corrected": _("An answer was changed: %(was)s, now %(now)s", was=data.get("was", "?"), now=data.get("now", "?")),
        "voice_moved": _("An answer belongs to another customer"),
        "voice_excluded": _("An answer of %(score)s was excluded: it counts nowhere", score=data.get("score", "?")),
        "voice_taken_back": _("An answer of %(score)s was sent by a program and is taken back", score=data.get("score", "?")),
        "withdrawn": _("Taken back: it was entered by mistake")
        if data.get("mistake_id")
        else _("Closed: its only answer was sent by a program, not by the customer"),
        "routed": _("Given to an owner"),
        "queued": _("Waits in the team's queue: nobody has room"),
        "assigned": _("Assigned"),
        "moved": _("Moved to: %(state)s", state=state),
        "progress": _("Progress update to the customer"),
        "reopened": _("Opened again: not solved"),
        "interaction": _("Talked with the customer (%(channel)s)", channel=channel),
        "commitment": _("Promised something"),
        "commitment_kept": _("Kept a promise"),
        "asked": _("Asked whether it is solved (%(way)s)", way=way_words(data.get("way", ""))),
        "answered": _("Said: %(verdict)s (%(way)s)", **_said(data)),
        "word_taken_back": _("An answer was sent by a program and is taken back: %(verdict)s", **_said(data)),
        "pulse_planned": _("A recovery pulse is planned"),
        "pulse_answered": _("The recovery pulse was answered with %(score)s", score=data.get("score", "?")),
        "severity_raised": _("Severity raised"),
        "overdue": _("A due date passed: %(clock)s", clock=clock_words(data.get("clock"))),
        "escalated": _escalated(data),
        "clock_restarted": _("The next update is due a full period later"),
        "waiting_started": _("We wait for the customer"),
        "waiting_ended": _("The customer answered: we wait no longer") if data.get("by") == "answer" else _("We wait no longer"),
        **_of_work(data),
        "restored": _("As before: that answer was a program's, or was taken back"),
        "adopted": _("From here on the clocks are in this history"),
        "call_wished": _("They want to be called now"),
        "complaint_added": _("A complaint about the same joined"),
        "harm": _("It harms the customer's own customers"),
        "harm_taken_back": _("It harms none of the customer's own customers"),
        "merged": _("Issue #%(number)s became part of it", number=data.get("number", "?")),
        "merged_into": _("Became part of issue #%(number)s", number=data.get("number", "?")),
        "voice_taken_out": _("A voice got issue #%(number)s of its own", number=data.get("number", "?")),
        "voice_waived": _("Somebody need not be answered"),
        "settled": _("Closed: they were spoken with"),
        "contract": _("Put to a contract"),
    }
    return plain.get(kind, kind.replace("_", " ").capitalize())


def _of_work(data: dict[str, Any]) -> dict[str, str]:
    """What the work on it leaves in the history."""
    channel = words.word(words.channels, data.get("channel", ""))
    return {
        "attempt": _("Tried to reach the customer (%(channel)s)", channel=channel),
        "diagnosis": _("Said why it happened"),
        "fix_planned": _("Planned the fix"),
        "fix_late": _("The day of the fix has passed"),
        "commitment_broken": _("A promise was not kept in time"),
        "commitment_given_up": _("Told the customer that a promise is not kept"),
        "commitment_withdrawn": _("The customer agreed to do without a promise"),
        "progress_mail_written": _("Wrote a mail about progress"),
        "progress_mail": _("The mail about progress has left"),
        "progress_mail_stopped": _("A mail about progress did not reach the customer"),
        "concession_requested": _("Asked for a concession"),
        "concession_approved": _("Approved a concession"),
        "concession_declined": _("Declined a concession"),
        "concession_withdrawn": _("Took back what was asked for"),
        "noted": _("Note for colleagues"),
        "mistake_claimed": _("Said that it was entered by mistake"),
        "mistake_refused": _("Said that it is no mistake"),
        "mistake_taken_back": _("Took back that it was a mistake"),
        "nudged": _("Reminded the owner"),
        "taken_to_lead": _("Took it to the lead"),
    }


def _said(data: dict[str, Any]) -> dict[str, str]:
    return {"verdict": verdict_words(data.get("verdict", "")), "way": way_words(data.get("way", ""))}


def verdict_words(verdict: str) -> str:
    """What a customer says about a fix."""
    return {"yes": _("Solved"), "partly": _("Solved in part"), "no": _("Not solved")}.get(verdict, verdict)


def way_words(way: str) -> str:
    """How they were asked."""
    return {"mail": _("by mail"), "call": _("in a call"), "pulse": _("with a score")}.get(way, way)


def event_details(data: dict[str, Any]) -> list[str]:
    """What was said with it."""
    names = ("note", "root_cause", "commitment", "fix_summary", "title", "owner")
    said = [str(data[name]) for name in names if data.get(name)]
    said += [_("Next step: %(what)s", what=data["next_note"])] if data.get("next_note") else []
    return said + [str(why) for why in data.get("whys", ())]
