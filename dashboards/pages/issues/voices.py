"""The people in an issue: what each said, who was answered, and what to do about those who wait."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from babel import Locale
from dash import html
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.badges import score_badge
from dashboards.components.buttons import button
from dashboards.components.folds import folded_quote
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.pages.issues.fields import channel_field
from feedback.access.rules import Viewer
from feedback.issues.people import Person, people_of
from feedback.issues.queries.single import Voice, VoiceState
from feedback.issues.rules import IssueSource
from feedback.issues.why import reason_words
from feedback.reporting.issue_board import IssueDetail

Component = Any
SHOWN = 3


def voices_panel(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Everybody who spoke up, each once with all their words; with several people, how many of them were answered."""
    people = people_of(found.voices)
    said = [_person(viewer, person, found) for person in people]
    if not said:
        return [html.P(_("Opened by staff; no customer's answer stands behind it yet."), className="cl-note")]
    head = [html.H3(_count(people))] if len(said) > 1 else []
    if len(said) <= SHOWN:
        return [*head, *said]
    more = ngettext("%(count)s more person", "%(count)s more people", len(said) - SHOWN, count=number(len(said) - SHOWN))
    return [*head, *said[:SHOWN], html.Details([html.Summary(more), *said[SHOWN:]], className="cl-more")]


def _count(people: Sequence[Person]) -> str:
    waiting = sum(person.state is VoiceState.WAITING for person in people)
    all_of_them = ngettext("%(num)s person", "%(num)s people", len(people))
    if not waiting:
        return _("%(people)s · everybody is answered", people=all_of_them)
    left = ngettext("%(num)s still to answer", "%(num)s still to answer", waiting)
    return _("%(people)s · %(left)s", people=all_of_them, left=left)


def _person(viewer: Viewer, person: Person, found: IssueDetail) -> Component:
    speaker = person.speaker
    who = speaker.contact_name or _("Somebody whose name we do not have")
    role = words.word(words.roles, speaker.contact_role) if speaker.contact_role else None
    once = len(person.voices) == 1
    line = [
        html.Span(who),
        html.Span(role, className="cl-note") if role else None,
        *(_when(viewer, speaker) if once else []),
        _language(speaker),
        _state(speaker),
        _settled(viewer, speaker),
    ]
    said = [part for voice in person.voices for part in _said(viewer, voice, found, once=once)]
    forms = _forms(person, found) if found.work and found.is_open else None
    parts = [*said, html.Div([part for part in line if part is not None], className="cl-under"), forms]
    return html.Div([part for part in parts if part is not None], className="cl-verbatim")


def _said(viewer: Viewer, voice: Voice, found: IssueDetail, *, once: bool) -> list[Component]:
    """The words; of somebody who spoke more than once each with its score, its time and what can be done about it alone."""
    if once:
        return [_quote(voice, found)]
    own = _own_issue_form(voice, found) if found.work and found.is_open else None
    return [_quote(voice, found), html.Div(_when(viewer, voice), className="cl-under"), own]


def _when(viewer: Viewer, voice: Voice) -> list[Component]:
    score = [score_badge(voice.score)] if voice.response_id else []
    return [*score, moment(voice.responded_at or voice.created_at, viewer)]


def _language(voice: Voice) -> Component:
    """Whoever reads this is told when the person speaks another language."""
    reader = get_locale() or Locale("en")
    spoken = (voice.language or "").replace("_", "-").partition("-")[0].lower()
    if not spoken or spoken == reader.language:
        return None
    name = reader.languages.get(spoken, spoken)
    return html.Span(_("speaks %(language)s", language=name), className="cl-note")


def _forms(person: Person, found: IssueDetail) -> Component:
    """What can be done about one person, side by side: several people take little room."""
    forms = [_answer_form(person.speaker, found)] if person.state is VoiceState.WAITING else []
    if len(found.voices) > 1 and len(person.voices) == 1:
        forms.append(_own_issue_form(person.speaker, found))
    return html.Div(forms, className="cl-side-by-side") if forms else None


def _quote(voice: Voice, found: IssueDetail) -> Component:
    text = voice.comment or voice.said
    if text:
        return folded_quote(text, language=voice.language or None)
    # why the issue is here stands above, and the score of an answer beside the name
    if voice.why and voice.cause.value not in (IssueSource.RESPONSE, *found.issue.why):
        first = next(iter(voice.why))
        return html.P(reason_words(voice.cause, voice.why.get(voice.cause.value, voice.why[first])), className="cl-note")
    return html.P(_("No comment."), className="cl-note") if voice.response_id else None


def _state(voice: Voice) -> Component:
    texts = {
        VoiceState.WAITING: _("still to answer"),
        VoiceState.ANSWERED: _("we have answered"),
        VoiceState.WAIVED: _("need not be answered"),
    }
    text = texts.get(voice.state)
    return html.Span(text, className=f"cl-badge cl-voice-{voice.state.value}") if text else None


def _settled(viewer: Viewer, voice: Voice) -> Component:
    if voice.state is VoiceState.ANSWERED and voice.answered_at is not None:
        by = _("%(name)s spoke with them", name=voice.answered_by) if voice.answered_by else _("Spoken with")
        return html.Span([by, " · ", moment(voice.answered_at, viewer)], className="cl-note")
    return html.Span(voice.waived_reason, className="cl-note") if voice.state is VoiceState.WAIVED else None


def field_id(name: Any, voice_id: Any) -> dict[str, Any]:
    """Of a field of a voice's form."""
    return {"kind": "voice-field", "name": name, "voice": voice_id}


def act_id(act: Any, voice_id: Any, issue_id: Any) -> dict[str, Any]:
    """Of a button of a voice."""
    return {"kind": "voice-act", "act": act, "voice": voice_id, "issue": issue_id}


def refused_id(voice_id: Any) -> dict[str, Any]:
    """Where it is said why a button did nothing."""
    return {"kind": "voice-refused", "voice": voice_id}


def _answer_form(voice: Voice, found: IssueDetail) -> Component:
    text = dmc.Textarea(
        id=field_id("said", voice.id), label=_("What was said, or why nobody has to"), autosize=True, minRows=2, size="sm"
    )
    buttons = [
        button(_("They are answered"), act_id("answer", voice.id, found.issue.id), primary=True),
        button(_("Nobody has to answer them"), act_id("waive", voice.id, found.issue.id)),
    ]
    form = [channel_field(field_id("channel", voice.id)), text, html.Div(buttons, className="cl-chips")]
    inner = html.Div([*form, html.Div(id=refused_id(voice.id), role="alert")], className="cl-form")
    return html.Details([html.Summary(_("Answer this person")), inner], className="cl-more")


def _own_issue_form(voice: Voice, found: IssueDetail) -> Component:
    field = dmc.TextInput(id=field_id("title", voice.id), label=_("What their own issue is about"), size="sm")
    act = html.Div(button(_("Give them an issue of their own"), act_id("split", voice.id, found.issue.id)))
    inner = html.Div([field, act, html.Div(id={"kind": "split-refused", "voice": voice.id}, role="alert")], className="cl-form")
    return html.Details([html.Summary(_("This is another problem")), inner], className="cl-more")
