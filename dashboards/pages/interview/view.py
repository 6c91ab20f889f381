"""One call, from top to bottom: may I, how likely, why, and store it. Made for one thumb, and for the keyboard."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import force_locale
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.badges import score_badge
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.panels import notice, panel
from dashboards.page import Query
from dashboards.pages.interview.address import back_address, call_address, line_address
from dashboards.pages.interview.phrases import warning_words
from feedback.access.rules import Viewer
from feedback.closed_loop.intake.content import MAX_WISH
from feedback.closed_loop.interviews import MAX_NOTE, Script, script_of
from feedback.permission.rules import ConsentAction
from feedback.reporting.call_list import CallLine, find_call
from feedback.surveys.programs import list_programs
from feedback.surveys.queries import list_reasons
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.web.languages import LANGUAGES
from feedback.web.naming import called

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """What is done here."""
    return _("Ask by phone")


def body(viewer: Viewer, query: Query) -> Component:
    """The call with one person, from the first words to what is stored."""
    account_id, contact_id = query.ids["account"], query.ids["contact"]
    script = script_of(viewer, account_id, contact_id, query.get("survey", DEFAULT_SURVEY))
    line = find_call(viewer, account_id, contact_id, script.program.code)
    if script.consent.action is ConsentAction.OBJECTED:
        stop = _("This person objected to being asked by phone. Do not ask.")
        return html.Div([_person(script, viewer, query), notice([stop])], className="cl-stack")
    who = {"account": account_id, "contact": contact_id, "survey": script.program.code, "search": dict(query.params)}
    asked = [_warnings(script, line), _consent(script), _question(script), _finish(script)]
    parts = [dcc.Store(id="interview-who", data=who), _person(script, viewer, query), *asked, html.Div(id="interview-done")]
    return html.Div([part for part in parts if part is not None], className="cl-stack cl-interview")


def _person(script: Script, viewer: Viewer, query: Query) -> Component:
    contact = script.contact
    name = contact.name or contact.external_id
    reach = html.A(contact.phone, href=f"tel:{contact.phone}", className="cl-button") if contact.phone else None
    surveys = [{"value": one.code, "label": called(one)} for one in list_programs() if one.active]
    choose = [
        dcc.Link(one["label"], href=query.link(survey=one["value"]), className="cl-button")
        for one in surveys
        if one["value"] != script.program.code
    ]
    lines = [
        html.Div([html.Strong(name), reach], className="cl-under"),
        html.Div(dcc.Link(script.account.name, href=f"/app/accounts/{script.account.id}")),
        html.Div(_last(script, viewer), className="cl-note"),
        html.Div([html.Span(_("Another survey:"), className="cl-note"), *choose], className="cl-chips") if choose else None,
    ]
    back = link_button(_("Back to the list"), back_address(query))
    return panel(called(script.program), html.Div(lines, className="cl-stack"), actions=[back])


def _last(script: Script, viewer: Viewer) -> Component:
    if script.last is None:
        return _("Has not answered this survey yet.")
    score, at = script.last
    return html.Span([_("Answered before:"), " ", score_badge(score), " ", moment(at, viewer)])


def _warnings(script: Script, line: CallLine | None) -> Component:
    texts = []
    if line is not None and line.no_call is not None:
        texts.append(warning_words(line.no_call))
    if script.own_account:
        own = _(
            "You look after this account yourself. People are often kinder to the one who sells to them: the answer is marked."
        )
        texts.append(own)
    if script.changes is not None:
        before = script.changes.score
        texts.append(_("They answered %(score)s within the last day. What you note changes that answer.", score=before))
    elif script.open_since is not None:
        texts.append(_("They have an open invitation. What you note answers it, and no reminder is sent."))
    said = [text for text in texts if text]
    return notice(said) if said else None


def _consent(script: Script) -> Component:
    with force_locale(_spoken(script)):
        ask = _("May I note your answer? It is stored with your name, and those who look after you can read it.")
    field = dmc.TextInput(
        id="interview-note",
        label=_("How they agreed or refused, if it matters"),
        placeholder=_("For example: “yes, go ahead”"),
        inputProps={"maxLength": MAX_NOTE},
        size="sm",
    )
    ends = [button(_("Nobody picked up"), "interview-missed"), button(_("They said no"), "interview-no")]
    no = html.Div(html.Div(ends, className="cl-chips"), className="cl-part-foot")
    return panel(_("1. Ask first"), html.Div([_say(ask, script), field, no], className="cl-stack"))


def _spoken(script: Script) -> str:
    base = script.language.partition("-")[0]
    return base if base in LANGUAGES else "en"


def _say(text: str, script: Script) -> Component:
    """Words to be said aloud, in the customer's language."""
    return html.Blockquote(text, lang=script.language, className="cl-say")


def _question(script: Script) -> Component:
    said = script.words
    numbers = [dmc.Radio(label=str(number), value=str(number)) for number in range(11)]
    score = dmc.RadioGroup(
        dmc.Group(numbers, gap="xs", className="cl-scores"), id="interview-score", label=_("Their number"), size="sm"
    )
    follow = [
        html.Div([html.Span(span, className="cl-badge"), _say(said[band], script)], className="cl-follow")
        for span, band in (("0–6", "detractor"), ("7–8", "passive"), ("9–10", "promoter"))
    ]
    reasons = [
        {"group": words.word(words.categories, group.category), "items": [_option(one.code, one.text) for one in group.reasons]}
        for group in list_reasons(script.program.code, script.language)
    ]
    fields = [
        _say(said["question"], script),
        score,
        *follow,
        dmc.Textarea(id="interview-comment", label=_("Their words, as they said them"), autosize=True, minRows=3, size="sm"),
        dmc.MultiSelect(
            id="interview-reasons", label=_("Reasons they named"), data=reasons, value=[], searchable=True, size="sm"
        ),
        *_call_again(script),
    ]
    return panel(_("2. The question"), html.Div(fields, className="cl-stack"))


def _call_again(script: Script) -> list[Component]:
    """They want to be called by whoever takes care of it."""
    wish = script.changes.call_me if script.changes else None
    phone, best_time = wish or (script.contact.phone or "", "")
    most = {"maxLength": MAX_WISH}
    fields = [
        dmc.TextInput(id="interview-call-phone", label=_("On which number"), value=phone, inputProps=most, size="sm"),
        dmc.TextInput(id="interview-call-time", label=_("When it suits them"), value=best_time, inputProps=most, size="sm"),
    ]
    ask = dmc.Checkbox(id="interview-call", label=_("They want to be called about it"), checked=wish is not None, size="sm")
    return [ask, html.Div(fields, className="cl-form cl-call-again")]


def _option(code: str, text: str) -> dict[str, str]:
    return {"value": code, "label": text}


def _finish(script: Script) -> Component:
    """What will stand afterwards, before it does."""
    note = html.P(_("Check the number with them before you store it. Afterwards:"))
    items = html.Ul([html.Li(text) for text in _lasting(script)], className="cl-lasting")
    save = html.Div(button(_("Store the answer"), "interview-save", primary=True, next_step=True), className="cl-part-foot")
    return panel(_("3. Store it"), html.Div([note, items, save], className="cl-stack"))


def _lasting(script: Script) -> list[str]:
    texts = [
        _("A number from 0 to 6 opens an issue at once. The issue stays, with its history, even if the number is changed later."),
        _("For 24 hours another talk can change the answer; after that it is corrected, with a reason and both values kept."),
        _("Your name stays beside the answer, and their yes or no in the record of consents, which nobody can change."),
    ]
    if script.own_account:
        own = _(
            "You look after this account: a number from 0 to 6 that they gave by themselves can only be raised by a colleague."
        )
        texts.append(own)
    return texts


def done(text: str, who: Mapping[str, Any], following: CallLine | None) -> Component:
    """What became of the call, and where to go on."""
    query = Query(call_address(who["account"], who["contact"]), who["search"])
    on = None
    if following is not None:
        on = link_button(_("Next: %(person)s", person=following.contact), line_address(following, query), primary=True)
    back = link_button(_("Back to the list"), back_address(query), primary=following is None)
    account = link_button(_("To the customer"), f"/app/accounts/{who['account']}")
    steps = html.Div([step for step in (on, back, account) if step is not None], className="cl-chips")
    return panel(_("Thank you"), html.Div([html.P(text, role="status"), steps], className="cl-stack"))
