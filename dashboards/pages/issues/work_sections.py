"""What is seen of the work on an issue: its cause, the fix, mails, concessions, and what those who wait for it can do."""

from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import day_and_time, day_words, due_time, moment
from dashboards.components.numbers import exact_money
from dashboards.pages.issues.deputies import away_words
from dashboards.pages.issues.fix_words import language_name
from dashboards.pages.issues.work_forms import refused_place, work_button, work_field
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.issues.models import Issue
from feedback.issues.rules.words import quoted
from feedback.issues.working.concessions import ConcessionLine
from feedback.issues.working.models import ProgressMail
from feedback.issues.working.progress import stop_words
from feedback.issues.working.rules import ConcessionState, MailState
from feedback.reporting.issue_board import IssueDetail

Component = Any


def cause_words(found: IssueDetail) -> Component:
    """Where the cause stands in the tree, what was said of it beyond its name, and the chain that leads there."""
    work = found.working
    shown = [text for text in (work.cause_path, work.cause_words) if text]
    if not shown:
        return None
    parts: list[Component] = [html.Span(shown[0]), *[html.Div(text, className="cl-note") for text in shown[1:]]]
    if work.whys:
        parts.append(html.Ol([html.Li(why) for why in work.whys], className="cl-whys"))
    return parts


def fix_words(viewer: Viewer, found: IssueDetail) -> Component:
    """Who fixes it until when, then what was done."""
    issue, work = found.issue, found.working
    if issue.fix_summary:
        return _done_words(viewer, issue)
    if issue.fix_due_at is None and work.fix_owner is None:
        return None
    parts: list[Component] = [html.Span(work.fix_owner)] if work.fix_owner else []
    if issue.fix_due_at is not None:
        parts += [" · " if parts else "", due_time(issue.fix_due_at, viewer)]
    notes = [html.Div(text, className="cl-note") for text in _fix_warnings(viewer, found)]
    return html.Div([html.Span(parts), *notes])


def _fix_warnings(viewer: Viewer, found: IssueDetail) -> list[str]:
    """What whoever planned it may not have seen: the day lies behind the one by which it has to be solved, or nobody is there."""
    issue, leave = found.issue, found.working.away.get(found.working.fix_owner_id or 0)
    told = [away_words(viewer, leave)] if leave is not None else []
    due = issue.resolution_due_at
    if issue.fixed_at is None and issue.fix_due_at is not None and due is not None and issue.fix_due_at > due:
        told.append(_("After the day by which it has to be solved: %(day)s.", day=day_words(due, viewer)))
    return told


def _done_words(viewer: Viewer, issue: Issue) -> Component:
    """In the viewer's language; what the customers read in others stands below, folded."""
    shown = quoted(issue.fix_summary, issue.fix_summaries, viewer.locale)
    others = {code: text for code, text in issue.fix_summaries.items() if text != shown.text}
    if not others:
        return shown.text
    lines = [html.P([html.Span(language_name(code), className="cl-note"), " ", text]) for code, text in others.items()]
    return html.Div([shown.text, html.Details([html.Summary(_("As customers read it")), *lines], className="cl-more")])


def mails_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Mails about progress, and what became of them."""
    mails = found.working.mails
    if not mails:
        return []
    lines = [html.Li(_mail(viewer, mail)) for mail in mails]
    return [html.H3(_("Mails about progress")), html.Ul(lines, className="cl-lines")]


def _mail(viewer: Viewer, mail: ProgressMail) -> list[Component]:
    head: list[Component] = [html.Strong(mail.subject or _("Removed with the person")), " · ", _mail_state(mail), " "]
    head.append(moment(mail.sent_at or mail.created_at, viewer))
    shown: list[Component] = [html.Div(head)]
    if mail.stopped_because is not None:
        shown.append(html.Div(stop_words(mail.stopped_because), className="cl-refusal"))
    if mail.text:
        shown.append(html.Details([html.Summary(_("Text")), html.Div(mail.text, className="cl-letter")], className="cl-more"))
    return shown


def _mail_state(mail: ProgressMail) -> str:
    return {
        MailState.QUEUED: _("waits to leave"),
        MailState.SENT: _("sent"),
        MailState.STOPPED: _("not sent"),
        MailState.RETURNED: _("came back"),
    }[mail.state]


def concessions_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """What was asked for, what somebody else said, and the way to ask."""
    given = [html.Li(concession_words(viewer, line)) for line in found.working.concessions]
    form = [_ask_form(found)] if found.working.may_ask else []
    if not given and not form:
        return []
    listed = [html.H3(_("Concessions")), html.Ul(given, className="cl-lines")] if given else []
    waits = any(line.decidable for line in found.working.concessions)
    decide: list[Component] = [html.P(link_button(_("Decide"), "/app/concessions"))] if waits else []
    return [*listed, *decide, *form]


def concession_words(viewer: Viewer, line: ConcessionLine) -> list[Component]:
    """One concession: how much, why, and where it stands."""
    head: list[Component] = [html.Strong(exact_money(line.amount, line.currency)), " · ", concession_state(line), " "]
    head.append(moment(line.decided_at or line.requested_at, viewer))
    who = _("%(person)s asked: %(reason)s", person=line.requested_by, reason=line.reason)
    said = [html.Div(line.decision, className="cl-note")] if line.decision else []
    return [html.Div(head), html.Div(who, className="cl-note"), *said]


def concession_state(line: ConcessionLine) -> str:
    """Where it stands, with who decided."""
    person = line.decided_by or "?"
    return {
        ConcessionState.REQUESTED: _("waits for somebody's yes"),
        ConcessionState.APPROVED: _("approved by %(person)s", person=person),
        ConcessionState.DECLINED: _("declined by %(person)s", person=person),
        ConcessionState.WITHDRAWN: _("taken back"),
    }[line.state]


def _ask_form(found: IssueDetail) -> Component:
    label = _("Amount (%(currency)s)", currency=current_exchange().currency)
    form = [
        dmc.NumberInput(id=work_field("amount"), label=label, min=0, hideControls=True, size="sm", w=200),
        dmc.Textarea(id=work_field("why"), label=_("Why the customer should get it"), autosize=True, minRows=2, size="sm"),
        html.P(_("Somebody else has to approve it before you may promise it."), className="cl-note"),
        html.Div(work_button(_("Ask for it"), "concede", found)),
        refused_place("concede"),
    ]
    summary = html.Summary(_("Ask for a concession"))
    return html.Div(html.Details([summary, html.Div(form, className="cl-form")]), className="cl-more")


def advocacy_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Watching, reminding and escalating, for those who wait for the issue; who works on it needs none of it."""
    standing = found.working.advocacy
    standing_in = found.away is not None and found.away.deputy_id == viewer.user_id
    if standing is None or standing_in or found.issue.owner_id == viewer.user_id:
        return []
    watch = _("Stop watching") if standing.watching else _("Watch this issue")
    act = "unwatch" if standing.watching else "watch"
    parts: list[Component] = [html.Div(_watch_line(found, watch, act), className="cl-chips")]
    parts += [_nudge(viewer, found), _escalation(viewer, found)]
    return [html.Div([part for part in parts if part is not None], className="cl-more cl-advocacy")]


def _watch_line(found: IssueDetail, verb: str, act: str) -> list[Component]:
    told = _("You hear of everything that happens here.") if act == "unwatch" else None
    shown = button(verb, {"kind": "work", "act": act, "issue": found.issue.id})
    return [shown, html.Span(told, className="cl-note")] if told else [shown]


def _nudge(viewer: Viewer, found: IssueDetail) -> Component:
    standing = found.working.advocacy
    if standing is None or standing.owner is None:
        return None
    label = _("What %(owner)s should know (may stay empty)", owner=standing.owner)
    form = [
        dmc.TextInput(id=work_field("nudge"), label=label, size="sm"),
        html.Div(work_button(_("Remind the owner"), "nudge", found, why_not=_not_before(viewer, standing.nudge_from))),
        refused_place("nudge"),
    ]
    return html.Details([html.Summary(_("Remind %(owner)s", owner=standing.owner)), html.Div(form, className="cl-form")])


def _escalation(viewer: Viewer, found: IssueDetail) -> Component:
    standing = found.working.advocacy
    if standing is None or not standing.leads:
        return None
    people = ", ".join(standing.leads)
    form = [
        dmc.Textarea(id=work_field("escalate"), label=_("Why it has to be looked at"), autosize=True, minRows=2, size="sm"),
        html.P(_("%(people)s hears of it at once, and so does the owner.", people=people), className="cl-note"),
        html.Div(work_button(_("Take it to the lead"), "escalate", found, why_not=_not_before(viewer, standing.escalate_from))),
        refused_place("escalate"),
    ]
    return html.Details([html.Summary(_("Take it to %(people)s", people=people)), html.Div(form, className="cl-form")])


def _not_before(viewer: Viewer, at: datetime | None) -> str | None:
    return _("You did that within the last day; again from %(time)s on.", time=day_and_time(at, viewer)) if at else None
