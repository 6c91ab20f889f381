"""Does the fix hold? Who was asked when, what came back, and the next step: to ask, or to write down what was said."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import score_badge
from dashboards.components.buttons import button
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import number
from dashboards.pages.issues.fields import channel_field
from dashboards.pages.issues.phrases import verdict_words, way_words
from feedback.access.rules import Viewer
from feedback.gate.rules import IssueBand
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.reporting.issue_board import IssueDetail
from feedback.reporting.verification import MailLine, Person, PulseLine, VerificationState, WordLine, verification_state
from feedback.surveys.rules import InvitationState
from feedback.web.numerals import time_span

Component = Any
_ASKABLE = (IssueState.FIXED, IssueState.CLOSED_UNVERIFIED)
_SELLING_GOES_ON = (IssueBand.NONE, IssueBand.MINOR_OPEN)
_UNDER_WAY = (InvitationState.SENT, InvitationState.REMINDED)


def verification_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Nothing before there is, or was, a fix."""
    issue = found.issue
    state = verification_state(issue)
    if issue.fixed_at is None and not (state.pulses or state.earlier):
        return []
    parts: list[Component] = [html.H3(_("Verified?")), html.P(_summary(viewer, found, state))]
    if issue.fixed_at is not None:
        people = [_person(viewer, person) for person in state.people]
        parts.append(html.Ul(people, className="cl-lines") if people else None)
        parts.append(_call_form(found, state) if found.work and issue.state in _ASKABLE else None)
    if state.pulses:
        parts.append(html.H3(_("Recovery pulse")))
        parts.append(html.Ul([_pulse(viewer, pulse) for pulse in state.pulses], className="cl-lines"))
    if state.earlier:
        lines = [html.Li([name or _("Somebody"), ": ", *_word(viewer, word)]) for name, word in state.earlier]
        summary = html.Summary(_("What was said about earlier fixes"))
        parts.append(html.Details([summary, html.Ul(lines, className="cl-lines")], className="cl-more"))
    return [html.Div([part for part in parts if part is not None], id="verified")]


def _summary(viewer: Viewer, found: IssueDetail, state: VerificationState) -> str:
    issue, waiting = found.issue, len(state.waiting)
    if issue.state in (IssueState.VERIFIED, IssueState.CLOSED):
        return _("Yes: the customer said so.")
    if issue.state is IssueState.CLOSED_UNVERIFIED:
        return _without_a_word(found)
    if issue.fixed_at is None:
        return _("Not any more: the customer said that it is not solved.")
    said = ngettext("%(num)s person has not said yes.", "%(num)s people have not said yes.", waiting)
    tried = (
        _("Tried %(tried)s of %(needed)s times.", tried=number(state.attempts), needed=number(state.needed))
        if state.attempts <= state.needed
        else ngettext("Tried %(num)s time.", "Tried %(num)s times.", state.attempts)
    )
    if state.closable_from is None:
        return f"{said} {tried}"
    if state.is_hasty and state.closable_from > clock.now():
        again = _("Who does not pick up now may tomorrow: try again then, and it may be closed without an answer.")
        apart = _("Between the first and the last: %(time)s.", time=time_span(state.tried_over))
        return f"{said} {tried} {apart} {again}"
    if state.attempts >= state.needed or state.closable_from <= clock.now():
        return f"{said} {tried} " + _("It may be closed without an answer; the account then stays on hold.")
    day = day_words(state.closable_from, viewer)
    if not state.attempts:
        return f"{said} {tried} " + _("Ask them: without asking, it is never closed without an answer.")
    return f"{said} {tried} " + _("Silence is not a yes; without an answer it is closed on %(day)s, and selling waits.", day=day)


def _without_a_word(found: IssueDetail) -> str:
    if found.standing.issues in _SELLING_GOES_ON:
        return _(
            "Closed without an answer. Since then the customer has given a 7 or better, or has left: it holds no selling back any"
            " more."
        )
    return _("Nobody knows: closed without an answer. Selling waits until the customer gives a 7 or better, or leaves.")


def _person(viewer: Viewer, person: Person) -> Component:
    role = words.word(words.roles, person.role) if person.role else ""
    name = html.Strong(person.name or _("Somebody whose name we do not have"))
    head = [name, html.Span(role, className="cl-badge") if role else None]
    lines: list[Component] = [_word(viewer, word) for word in person.words]
    if person.mail is not None and not person.words:
        lines.append(_mail(viewer, person.mail))
    if person.calls:
        lines.append([ngettext("Called in vain %(num)s time", "Called in vain %(num)s times", person.calls)])
    if not person.there:
        lines.append([_("Has left; nobody waits for an answer.")])
    elif person.waived:
        lines.append([_("Need not be asked; why stands with what they said.")])
    elif person.unheard and not person.words:
        lines.append([_("Nobody has talked with them since they told us: call them; no mail asks first.")])
    elif not lines:
        lines.append([_("Not asked yet.")])
    return html.Li([html.Div(head, className="cl-under"), *[html.Div(line, className="cl-note") for line in lines]])


def _word(viewer: Viewer, word: WordLine) -> list[Component]:
    line = [verdict_words(word.verdict), " · ", way_words(word.way), " · ", moment(word.at, viewer)]
    if word.recorded_by:
        line += [" · ", _("noted by %(name)s", name=word.recorded_by)]
    if word.comment:
        line.append(html.Blockquote(word.comment, className="cl-quote"))
    return line


def _mail(viewer: Viewer, mail: MailLine) -> list[Component]:
    if mail.state is InvitationState.SKIPPED and mail.reason is not None:
        why = words.word(words.skip_reasons, mail.reason)
        return [_("No mail may go (%(why)s): ask by phone.", why=why)]
    if mail.state is InvitationState.PLANNED and mail.send_at is not None:
        return [_("The mail leaves in their working hours:"), " ", moment(mail.send_at, viewer)]
    if mail.state in _UNDER_WAY:
        again = ngettext("reminded %(num)s time", "reminded %(num)s times", mail.reminders) if mail.reminders else ""
        return [_("Asked by mail, no answer yet"), " · ", moment(mail.sent_at, viewer), f" · {again}" if again else ""]
    return [_("Mail: %(state)s", state=words.word(words.invitation_states, mail.state)), " · ", _("ask by phone")]


def _pulse(viewer: Viewer, pulse: PulseLine) -> Component:
    line: list[Component] = [html.Strong(pulse.name or _("Somebody whose name we do not have")), " · "]
    if pulse.score is not None:
        line += [score_badge(pulse.score), " ", moment(pulse.answered_at, viewer)]
    elif pulse.state is InvitationState.SKIPPED and pulse.reason is not None:
        line += [_("not asked: %(why)s", why=words.word(words.skip_reasons, pulse.reason))]
    elif pulse.state is InvitationState.PLANNED:
        line += [_("asked for one score on"), " ", day_words(pulse.due_at, viewer)]
    elif pulse.state in _UNDER_WAY:
        line += [_("asked, no answer yet"), " · ", moment(pulse.sent_at, viewer)]
    else:
        line += [words.word(words.invitation_states, pulse.state)]
    return html.Li(line)


def _call_form(found: IssueDetail, state: VerificationState) -> Component:
    issue = {"issue": found.issue.id}
    fields: list[Component] = []
    asked = [(one.contact_id, one.name or "?") for one in state.people if one.there] or list(found.working.people)
    if len(state.people) > 1 or (not state.people and found.issue.contact_id is None):
        people = [{"value": str(contact_id), "label": name} for contact_id, name in asked]
        first = str(state.waiting[0].contact_id) if state.waiting else None
        fields.append(dmc.Select(id=_field("contact"), label=_("Who was asked"), data=people, value=first, size="sm"))
    fields += [
        dmc.Select(id=_field("verdict"), label=_("Is it solved?"), data=_verdicts(), size="sm"),
        channel_field(_field("channel")),
    ]
    said = dmc.Textarea(id=_field("said"), label=_("What was said"), autosize=True, minRows=2, maxRows=8, size="sm")
    fixed = found.issue.state is IssueState.FIXED
    ask = button(_("Ask by mail"), {"kind": "ask-mail", **issue}) if fixed and not state.has_mail else None
    record = button(_("Record the answer"), {"kind": "verdict", **issue}, primary=fixed, next_step=fixed)
    return html.Div(
        [
            html.Div(fields, className="cl-fields"),
            said,
            html.Div([record, ask], className="cl-chips"),
            html.Div(id="verdict-refused", role="alert"),
        ],
        className="cl-form cl-form-wide",
        role="group",
        **attributes(aria_label=_("What the customer says about the fix")),
    )


def _field(name: str) -> dict[str, str]:
    return {"kind": "verdict-field", "name": name}


def _verdicts() -> Sequence[dict[str, str]]:
    answers = [{"value": name, "label": verdict_words(name)} for name in ("yes", "partly", "no")]
    return [*answers, {"value": "not_reached", "label": _("Nobody was reached")}]
