"""One form for a contact: how it went, what was said, and everything that follows from it, saved at once."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.dates import due_field, moment_field
from dashboards.components.moments import today
from dashboards.pages.issues.fields import channel_field, fixers
from dashboards.pages.issues.fix_words import fix_words_fields
from feedback.access.rules import Viewer
from feedback.issues.queries.single import VoiceState
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.issues.working.cause_tree import CauseLine
from feedback.issues.working.rules import MOST_WHYS, Outcome, states_ahead
from feedback.reporting.issue_board import IssueDetail

Component = Any


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "contact-field", "name": name}


def drawn_values(found: IssueDetail) -> dict[str, str | None]:
    """What stands in the fields of facts that are known already; one that still says so says nothing new."""
    known, fixer = {cause.id for cause in found.working.causes}, found.working.fix_owner_id
    cause = found.working.root_cause_id
    return {
        "root_cause_id": str(cause) if cause in known else None,
        "whys": "\n".join(found.working.whys) or None,
        "fix_owner_id": str(fixer) if fixer else None,
    }


def contact_form(viewer: Viewer, found: IssueDetail, *, first: bool) -> list[Component]:
    """The fields above the button; `first`: the first contact, which the page asks for next."""
    said = _("How you reached them, and what was said") if first else _("What happened in this contact")
    return [
        dcc.Store(id="contact-drawn", data=drawn_values(found)),
        html.Div([channel_field(field_id("channel")), _whom(found), _others(found), _outcome()], className="cl-fields"),
        dmc.Textarea(id=field_id("said"), label=said, autosize=True, minRows=2, maxRows=8, size="sm"),
        _follows(viewer, found, first=first),
    ]


def log_button(found: IssueDetail, *, first: bool) -> Component:
    """The one button of the form."""
    verb = _("Log the call") if first else _("Save it all")
    return button(
        verb, {"kind": "contact-log", "issue": found.issue.id, "seen": found.issue.state.value}, primary=first, next_step=first
    )


def folded_form(viewer: Viewer, found: IssueDetail) -> Component:
    """The same for every later contact, folded away."""
    form = [
        *contact_form(viewer, found, first=False),
        html.Div(log_button(found, first=False)),
        html.Div(id="contact-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("Log a contact")), html.Div(form, className="cl-form cl-form-wide")])


def _whom(found: IssueDetail) -> Component:
    people = [{"value": str(contact_id), "label": name} for contact_id, name in found.working.people]
    known = {one["value"] for one in people}
    value = str(found.issue.contact_id) if str(found.issue.contact_id) in known else None
    return dmc.Select(id=field_id("contact_id"), label=_("With whom"), data=people, value=value, searchable=True, size="sm")


def _others(found: IssueDetail) -> Component:
    """Of several people who told us, more than one is often in the same talk: it answers them all."""
    named = {voice.contact_id: voice.contact_name for voice in found.voices if voice.state is not VoiceState.NOBODY}
    if len(named) < 2:
        return None
    data = [{"value": str(contact_id), "label": name or "?"} for contact_id, name in named.items()]
    return dmc.MultiSelect(id=field_id("also_contact_ids"), label=_("And with"), data=data, value=[], searchable=True, size="sm")


def _outcome() -> Component:
    return dmc.Select(
        id=field_id("outcome"), label=_("Outcome"), data=outcomes(), value=Outcome.REACHED.value, allowDeselect=False, size="sm"
    )


def outcomes() -> list[dict[str, str]]:
    """What can come of a call."""
    named = {
        Outcome.REACHED: _("Talked with them"),
        Outcome.LEFT_MESSAGE: _("Left a message"),
        Outcome.NOT_REACHED: _("Nobody answered"),
    }
    return [{"value": outcome.value, "label": text} for outcome, text in named.items()]


def _when(viewer: Viewer) -> Component:
    label = _("When, if not just now (%(zone)s)", zone=viewer.time_zone)
    return moment_field(viewer, field_id("occurred_at"), label, minDate=None, maxDate=today(viewer).isoformat())


def _follows(viewer: Viewer, found: IssueDetail, *, first: bool) -> Component:
    """What follows from it. The key for the next step asks for none of this."""
    fields = [
        dmc.TextInput(id=field_id("next_step"), label=_("Next step"), size="sm"),
        _after(found, first=first),
        _when(viewer),
        dmc.TextInput(id=field_id("promise"), label=_("A promise to the customer"), size="sm"),
        due_field(viewer, field_id("promise_due_at"), _("Promised for (%(zone)s)", zone=viewer.time_zone)),
        cause_select(field_id("root_cause_id"), found),
        dmc.TextInput(id=field_id("root_cause"), label=_("The cause in your own words, if it is not in the list"), size="sm"),
        html.Div(whys_field(field_id("whys"), found.working.whys), className="cl-full-row"),
        _fixer(found),
        due_field(viewer, field_id("fix_due_at"), _("Fix ready on (%(zone)s)", zone=viewer.time_zone)),
    ]
    if IssueState.FIXED in states_ahead(found.issue.state):
        fields.append(html.Div(fix_words_fields(viewer, found, field_id, later=True), className="cl-full-row"))
    summary = html.Summary(_("Also: next step, promise, cause, fix, state"))
    again = first and found.issue.reopen_count > 0  # why it came back is half of what has to be said
    inner = [summary, html.Div(fields, className="cl-fields")]
    return html.Details(inner, open=again, className="cl-more", **attributes(data_optional="1"))


def _after(found: IssueDetail, *, first: bool) -> Component:
    ahead = states_ahead(found.issue.state) if found.issue.source not in WORK_ITEMS else []
    states = ahead if first else [found.issue.state, *ahead]
    options = [{"value": state.value, "label": words.word(words.states, state)} for state in states]
    value = options[0]["value"] if options else None
    return dmc.Select(id=field_id("to"), label=_("The issue then is"), data=options, value=value, allowDeselect=False, size="sm")


def _fixer(found: IssueDetail) -> Component:
    value = drawn_values(found)["fix_owner_id"]
    return dmc.Select(
        id=field_id("fix_owner_id"), label=_("Who fixes it"), data=fixers(found), value=value, searchable=True, clearable=True,
        size="sm", clearButtonProps=attributes(aria_label=_("Nobody")),
    )  # fmt: skip


def cause_select(identity: Any, found: IssueDetail) -> Component:
    """A cause of the tree, with those above it; typing narrows the list."""
    value = drawn_values(found)["root_cause_id"]
    return dmc.Select(
        id=identity, label=_("Cause"), data=cause_options(found.working.causes), value=value, searchable=True, clearable=True,
        size="sm", nothingFoundMessage=_("No cause is called so; write it in your own words."),
        clearButtonProps=attributes(aria_label=_("No cause")),
    )  # fmt: skip


def cause_options(causes: Sequence[CauseLine]) -> list[dict[str, str]]:
    """The tree as a list of choices."""
    return [{"value": str(cause.id), "label": cause.path} for cause in causes]


def whys_field(identity: Any, whys: Sequence[str]) -> Component:
    """The chain of whys, a line each."""
    label = _("Ask why, and why again (a line each, up to %(most)s)", most=MOST_WHYS)
    return dmc.Textarea(id=identity, label=label, value="\n".join(whys), autosize=True, minRows=2, maxRows=6, size="sm")
