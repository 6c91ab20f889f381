"""Why an issue exists, whom else it harms, which contract it is about, and which other issue it really is."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.pages.issues.mistakes import claim_form
from dashboards.pages.issues.one_problem import sibling_name
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.issues.rules import WORK_ITEMS
from feedback.issues.why import why_words
from feedback.reporting.issue_board import IssueDetail

Component = Any


def why_line(found: IssueDetail) -> Component:
    """One sentence; a merged issue leads to the one that it is part of now."""
    issue = found.issue
    parts: list[Component] = [html.P(why_words(issue.source, issue.why), className="cl-because")]
    if issue.merged_into_id is not None:
        text = _("Part of issue #%(number)s now.", number=found.merged_number)
        parts.append(html.P(dcc.Link(text, href=f"/app/issues/{issue.merged_into_id}")))
    return html.Div(parts)


def more_about(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """Folded forms: harm, contract, merging."""
    if not found.is_open or scope_of(viewer, "issue.open") is Scope.NONE:
        return []
    parts = [_harm(found)] if found.issue.source not in WORK_ITEMS else []
    if found.contracts:
        parts.append(_contract(found))
    if found.work and found.siblings:
        parts.append(_merge(found))
    parts.append(claim_form(found))
    parts = [part for part in parts if part is not None]
    return [html.Div(parts, className="cl-more")] if parts else []


def _harm(found: IssueDetail) -> Component:
    issue = found.issue
    form = [
        dmc.NumberInput(
            id="harm-count",
            label=_("How many of their customers, if known"),
            value=issue.harmed_count if issue.harmed_count is not None else "",
            min=1,
            allowDecimal=False,
            hideControls=True,
            size="sm",
            w=260,
        ),
        dmc.Textarea(id="harm-what", label=_("What happens to them"), value=issue.harm_note or "", autosize=True, size="sm"),
        html.P(_("It makes the issue one step graver, once."), className="cl-note"),
        html.Div(
            [
                button(_("Save"), {"kind": "harm", "harms": True, "issue": issue.id}),
                button(_("It harms nobody else"), {"kind": "harm", "harms": False, "issue": issue.id})
                if issue.harms_customers
                else None,
            ],
            className="cl-chips",
        ),
        html.Div(id="harm-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("Does it harm their own customers?")), html.Div(form, className="cl-form")])


def _contract(found: IssueDetail) -> Component:
    options = [
        {"value": str(one.id), "label": " · ".join(part for part in (one.name, one.site) if part)} for one in found.contracts
    ]
    chosen = str(found.issue.contract_id) if found.issue.contract_id else None
    form = [
        dmc.Select(id="issue-contract", label=_("Contract"), data=options, value=chosen, clearable=True, size="sm", w=320),
        html.P(_("The issue then counts where the renewal of this contract is looked at."), className="cl-note"),
        html.Div(button(_("Save"), {"kind": "contract", "issue": found.issue.id})),
    ]
    return html.Details([html.Summary(_("Which contract is it about?")), html.Div(form, className="cl-form")])


def _merge(found: IssueDetail) -> Component:
    options = [{"value": str(one.id), "label": sibling_name(one)} for one in found.siblings]
    note = _("Its people, promises and talks come here, and it is closed. Each person is still answered.")
    form = [
        dmc.Select(id="merge-with", label=_("The other issue of this customer"), data=options, size="sm", w=360),
        html.P(note, className="cl-note"),
        html.Div(button(_("Make them one issue"), {"kind": "merge", "issue": found.issue.id})),
        html.Div(id="merge-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("It is the same problem as another issue")), html.Div(form, className="cl-form")])
