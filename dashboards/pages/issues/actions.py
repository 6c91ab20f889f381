"""What a person can do with an issue: the next step with its form, the other ways on, taking and assigning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.dates import due_field
from dashboards.components.moments import day_words
from dashboards.components.reach import ways_to_reach
from dashboards.pages.issues.clocks import waiting_action
from dashboards.pages.issues.contact_form import cause_select, contact_form, folded_form, log_button, whys_field
from dashboards.pages.issues.fields import channel_field
from dashboards.pages.issues.fix_words import fix_words_fields
from dashboards.pages.issues.giving import assign_form
from dashboards.pages.issues.not_solved import find_refusal, refusal_words
from dashboards.pages.issues.phrases import missing_words
from dashboards.pages.issues.work_forms import diagnosis_form, fix_form, fixer_select, mail_form
from feedback.access.rules import Viewer
from feedback.issues.models import Issue
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.reporting.issue_board import IssueDetail

Component = Any


@dataclass(frozen=True)
class Step:
    """A way on: the state it leads to, the verb on its button, the fields of its form."""

    to: IssueState
    verb: str
    fields: tuple[str, ...] = ()


def steps_of(issue: Issue) -> list[Step]:
    """The ways on, the usual one first; a work item ends with the call."""
    if issue.source not in WORK_ITEMS:
        return steps_from(issue.state)
    log = Step(IssueState.CLOSED, _("Log the call and close"), ("channel", "note"))
    return {IssueState.NEW: steps_from(IssueState.NEW), IssueState.ROUTED: [log]}.get(issue.state, [])


def steps_from(state: IssueState) -> list[Step]:
    """The ways on from a state, the usual one first."""
    return {
        IssueState.NEW: [Step(IssueState.ROUTED, _("Find an owner"))],
        IssueState.ROUTED: [Step(IssueState.CONTACTED, _("Log the call"), ("channel", "note"))],
        IssueState.CONTACTED: [Step(IssueState.DIAGNOSED, _("Note the root cause"), ("root_cause_id", "root_cause", "whys"))],
        IssueState.DIAGNOSED: [Step(IssueState.IN_FIX, _("Start the fix"), ("fix_owner", "fix_due_at", "commitment"))],
        IssueState.IN_FIX: [
            Step(IssueState.FIXED, _("It is fixed"), ("fix_summary",)),
            Step(IssueState.IN_FIX, _("Log a progress update"), ("channel", "note")),
        ],
        # what the customer says has a form of its own: `verifying`
        IssueState.FIXED: [Step(IssueState.CLOSED_UNVERIFIED, _("Close without an answer"))],
        IssueState.VERIFIED: [Step(IssueState.CLOSED, _("Close the issue"))],
    }.get(state, [])


def next_panel(viewer: Viewer, found: IssueDetail) -> Component:
    """The next step, as the one primary button, with the form it needs."""
    if not found.is_open:
        return html.Div(html.P(_("This issue is closed; nothing is left to do.")), className="cl-next")
    if not found.work:
        owner = found.names.owner or _("Nobody yet")
        return html.Div(
            html.P(_("%(owner)s works on it. You can read it, because the customer is yours to see.", owner=owner)),
            className="cl-next",
        )
    if found.issue.state is IssueState.FIXED:
        return html.Div([html.P(_next_words(found)), *_ways(found)], className="cl-next", id="next-step")
    if _is_first_contact(found):
        return _first_contact(viewer, found)
    step = steps_of(found.issue)[0]
    parts = [
        *refusal_words(viewer, found),
        html.P(_next_words(found)),
        *_closes_itself(viewer, found),
        *_ways(found),
        *_form(viewer, step, found),
        html.Div(
            html.Div([_move_button(step, found, primary=True), _take_button(viewer, found)], className="cl-chips"),
            className="cl-next-foot",
        ),
        html.Div(id={"kind": "refused", "to": step.to.value}, role="alert"),
    ]
    return html.Div(parts, className="cl-next", id="next-step")


def _closes_itself(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Nobody has to remember a click; what stands in its way is said at the button."""
    if found.closes_at is None or found.moves.get(IssueState.CLOSED.value):
        return []
    text = _("Or leave it: it closes by itself on %(day)s.", day=day_words(found.closes_at, viewer))
    return [html.P(text, className="cl-note")]


def _is_first_contact(found: IssueDetail) -> bool:
    return found.issue.state is IssueState.ROUTED and found.issue.source not in WORK_ITEMS


def _first_contact(viewer: Viewer, found: IssueDetail) -> Component:
    """The call, with everything that may follow from it."""
    parts = [
        *refusal_words(viewer, found),
        html.P(_next_words(found)),
        *_ways(found),
        *contact_form(viewer, found, first=True),
        html.Div(
            html.Div([log_button(found, first=True), _take_button(viewer, found)], className="cl-chips"), className="cl-next-foot"
        ),
        html.Div(id="contact-refused", role="alert"),
    ]
    return html.Div(parts, className="cl-next", id="next-step")


def _ways(found: IssueDetail) -> list[Component]:
    """The number to tap and the address to write to, while the customer is to be talked with."""
    if not found.is_open:
        return []
    ways = ways_to_reach(found.customer.phone, found.customer.email)
    return [html.Div(ways, className="cl-chips")] if ways else []


def _next_words(found: IssueDetail) -> str:
    person = found.customer.contact
    state = found.issue.state
    again = find_refusal(found) is not None
    if person is None and state in _OF_NOBODY:
        return _nameless_words(state, again=again)
    if again and state is IssueState.ROUTED:
        return _("Next: find out from %(person)s what is left, and say why the fix did not hold.", person=person)
    if again and state is IssueState.CONTACTED:
        return _("Next: say why the fix did not hold. What is left you have heard already.")
    if state is IssueState.ROUTED:
        return _("Next: call %(person)s.", person=person)
    unheard = [one.name for one in found.working.fix_readers if one.unheard]
    if state is IssueState.FIXED and unheard:
        names = ", ".join(unheard)
        return _("Next: call %(names)s. Nobody has talked with them since they told us, so no mail asks them.", names=names)
    if state is IssueState.FIXED:
        return _("Next: ask %(person)s whether it is solved, if the mail brings no answer. Silence is not a yes.", person=person)
    return {
        IssueState.NEW: _("Next: give it an owner.")
        if found.issue.queued_at is None
        else _("Nobody has room for it yet. Whoever gets room gets it; or take it, or give it to somebody."),
        IssueState.CONTACTED: _("Next: find out why it happened."),
        IssueState.DIAGNOSED: _("Next: say what you will fix and by when, and promise it to the customer."),
        IssueState.IN_FIX: _("Next: fix it, and tell the customer."),
        IssueState.VERIFIED: _("Next: close it."),
    }.get(state, "")


_OF_NOBODY = (IssueState.ROUTED, IssueState.FIXED)


def _nameless_words(state: IssueState, *, again: bool) -> str:
    """Where no person is named whom one could call."""
    if state is IssueState.FIXED:
        return _("Next: ask the customer whether it is solved, if the mail brings no answer. Silence is not a yes.")
    return (
        _("Next: find out from the customer what is left, and say why the fix did not hold.")
        if again
        else _("Next: call the customer.")
    )


def actions_panel(viewer: Viewer, found: IssueDetail) -> Component:
    """The other things one may do, folded away."""
    if not found.work or not found.is_open:
        return None
    first = 0 if found.issue.state is IssueState.FIXED else 1
    others = [_other(viewer, step, found) for step in steps_of(found.issue)[first:]]
    talk = None if _is_first_contact(found) else folded_form(viewer, found)
    further = [
        diagnosis_form(found),
        fix_form(viewer, found),
        mail_form(found),
        waiting_action(found),
        assign_form(viewer, found),
    ]
    return html.Div([*others, talk, *further], className="cl-more")


def _other(viewer: Viewer, step: Step, found: IssueDetail) -> Component:
    parts = [
        html.Summary(step.verb),
        html.Div([*_form(viewer, step, found), html.Div(_move_button(step, found, primary=False))], className="cl-form"),
        html.Div(id={"kind": "refused", "to": step.to.value}, role="alert"),
    ]
    return html.Details(parts)


def _move_button(step: Step, found: IssueDetail, *, primary: bool) -> Component:
    # what the form asks for can still be given; what it cannot give is why the button does not work
    lacking = [fact for fact in found.moves.get(step.to.value, ()) if fact not in step.fields]
    why_not = " ".join(missing_words(fact) for fact in lacking if not (fact == "owner" and step.to is IssueState.ROUTED)) or None
    if found.hasty and step.to is IssueState.CLOSED_UNVERIFIED:
        why_not = _("Every try lies within a day: try again tomorrow.")
    identity = {"kind": "move", "to": step.to.value, "issue": found.issue.id}
    return button(step.verb, identity, why_not=why_not, primary=primary, next_step=primary)


def _take_button(viewer: Viewer, found: IssueDetail) -> Component:
    if found.issue.owner_id == viewer.user_id and found.issue.queued_at is None:
        return None
    return button(_("Take it"), {"kind": "take", "issue": found.issue.id})


def _form(viewer: Viewer, step: Step, found: IssueDetail) -> list[Component]:
    return [_field(viewer, name, step.to.value, found) for name in step.fields]


def _field(viewer: Viewer, name: str, to: str, found: IssueDetail) -> Component:
    identity = {"kind": "move-field", "name": name, "to": to}
    if name == "channel":
        return channel_field(identity)
    if name == "root_cause_id":
        return html.Div(cause_select(identity, found), **attributes(data_optional="1"))
    if name == "whys":
        return html.Div(whys_field(identity, found.working.whys), **attributes(data_optional="1"))
    if name == "fix_owner":
        return fixer_select(identity, found, found.working.fix_owner_id or viewer.user_id)
    if name == "fix_summary":
        return fix_words_fields(viewer, found, lambda place: identity | {"name": place})
    if name == "fix_due_at":
        return due_field(viewer, identity, _("Fixed by (%(zone)s)", zone=viewer.time_zone), w=260)
    labels = {
        "note": _("How you reached them, and what was said"),
        "root_cause": _("Why it happened, if no cause of the list fits"),
        "commitment": _("What you promised the customer"),
    }
    known = None if found.working.root_cause_id else found.issue.root_cause
    value = known if name == "root_cause" else None
    return dmc.Textarea(id=identity, label=labels[name], value=value or "", autosize=True, minRows=2, maxRows=8, size="sm")


def refusal(messages: Sequence[str]) -> Component:
    """What is missing, next to the form that stays as it was typed."""
    if len(messages) == 1:
        return html.P(messages[0], className="cl-refusal")
    items = [html.Li(message) for message in messages]
    return html.Ul(items, className="cl-missing-facts", **attributes(aria_label=_("What is missing")))
