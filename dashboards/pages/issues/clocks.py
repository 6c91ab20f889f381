"""The clocks of an issue: on the customer's wall and in working hours, what was missed, who is told next, and waiting."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import day_and_time, due_time, duration_words, moment, wall_day_and_time
from dashboards.pages.issues.phrases import clock_words
from feedback.access.rules import Viewer
from feedback.issues.alarms import NextStep
from feedback.issues.readings import BUSINESS, Hand, Reading
from feedback.issues.rules import RUNNING, Clock
from feedback.issues.rules.escalation import Rung
from feedback.issues.waiting import BEFORE_CONTACT
from feedback.kernel import clock
from feedback.reporting.issue_board import IssueDetail

Component = Any
STEPS = 3  # of the ladder that are seen at once


def clocks_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """What is due when, in both ways of counting, and what happens if nobody acts."""
    if not found.clocks.clocks:
        return []
    since = found.issue.waiting_since
    lines = [html.Li(_clock(viewer, reading, since)) for reading in found.clocks.clocks]
    return [
        html.H3(_("Clocks")),
        html.Ul(lines, className="cl-lines cl-clocks"),
        *_missed(viewer, found),
        *_ladder(viewer, found),
    ]


def _clock(viewer: Viewer, reading: Reading, waiting_since: datetime | None) -> list[Component]:
    if reading.state == "waiting" and waiting_since is not None:
        return [html.Div([html.Strong(clock_words(reading.clock)), " ", html.Span(_paused(viewer, reading, waiting_since))])]
    head = [html.Strong(clock_words(reading.clock)), " ", _state(viewer, reading)]
    if reading.ended_at is not None:
        return [html.Div(head)]
    return [
        html.Div(head),
        html.Div(_there(reading), className="cl-note"),
        html.Div(_hand(viewer, reading, working=False), className="cl-note"),
        html.Div(_hand(viewer, reading, working=True), className="cl-note"),
    ]


def _paused(viewer: Viewer, reading: Reading, since: datetime) -> str:
    """How long is left, without a date: when it is due depends on when the customer answers."""
    working = reading.counted_in == BUSINESS
    left = _span((reading.business if working else reading.wall).left, working=working)
    return _(
        "Paused since %(time)s; runs on when the customer answers; %(span)s left", time=day_and_time(since, viewer), span=left
    )


def _state(viewer: Viewer, reading: Reading) -> Component:
    late = duration_words(reading.late)
    if reading.state == "kept":
        return html.Span([_("in time"), " ", moment(reading.ended_at, viewer)], className="cl-note")
    if reading.state == "missed":
        return html.Span([_("missed by %(span)s", span=late), " ", moment(reading.ended_at, viewer)], className="cl-note")
    return due_time(reading.due_at, viewer)


def _there(reading: Reading) -> str:
    """The due date on the wall clock of the customer."""
    time = wall_day_and_time(reading.due_at.astimezone(ZoneInfo(reading.customer_time_zone)))
    place = reading.customer_time_zone.rpartition("/")[2].replace("_", " ")
    return _("At the customer's (%(place)s): %(time)s", place=place, time=time)


def _span(span: timedelta, *, working: bool) -> str:
    """How long; a day of working time would be read as one of the week, so that is said in hours."""
    hours = round(abs(span) / timedelta(hours=1))
    return _("%(hours)s h", hours=hours) if working and hours else duration_words(span)


def _hand(viewer: Viewer, reading: Reading, *, working: bool) -> str:
    hand: Hand = reading.business if working else reading.wall
    binds = working == (reading.counted_in == BUSINESS)
    name = reading.calendar if working else _("Round the clock")
    parts = {"name": name, "time": day_and_time(hand.due_at, viewer), "span": _span(hand.left, working=working)}
    if hand.left.total_seconds() < 0:
        return (
            _("%(name)s, which counts: %(time)s, over by %(span)s", **parts) if binds else _("%(name)s: %(time)s, over", **parts)
        )
    if binds:
        return _("%(name)s, which counts: %(time)s, %(span)s left", **parts)
    return _("%(name)s: %(time)s, %(span)s left", **parts)


def _missed(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """What ran out stays on record, however late it was met."""
    shown = {(one.clock, one.started_at) for one in found.clocks.clocks}
    lines = [
        html.Li(
            [
                _("%(clock)s missed by %(span)s", clock=clock_words(one.clock), span=duration_words(one.late)),
                " ",
                moment(one.ended_at, viewer),
            ]
        )
        for one in found.clocks.missed
        if (one.clock, one.started_at) not in shown
    ]
    return [html.H3(_("Missed before")), html.Ul(lines, className="cl-lines")] if lines else []


def _ladder(viewer: Viewer, found: IssueDetail) -> list[Component]:
    steps = found.next_steps[:STEPS]
    if not steps or not found.is_open:
        return []
    return [html.H3(_("If nothing happens")), html.Ul([html.Li(_step(viewer, step)) for step in steps], className="cl-lines")]


def _step(viewer: Viewer, step: NextStep) -> list[Component]:
    people = ", ".join(step.people) or _("nobody")
    ahead = step.at - clock.now()
    span = duration_words(ahead)
    text = (
        _("In %(span)s this goes to %(people)s", span=span, people=people)
        if ahead.total_seconds() > 0
        else _("This goes to %(people)s within minutes", people=people)
    )
    return [text, html.Span(f"{_rung(step.rung)} · {clock_words(step.clock)}", className="cl-note")]


def _rung(rung: Rung) -> str:
    return {Rung.OWNER: _("Owner"), Rung.LEAD: _("Lead of the team"), Rung.EXECUTIVE: _("Executives")}[rung]


def escalated_words(rung: int) -> str:
    """How far the ladder was climbed, for a badge."""
    return {1: _("Owner was warned"), 2: _("With the lead"), 3: _("With the executives")}.get(rung, "")


def waiting_notice(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """That we wait for the customer, since when and for what, and the way to go on."""
    since = found.issue.waiting_since
    if since is None:
        return []
    asked = next((event for event, _name in reversed(found.history) if event.kind == "waiting_started"), None)
    parts: list[Component] = [html.P([_("We wait for the customer."), " ", moment(since, viewer)])]
    if asked is not None:
        parts.append(html.P(asked.data["note"], className="cl-note"))
    parts.append(html.P(_("It ends by itself when they answer. The resolution's clock stands still; the next update does not.")))
    if found.work:
        parts += _form("end", found.issue.id, _("What has changed"), _("Go on with the work"))
    return [html.Div(parts, className="cl-next")]


def waiting_action(found: IssueDetail) -> Component:
    """Wait for the customer, folded away."""
    waits = found.issue.waiting_since is not None or found.issue.state in BEFORE_CONTACT
    if waits or Clock.RESOLUTION not in RUNNING[found.issue.state]:
        return None
    form = _form("start", found.issue.id, _("What you need from the customer, and how you asked"), _("Wait for the customer"))
    return html.Details([html.Summary(_("Wait for the customer")), html.Div(form, className="cl-form")])


def _form(way: str, issue_id: int, label: str, verb: str) -> list[Component]:
    return [
        dmc.Textarea(id={"kind": "waiting-field", "name": "note"}, label=label, autosize=True, minRows=2, maxRows=8, size="sm"),
        html.Div(button(verb, {"kind": "waiting", "way": way, "issue": issue_id})),
        html.Div(id="waiting-refused", role="alert"),
    ]
