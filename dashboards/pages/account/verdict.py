"""The gate's answer on the page. A no always comes with a reason, a person and a date."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.badges import mark
from dashboards.components.changes import change_due
from dashboards.components.moments import due_time
from dashboards.pages.account.strip import OUTCOME_BAND
from feedback.access.policy import scope_of
from feedback.access.rules import Role, Scope, Viewer
from feedback.gate.governing.queries import READ
from feedback.gate.presenting import decision_document
from feedback.gate.remedies import remedies
from feedback.gate.service import Decision
from feedback.gate.standing import names_of
from feedback.gate.summary import in_order
from feedback.gate.timing import WISHES, Moment
from feedback.gate.wording import Change, reasons
from feedback.reporting.account_page import AccountPage, IssueLine
from feedback.web.numerals import day, day_and_time, day_of, one_stop

Component = Any


def verdict(decision: Decision, page: AccountPage, viewer: Viewer) -> Component:
    """Yes or no and why; with a no also what would change it, who is on it and when to ask again."""
    document, finding = decision_document(decision), decision.finding
    outcome, ends = str(document["outcome"]), decision.row["expires_at"]
    names = names_of([finding.facts])
    changes, told = remedies(finding, names), in_order(reasons(finding.verdict.reasons, finding.evidence, names))
    number = _("Decision %(number)s", number=document["decision_id"])
    end = _("holds until %(until)s", until=day_and_time(ends))
    parts = [
        html.Div([mark(OUTCOME_BAND[outcome]), words.word(words.outcomes, outcome)], className="cl-verdict-head"),
        html.Ul([html.Li(reason.text) for reason in told]),
        *_way_to_yes(changes, page, viewer),
        _again(changes, finding.moment.timing if finding.moment else None, ends),
        html.P(f"{number} · {end}", className="cl-note"),
        _derivation(document, viewer),
    ]
    return html.Div(parts, className=f"cl-verdict cl-verdict-{OUTCOME_BAND[outcome]}")


def _way_to_yes(changes: Sequence[Change], page: AccountPage, viewer: Viewer) -> list[Component]:
    if not changes:
        return []
    issues = {line.id: line for line in page.issues}
    lines = [html.Li(_change(change, issues.get(change.issue_id or 0), page, viewer)) for change in changes]
    return [html.H3(_("What would change it")), html.Ul(lines)]


def _change(change: Change, issue: IssueLine | None, page: AccountPage, viewer: Viewer) -> list[Component]:
    said = dcc.Link(change.text, href=f"/app/issues/{change.issue_id}") if issue else html.Span(change.text)
    # an issue has its owner; everything else is for whoever looks after the account
    person = change.owner if change.issue_id else page.owner
    detail: list[Component] = [_("On it: %(name)s", name=person or _("nobody yet"))]
    if change.due:
        detail += [" · ", change_due(change, viewer)]
    if issue and issue.promise:
        detail += [" · ", _("Promised: %(text)s", text=issue.promise), " · ", due_time(issue.promise_due_at, viewer)]
    return [said, html.Div(detail, className="cl-note")]


def _again(changes: Sequence[Change], found: Moment | None, ends: datetime) -> Component:
    """When the moment opens, else the next due date of what has to change, else the end of the answer."""
    if not changes:
        return None
    ahead = [change.due for change in changes if change.due and change.due > ends]
    return html.P(one_stop(_("Ask again on %(day)s.", day=(found and _opening(found)) or day_of(min(ahead, default=ends)))))


def _opening(found: Moment) -> str | None:
    """The day the contact named, or the hour at which hours, caps and distances allow it."""
    wishes = [block.facts["on"] for block in found.blocks if block.why in WISHES]
    if wishes and len(wishes) == len(found.blocks):
        return day(date.fromisoformat(max(wishes)))
    return day_and_time(found.opens_at) if found.opens_at else None


def _derivation(document: dict[str, Any], viewer: Viewer) -> Component:
    """The policy that answered, with its rules one click away for those who may read them; its rows for an administrator."""
    version = str(document["policy_version"])
    if scope_of(viewer, READ) is Scope.NONE:
        return html.P(_("By the policy %(version)s.", version=version), className="cl-note")
    link = dcc.Link(_("By the policy %(version)s.", version=version), href="/app/gate-policy")
    rows = html.P(_("Rows: %(rows)s", rows=", ".join(document["rows"])), className="cl-note")
    return html.Div([html.P(link, className="cl-note"), rows if viewer.role is Role.ADMIN else None])
