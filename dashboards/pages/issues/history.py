"""What happened, as a person would tell it: what somebody said stands out, what was done in one go stands together, and what the
program wrote for itself is folded away.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.folds import folded_list
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.pages.issues.phrases import MACHINE, UNSEEN, event_details, event_words
from dashboards.pages.issues.work_forms import note_form
from feedback.access.rules import Viewer
from feedback.issues.models import IssueEvent
from feedback.issues.queries.single import Voice
from feedback.reporting.issue_board import IssueDetail

Component = Any
HISTORY = 6  # entries of it that are seen at once
AT_ONCE = timedelta(seconds=2)  # lines of one pass are written within it
_SPOKEN_MOVES = frozenset({"contacted", "in_fix", "verified"})  # a note to these tells of a talk with the customer


@dataclass
class _Entry:
    """Lines that belong together: of one pass of one person, or of the program."""

    machine: bool
    events: list[tuple[IssueEvent, str | None]] = field(default_factory=list)

    def takes(self, event: IssueEvent, *, machine: bool) -> bool:
        """Whether a line belongs to it: what follows by itself from what somebody did belongs to that."""
        first, last = self.events[0][0], self.events[-1][0]
        if machine or self.machine:
            return machine and self.machine
        return event.occurred_at - last.occurred_at <= AT_ONCE and event.actor_id in (None, first.actor_id)


def history_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Newest first; within one pass in the order in which it was written."""
    entries = [_folded(viewer, one, found) if one.machine else _told(viewer, one, found) for one in reversed(_entries(found))]
    earlier = len(entries) - HISTORY
    more = ngettext("%(count)s earlier entry", "%(count)s earlier entries", earlier, count=number(earlier))
    return [html.H3(_("History")), *note_form(viewer, found), *folded_list(entries, shown=HISTORY, more=more, name="cl-history")]


def _entries(found: IssueDetail) -> list[_Entry]:
    entries: list[_Entry] = []
    for event, name in found.history:
        if event.kind in UNSEEN:
            continue
        machine = event.kind in MACHINE and event.actor_id is None
        if not entries or not entries[-1].takes(event, machine=machine):
            entries.append(_Entry(machine))
        entries[-1].events.append((event, name))
    return entries


def _folded(viewer: Viewer, entry: _Entry, found: IssueDetail) -> Component:
    count = len(entry.events)
    summary = ngettext("closedloop noted %(count)s thing", "closedloop noted %(count)s things", count, count=number(count))
    lines = [html.Li(_line(viewer, event, None, found, set())) for event, _name in entry.events]
    return html.Li(html.Details([html.Summary(summary), html.Ul(lines, className="cl-lines")]), className="cl-machine")


def _told(viewer: Viewer, entry: _Entry, found: IssueDetail) -> Component:
    seen: set[str] = set()
    lines = [_line(viewer, event, name, found, seen) for event, name in _on_one_way(entry)]
    return html.Li([*lines[0], *[html.Div(line, className="cl-then") for line in lines[1:]]])


def _on_one_way(entry: _Entry) -> list[tuple[IssueEvent, str | None]]:
    """Of several states passed in one go only the last is told; a note that came with one keeps its line."""
    passed = {
        one.id
        for (one, _name), (after, _other) in pairwise(entry.events)
        if one.kind == after.kind == "moved" and not event_details(one.data)
    }
    return [(event, name) for event, name in entry.events if event.id not in passed]


def _line(viewer: Viewer, event: IssueEvent, name: str | None, found: IssueDetail, seen: set[str]) -> list[Component]:
    """One line with what was said. `seen` holds what the lines before it said: one sentence is read once."""
    quoted, plain, person = _said(event, found)
    text = event_words(event.kind, event.data)
    head: list[Component] = [html.Strong(text) if quoted else text, *([" · ", person] if person else [])]
    if not seen:  # who and when is said once for all that was done in one go
        talk = found.told.talks.get(event.data.get("interaction_id", 0))
        by = _("noted by %(name)s", name=name) if name and person else name
        head += [*([" · ", by] if by else []), " · ", moment(talk.occurred_at if talk else event.occurred_at, viewer)]
    seen.add("")
    new = [text for text in dict.fromkeys([*quoted, *plain]) if text not in seen]
    seen.update(new)
    return [
        html.Div(head),
        *[html.Blockquote(text, className="cl-quote") for text in new if text in quoted],
        *[html.Div(text, className="cl-note") for text in new if text not in quoted],
    ]


def _said(event: IssueEvent, found: IssueDetail) -> tuple[list[str], list[str], str | None]:
    """What somebody said, what was noted beside it, and with or by whom of the customer."""
    data, told = event.data, found.told
    plain = _details(event, found)
    talk, word = told.talks.get(data.get("interaction_id", 0)), told.word(data) if event.kind == "answered" else None
    voice = _voice(event, found)
    if talk is not None and event.kind == "progress_mail":  # the whole letter stands with the mails
        return [], [(talk.summary or "").partition("\n")[0], *plain], told.people.get(talk.contact_id or 0)
    if talk is not None:
        return _words(talk.summary), plain, told.with_whom(talk, data)
    if word is not None:
        return _words(word.comment), plain, told.people.get(word.contact_id or 0)
    if voice is not None:
        return _words(voice.comment or voice.said), plain, voice.contact_name
    if event.kind == "progress" or (event.kind == "moved" and data.get("to") in _SPOKEN_MOVES):
        return _words(data.get("note")), plain, None
    return [], plain, told.people.get(data.get("contact_id") or 0)


def _words(text: str | None) -> list[str]:
    return [text] if text else []


def _details(event: IssueEvent, found: IssueDetail) -> list[str]:
    """The notes of a line, with the promise and the cause as they are called for the reader."""
    data = dict(event.data)
    cause = found.told.causes.get(data.get("root_cause_id") or 0)
    if cause is not None:
        data["root_cause"] = cause
    promise = found.told.promises.get(data.get("commitment_id") or 0)
    return [*_words(promise), *event_details(data)]


def _voice(event: IssueEvent, found: IssueDetail) -> Voice | None:
    """The voice that a line tells of."""
    if event.kind == "voice_added":
        return next((voice for voice in found.voices if voice.response_id == event.data.get("response_id")), None)
    if event.kind in ("opened", "complaint_added"):
        same = [voice for voice in found.voices if abs(voice.created_at - event.occurred_at) <= AT_ONCE]
        return same[0] if same else None
    return None
