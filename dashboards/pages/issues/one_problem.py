"""Another open issue of the same person: maybe it is one problem, and one press makes it one."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.pages.issues.phrases import work_item_name
from feedback.reporting.issue_board import IssueDetail
from feedback.reporting.issue_neighbours import Sibling

Component = Any


def sibling_name(one: Sibling) -> str:
    """Its number and what it is about."""
    return _("#%(number)s %(about)s", number=one.number, about=one.about or work_item_name(one.source, one.why))


def one_problem(found: IssueDetail) -> list[Component]:
    """A proposal for each such issue, for whoever may work on both."""
    if not (found.is_open and found.work):
        return []
    return [_proposal(found, one) for one in found.siblings if one.stays_id is not None]


def _proposal(found: IssueDetail, other: Sibling) -> Component:
    said = _("%(name)s has another open issue: is it the same problem?", name=other.person or _("The same person"))
    stays = other.number if other.stays_id == other.id else found.issue.number
    note = _(
        "Then issue #%(number)s stays, with everything that was said and promised in both, and one of us calls.", number=stays
    )
    pair = {"kind": "one-problem", "kept": other.stays_id, "other": found.issue.id if other.stays_id == other.id else other.id}
    parts = [
        html.P(said),
        html.P(dcc.Link(sibling_name(other), href=f"/app/issues/{other.id}")),
        html.P(note, className="cl-note"),
        html.Div(button(_("Make them one issue"), pair)),
        html.Div(id={"kind": "one-problem-refused", "kept": pair["kept"], "other": pair["other"]}, role="alert"),
    ]
    return html.Div(parts, className="cl-next")
