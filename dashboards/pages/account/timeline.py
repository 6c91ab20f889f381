"""What happened with the customer, newest first, as sentences."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import selling_words, words
from dashboards.components.badges import mark, score_badge
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import money
from dashboards.components.panels import empty_state, panel
from dashboards.pages.account import answers
from dashboards.pages.issues.phrases import UNSEEN, event_words
from feedback.access.rules import Viewer
from feedback.reporting.account_page import AccountPage, names_of_contacts
from feedback.reporting.timeline import TimelineEvent, list_timeline

Component = Any
SIZE = 15
_TOLD = frozenset({"contacted", "in_fix", "verified"})  # moves whose note is a talk with the customer, which has its own line
# of an issue's history: what has a line of its own here, and what moved between us and our clocks but not with the customer
_UNTOLD = UNSEEN | {
    "interaction", "opened", "escalated", "nudged", "progress_mail_written", "concession_requested",
    "noted", "mistake_claimed", "mistake_refused", "mistake_taken_back",
}  # fmt: skip
Names = Mapping[int, str]


def timeline_panel(page: AccountPage, viewer: Viewer) -> Component:
    """The newest part; a button fetches the next."""
    items, more = timeline_part(page.account.id, viewer, page.wallet_currency)
    if not items:
        return panel(
            _("Timeline"),
            empty_state(_("Nothing has happened yet."), hint=_("Answers, calls, issues and decisions appear here.")),
        )
    return panel(_("Timeline"), [html.Ol(items, id="timeline", className="cl-timeline"), html.Div(more, id="timeline-more")])


def timeline_part(account_id: int, viewer: Viewer, currency: str, cursor: str | None = None) -> tuple[list[Component], Component]:
    """Some lines of the timeline, and the button for those after them."""
    found = list_timeline(account_id, viewer, limit=SIZE, cursor=cursor, without=_UNTOLD)
    names = names_of_contacts({event.contact_id for event in found.items if event.contact_id is not None})
    answers.add_changes(found.items)
    lines = [_line(event, names, viewer, currency) for event in found.items]
    return lines, more_button(found.next_cursor)


def more_button(cursor: str | None) -> Component:
    """Fetches what happened before; nothing when that was all."""
    if cursor is None:
        return html.P(_("That is everything."), className="cl-note")
    return dmc.Button(_("Show earlier"), id={"kind": "timeline-more", "cursor": cursor}, variant="default", size="xs")


def _line(event: TimelineEvent, names: Names, viewer: Viewer, currency: str) -> Component:
    name = names.get(event.contact_id or 0, _("a former contact"))
    head, detail = _WRITERS.get(event.kind, _other)(event, name, currency)
    inner = [html.Div([html.Div(head, className="cl-under"), moment(event.occurred_at, viewer)], className="cl-timeline-head")]
    later = _entered_later(event, viewer)
    if detail or later:
        both = [detail, " · ", later] if detail and later else detail or later
        inner.append(html.Div(both, className="cl-timeline-detail"))
    inner += answers.notes(event, viewer)
    return html.Li(inner)


def _entered_later(event: TimelineEvent, viewer: Viewer) -> str | None:
    """When something that stands at its own day was written down, if that was another day."""
    recorded, day = event.summary.get("recorded_at"), event.summary.get("as_of")
    if not recorded or str(recorded)[:10] == str(day):
        return None
    return _("recorded on %(day)s", day=day_words(datetime.fromisoformat(recorded), viewer))


Written = tuple[Sequence[Component], Component]


def _response(event: TimelineEvent, name: str, _currency: str) -> Written:
    score = int(event.summary["score"])
    comment = event.summary.get("comment")
    text = _("%(name)s answered “%(survey)s”", name=name, survey=event.summary["survey_name"])
    quote = html.Q(comment, lang=event.summary.get("language") or "") if comment else None
    return [score_badge(score), html.Span(text), _interviewer(event)], quote


def _interviewer(event: TimelineEvent) -> Component:
    name = event.summary.get("interviewer")
    if not name:
        return None
    if not event.summary.get("own_account"):
        return html.Span(_("noted by phone by %(name)s", name=name), className="cl-note")
    why = _("People tend to be kinder to the one who sells to them: read the score with that in mind.")
    return html.Span(_("noted by phone by %(name)s, who sells to them", name=name), className="cl-badge", title=why)


def _excluded(event: TimelineEvent, name: str, _currency: str) -> Written:
    text = _("%(name)s answered “%(survey)s”; the answer does not count", name=name, survey=event.summary["survey_name"])
    reason = words.word(words.exclusion_causes, event.summary["reason"])
    return [html.S(str(event.summary["score"])), html.Span(text)], f"{reason}: {event.summary['note']}"


def _issue_opened(event: TimelineEvent, _name: str, _currency: str) -> Written:
    text = _("Issue #%(number)s was opened", number=event.summary["number"])
    link = dcc.Link(text, href=f"/app/issues/{event.id}")
    return [mark("detractor"), link], event.summary.get("title")


def _issue_event(event: TimelineEvent, _name: str, _currency: str) -> Written:
    data = event.summary.get("data") or {}
    event_name, number = str(event.summary.get("event")), event.summary["number"]
    if data.get("to"):
        text = _("Issue #%(number)s moved on: %(state)s", number=number, state=words.word(words.states, data["to"]))
    else:
        in_its_history = _("Issue #%(number)s: %(event)s", number=number, event=event_words(event_name, data))
        text = _issue_sentences(number).get(event_name, in_its_history)
    note = None if data.get("to") in _TOLD else data.get("note")
    return [dcc.Link(text, href=f"/app/issues/{event.summary['issue_id']}")], note


def _issue_sentences(number: int) -> dict[str, str]:
    return {
        "routed": _("Issue #%(number)s got an owner", number=number),
        "assigned": _("Issue #%(number)s was given to somebody", number=number),
        "voice_added": _("One more person reported issue #%(number)s", number=number),
        "voice_corrected": _("Issue #%(number)s: an answer was changed", number=number),
        "commitment": _("A promise was made to the customer about issue #%(number)s", number=number),
        "commitment_kept": _("A promise to the customer about issue #%(number)s was kept", number=number),
        "voice_moved": _("An answer behind issue #%(number)s belongs to somebody else", number=number),
        "voice_excluded": _("An answer behind issue #%(number)s was excluded", number=number),
        "voice_taken_back": _("An answer behind issue #%(number)s was sent by a program and is taken back", number=number),
        "withdrawn": _("Issue #%(number)s was closed: a program had sent its only answer", number=number),
        "severity_raised": _("Issue #%(number)s became graver", number=number),
        "overdue": _("Issue #%(number)s missed a due date", number=number),
        "reopened": _("Issue #%(number)s was opened again", number=number),
        "asked": _("The customer was asked whether issue #%(number)s is solved", number=number),
        "answered": _("The customer said whether issue #%(number)s is solved", number=number),
        "word_taken_back": _(
            "An answer about the fix of issue #%(number)s was sent by a program and is taken back", number=number
        ),
        "pulse_planned": _("A recovery pulse about issue #%(number)s is planned", number=number),
        "pulse_answered": _("The recovery pulse about issue #%(number)s was answered", number=number),
    }


def _interaction(event: TimelineEvent, name: str, _currency: str) -> Written:
    channel = words.word(words.channels, event.summary["channel"])
    outwards = event.summary["direction"] == "out"
    text = _("We contacted %(name)s: %(channel)s", name=name, channel=channel) if outwards else ""
    text = text or _("%(name)s contacted us: %(channel)s", name=name, channel=channel)
    return [html.Span(text)], event.summary.get("summary")


def _sales_contact(event: TimelineEvent, name: str, _currency: str) -> Written:
    channel = words.word(words.channels, event.summary["channel"])
    who = event.summary.get("seller") or event.summary["source"]
    text = _("%(seller)s approached %(name)s to sell: %(channel)s", seller=who, name=name, channel=channel)
    ended = words.word(selling_words.contact_outcomes, event.summary["outcome"])
    said = words.word(selling_words.matches, event.summary["matched"])
    detail = [part for part in (ended, said, event.summary.get("note")) if part]
    return [html.Span(text)], " · ".join(detail)


def _consent(event: TimelineEvent, name: str, _currency: str) -> Written:
    sentences = {
        "granted": _("%(name)s allowed: %(what)s"),
        "refused": _("%(name)s refused: %(what)s"),
        "withdrawn": _("%(name)s took back the consent: %(what)s"),
        "objected": _("%(name)s objected: %(what)s"),
    }
    purpose, channel = str(event.summary["purpose"]), words.word(words.channels, event.summary["channel"])
    what = f"{words.word(words.purposes, purpose)}, {channel}"
    return [html.Span(sentences[str(event.summary["action"])] % {"name": name, "what": what})], None


def _decision(event: TimelineEvent, name: str, _currency: str) -> Written:
    channel = words.word(words.channels, event.summary["channel"])
    text = _("The gate was asked about %(name)s: %(channel)s", name=name, channel=channel)
    return [html.Span(text)], words.word(words.outcomes, event.summary["outcome"])


def _wallet(event: TimelineEvent, _name: str, currency: str) -> Written:
    total = money(event.summary["total_spend"], currency)
    text = _("Spend was estimated: %(total)s for %(category)s", total=total, category=event.summary["category"])
    return [html.Span(text)], event.summary.get("source")


def _disruption_began(event: TimelineEvent, _name: str, _currency: str) -> Written:
    text = _("“%(title)s” began, a disruption on our side", title=event.summary["title"])
    held = _("Selling was held from then on.") if event.summary["holds_sales"] else None
    return [mark("detractor"), dcc.Link(text, href=f"/app/disruptions/{event.id}")], held


def _disruption_over(event: TimelineEvent, _name: str, _currency: str) -> Written:
    text = _("“%(title)s” was over", title=event.summary["title"])
    return [mark("passive"), dcc.Link(text, href=f"/app/disruptions/{event.id}")], None


def _other(event: TimelineEvent, _name: str, _currency: str) -> Written:
    return [html.Span(event.kind.replace("_", " "))], None


_WRITERS: dict[str, Callable[[TimelineEvent, str, str], Written]] = {
    "response": _response,
    "disruption_began": _disruption_began,
    "disruption_over": _disruption_over,
    "response_excluded": _excluded,
    "issue_opened": _issue_opened,
    "issue_event": _issue_event,
    "interaction": _interaction,
    "sales_contact": _sales_contact,
    "consent": _consent,
    "gate_decision": _decision,
    "wallet_estimate": _wallet,
}
