"""What was promised in an issue, and what became of it: kept, not kept and told, or no longer wanted."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import due_time, moment
from dashboards.pages.issues.fields import channel_field
from feedback.access.rules import Viewer
from feedback.issues.models import Commitment
from feedback.kernel import clock
from feedback.reporting.issue_board import IssueDetail

Component = Any


def holds_back(found: IssueDetail) -> bool:
    """Whether the issue cannot close for a promise; then what became of it is asked where closing is offered."""
    return found.work and any("promises" in missing for missing in found.moves.values())


def promises_section(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Every promise with what became of it, or with what can be said about it."""
    if not found.commitments:
        return [html.H3(_("Promised")), html.P(_("Nothing was promised yet."), className="cl-note")]
    judged = [made for made in found.commitments if made.is_judged(clock.now())]
    heading = _("Promised · kept %(kept)s of %(all)s", kept=found.kept, all=len(judged)) if judged else _("Promised")
    why = html.P(_("The issue can be closed when it is clear what became of every promise."), className="cl-note")
    lines = [html.Li([html.Span(made.text), " ", *_stand(viewer, made, found)]) for made in found.commitments]
    return [html.H3(heading), why if holds_back(found) else None, html.Ul(lines, className="cl-lines")]


def _stand(viewer: Viewer, made: Commitment, found: IssueDetail) -> list[Component]:
    if not made.is_open:
        return [ended_words(viewer, made)]
    due = due_time(made.due_at, viewer)
    if not found.work:
        return [due]
    keep = button(_("Mark as kept"), {"kind": "keep", "promise": made.id, "issue": found.issue.id})
    return [html.Span([due, keep], className="cl-under"), _end_form(made, found)]


def ended_words(viewer: Viewer, made: Any) -> Component:
    """What became of a promise (a row or a line of the list) and when; with neither an end nor a keeping, when it is due."""
    if made.withdrawn_at is not None:
        return _ended(_("the customer agreed to do without it"), made.withdrawn_at, viewer)
    if made.given_up_at is not None:
        return _ended(_("not kept, the customer was told"), made.given_up_at, viewer)
    if made.kept_at is not None:
        return _ended(_("kept late") if made.kept_at > made.due_at else _("kept"), made.kept_at, viewer)
    return due_time(made.due_at, viewer)


def _ended(words: str, at: Any, viewer: Viewer) -> Component:
    return html.Span([words, " ", moment(at, viewer)], className="cl-note")


def end_field(name: Any, promise_id: Any) -> dict[str, Any]:
    """Of a field of a promise's form."""
    return {"kind": "promise-field", "name": name, "promise": promise_id}


def end_button(how: Any, promise_id: Any, issue_id: Any) -> dict[str, Any]:
    """Of a button that ends a promise."""
    return {"kind": "promise-end", "how": how, "promise": promise_id, "issue": issue_id}


def end_refused(promise_id: Any) -> dict[str, Any]:
    """Where it is said why a button did nothing."""
    return {"kind": "promise-refused", "promise": promise_id}


def _end_form(made: Commitment, found: IssueDetail) -> Component:
    text = dmc.Textarea(
        id=end_field("said", made.id),
        label=_("What you told the customer, and what they said"),
        autosize=True,
        minRows=2,
        size="sm",
    )
    passed = _("Its time has passed, so it is broken.") if made.due_at < clock.now() else None
    buttons = [
        button(_("The customer knows that it is not kept"), end_button("not_kept", made.id, found.issue.id)),
        button(_("The customer does without it"), end_button("withdrawn", made.id, found.issue.id), why_not=passed),
    ]
    form = [channel_field(end_field("channel", made.id)), text, html.Div(buttons, className="cl-chips")]
    inner = html.Div([*form, html.Div(id=end_refused(made.id), role="alert")], className="cl-form")
    return html.Details([html.Summary(_("It is not kept, or no longer wanted")), inner], className="cl-more")
