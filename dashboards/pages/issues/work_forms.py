"""Forms for the work on an issue, folded away: why it happened, who fixes it until when, and a mail that says how far it is."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.dates import due_field
from dashboards.pages.issues.contact_form import cause_select, whys_field
from dashboards.pages.issues.fields import fixers
from dashboards.pages.issues.fix_words import language_name
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.issues.rules import WORK_ITEMS
from feedback.issues.service import TALKING
from feedback.issues.working.notes import PERMISSION as NOTE
from feedback.issues.working.progress import stop_words
from feedback.reporting.issue_board import IssueDetail

Component = Any


def work_field(name: str) -> dict[str, str]:
    """Of a field of these forms."""
    return {"kind": "work-field", "name": name}


def work_button(verb: str, act: str, found: IssueDetail, *, why_not: str | None = None) -> Component:
    """A button that does one thing about the issue."""
    return button(verb, {"kind": "work", "act": act, "issue": found.issue.id}, why_not=why_not)


def refused_place(act: str) -> Component:
    """Where it is said what is missing."""
    return html.Div(id={"kind": "work-refused", "act": act}, role="alert")


def diagnosis_form(found: IssueDetail) -> Component:
    """Why it happened, at any time before it is closed."""
    if found.issue.source in WORK_ITEMS:
        return None
    words = dmc.TextInput(id=work_field("cause_text"), label=_("In your own words"), size="sm")
    form = [
        cause_select(work_field("cause"), found),
        words,
        whys_field(work_field("cause_whys"), found.working.whys),
        html.Div(work_button(_("Save the cause"), "diagnose", found)),
        refused_place("diagnose"),
    ]
    return html.Details([html.Summary(_("Name or change the cause")), html.Div(form, className="cl-form")])


def fixer_select(identity: Any, found: IssueDetail, chosen: int | None) -> Component:
    """Who owes the fix."""
    value = str(chosen) if chosen else None
    return dmc.Select(
        id=identity, label=_("Owner of the fix"), data=fixers(found), value=value, searchable=True, size="sm", w=260
    )


def fix_form(viewer: Viewer, found: IssueDetail) -> Component:
    """Who fixes it, until when; nothing once it is fixed."""
    if found.issue.fixed_at is not None or found.issue.source in WORK_ITEMS:
        return None
    form = [
        fixer_select(work_field("fixer"), found, found.working.fix_owner_id),
        due_field(viewer, work_field("fix_day"), _("Ready by (%(zone)s)", zone=viewer.time_zone), w=260),
        html.Div(work_button(_("Plan the fix"), "fix", found)),
        refused_place("fix"),
    ]
    return html.Details([html.Summary(_("Say who fixes it, and by when")), html.Div(form, className="cl-form")])


def note_form(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """What colleagues should know, also on an issue that is closed."""
    if viewer.user_id is None or scope_of(viewer, NOTE) is Scope.NONE:
        return []
    form = [
        dmc.Textarea(id=work_field("note"), label=_("What your colleagues should know"), autosize=True, minRows=2, size="sm"),
        html.P(_("No customer sees it, and no clock moves. A talk with the customer is logged above."), className="cl-note"),
        html.Div(work_button(_("Save the note"), "note", found)),
        refused_place("note"),
    ]
    summary = html.Summary(_("Write a note for colleagues"))
    return [html.Div(html.Details([summary, html.Div(form, className="cl-form")]), className="cl-more")]


def mail_form(found: IssueDetail) -> Component:
    """A mail to the customer that says how far it is, started from a template and edited before it leaves."""
    if found.issue.state not in TALKING or found.issue.source in WORK_ITEMS:
        return None
    able = [reader for reader in found.working.readers if reader.stop is None]
    readers = [{"value": str(one.contact_id), "label": one.name or "?"} for one in able]
    templates = [{"value": "0", "label": _("Plain progress mail")}]
    templates += [{"value": str(one.id), "label": one.name} for one in found.working.templates]
    stopped = [
        html.P(_("%(name)s: %(why)s", name=one.name or "?", why=stop_words(one.stop)), className="cl-note")
        for one in found.working.readers
        if one.stop is not None
    ]
    summary = html.Summary(_("Mail the customer how far it is"))
    if not able:
        return html.Details([summary, *(stopped or [html.P(_("Nobody behind this issue has an address."), className="cl-note")])])
    fields = [
        dmc.Select(
            id=work_field("mail_to"), label=_("To"), data=readers, value=readers[0]["value"], allowDeselect=False, size="sm"
        ),
        dmc.Select(
            id=work_field("mail_template"), label=_("Start from"), data=templates, value=templates[0]["value"],
            allowDeselect=False, size="sm",
        ),
    ]  # fmt: skip
    form = [
        html.Div(fields, className="cl-fields"),
        *stopped,
        html.Div(button(_("Write a draft"), {"kind": "draft-mail", "issue": found.issue.id})),
        html.Div(id="mail-draft", className="cl-form-wide cl-form"),
    ]
    return html.Details([summary, html.Div(form, className="cl-form cl-form-wide")])


def draft_fields(found_id: int, subject: str, text: str, language: str) -> list[Component]:
    """The letter to be edited; nothing leaves before its button is pressed."""
    return [
        dmc.TextInput(id="mail-subject", label=_("Subject"), value=subject, size="sm"),
        dmc.Textarea(id="mail-text", label=_("Text (in the customer's language: %(language)s)", language=language_name(language)),
                     value=text, autosize=True, minRows=8, maxRows=24, size="sm"),
        html.P(
            _("It leaves in the customer's working hours, unless they asked for no mails by then; the next update is due later."),
            className="cl-note",
        ),
        html.Div(button(_("Send the mail"), {"kind": "send-mail", "issue": found_id, "language": language})),
        html.Div(id="mail-refused", role="alert"),
    ]  # fmt: skip
