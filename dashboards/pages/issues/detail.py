"""One issue: what the customer said, what to do next, who they are, what we promised, what happened."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import severity_badge, standing_badge
from dashboards.components.harm import harm_badge
from dashboards.components.numbers import money, number
from dashboards.page import Query
from dashboards.pages.issues.actions import actions_panel, next_panel
from dashboards.pages.issues.clocks import clocks_section, escalated_words, waiting_notice
from dashboards.pages.issues.deputies import away_line
from dashboards.pages.issues.due import due_line
from dashboards.pages.issues.history import history_section
from dashboards.pages.issues.mistakes import claim_notice
from dashboards.pages.issues.one_problem import one_problem
from dashboards.pages.issues.phrases import work_item_name
from dashboards.pages.issues.promises import holds_back, promises_section
from dashboards.pages.issues.standing_for import more_about, why_line
from dashboards.pages.issues.verifying import verification_section
from dashboards.pages.issues.voices import voices_panel
from dashboards.pages.issues.why import why_this_owner
from dashboards.pages.issues.work_sections import (
    advocacy_section,
    cause_words,
    concessions_section,
    fix_words,
    mails_section,
)
from feedback.access.rules import Viewer
from feedback.issues.people import people_of
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.reporting.issue_board import IssueDetail

Component = Any
RAIL = (
    IssueState.ROUTED,
    IssueState.CONTACTED,
    IssueState.DIAGNOSED,
    IssueState.IN_FIX,
    IssueState.FIXED,
    IssueState.VERIFIED,
    IssueState.CLOSED,
)


def detail_panel(viewer: Viewer, found: IssueDetail, query: Query) -> Component:
    """Everything about one issue, the next step above the fold."""
    parts = [
        dcc.Store(id="issue-changed"),
        _head(found),
        _rail(found),
        why_line(found),
        *claim_notice(viewer, found),
        *one_problem(found),
        *_first(viewer, found),
        *advocacy_section(viewer, found),
        _facts(viewer, found),
        *clocks_section(viewer, found),
        actions_panel(viewer, found),
        *mails_section(viewer, found),
        *concessions_section(viewer, found),
        *more_about(viewer, found),
        *([] if holds_back(found) else promises_section(viewer, found)),
        *history_section(viewer, found),
    ]
    unsaved = {
        "data-unsaved": f"{found.issue.id}:{len(found.history)}",  # whatever is saved is a line of the history
        "data-question": _("Leave without saving what you wrote?"),
    }
    named = attributes(aria_labelledby="issue-name")
    return html.Section(parts, className="cl-panel cl-issue", id="issue", **named, **unsaved)


def _first(viewer: Viewer, found: IssueDetail) -> list[Component]:
    """The words of the customer, then what to do about them. Several people stand below that: the next step is seen at once."""
    said = voices_panel(viewer, found)
    held = promises_section(viewer, found) if holds_back(found) else []
    step = [*waiting_notice(viewer, found), *held, next_panel(viewer, found), *verification_section(viewer, found)]
    return [*step, *said] if len(people_of(found.voices)) > 1 else [*said, *step]


def about(found: IssueDetail) -> str:
    """What it is about, in the words of the catalogue."""
    return found.names.defect_name or found.issue.title or work_item_name(found.issue.source, found.issue.why)


def _head(found: IssueDetail) -> Component:
    name = _("#%(number)s %(about)s", number=found.issue.number, about=about(found))
    account = dcc.Link(found.customer.account, href=f"/app/accounts/{found.customer.account_id}")
    badges = [standing_badge(found.standing), severity_badge(found.issue.severity)]
    if found.issue.harms_customers:
        badges.append(harm_badge(found.issue.harmed_count))
    if found.issue.reopen_count:
        again = ngettext("Opened again %(num)s time", "Opened again %(num)s times", found.issue.reopen_count)
        badges.append(html.Span(again, className="cl-badge"))
    if found.issue.escalated > 1:
        badges.append(html.Span(escalated_words(found.issue.escalated), className="cl-badge"))
    if found.issue.withdrawn_at is not None:
        badges.append(html.Span(_("Taken back: it counts nowhere"), className="cl-badge"))
    if found.issue.waiting_since is not None:
        badges.append(html.Span(_("Waits for the customer"), className="cl-badge"))
    return html.Div(
        [html.Div([html.H2(name, id="issue-name"), account]), html.Div(badges, className="cl-under")], className="cl-issue-head"
    )


def _rail(found: IssueDetail) -> Component:
    state = found.issue.state
    states = _stations(found)
    at = states.index(state) if state in states else -1
    steps = []
    for place, step in enumerate(states):
        here = attributes(aria_current="step") if place == at else {}
        name = "cl-now" if place == at else "cl-passed" if place < at else None
        steps.append(html.Li(html.Span(words.word(words.states, step)), className=name, **here))
    rail = html.Ol(steps, className="cl-rail", **attributes(aria_label=_("Where it stands")))
    if at < 0:
        return rail
    name = words.word(words.states, state)
    # where seven names do not fit the one that counts is written below; the others are read out
    brief = _("Step %(step)s of %(all)s: %(state)s", step=number(at + 1), all=number(len(states)), state=name)
    return html.Div([rail, html.P(brief, className="cl-rail-brief", **attributes(aria_hidden="true"))], className="cl-rail-box")


def _stations(found: IssueDetail) -> list[IssueState]:
    """The way through; of one that is closed only where it has been: nobody verified what was closed without a word."""
    issue = found.issue
    if issue.source in WORK_ITEMS:
        return [IssueState.ROUTED, IssueState.CLOSED]
    if found.is_open:
        return list(RAIL)
    return [*(one for one in RAIL[:-1] if getattr(issue, f"{one.value}_at") is not None), issue.state]


def _facts(viewer: Viewer, found: IssueDetail) -> Component:
    customer, issue = found.customer, found.issue
    tier = _("Tier %(tier)s · %(revenue)s a year", tier=customer.value_tier, revenue=money(customer.revenue, customer.currency))
    reason = found.standing.reasons[0].text if found.standing.reasons else None
    rows = [
        (_("Customer"), [html.Span(tier), html.Div(reason, className="cl-note") if reason else None]),
        (_("Owner"), [html.Span(_owner(viewer, found)), away_line(viewer, found), why_this_owner(viewer, found)]),
        (_("Also affected"), _affected(found)),
        (_("Harm to their customers"), issue.harm_note),
        (_("Contract"), _contract(found)),
        (_("Root cause"), cause_words(found)),
        (_("Fix"), fix_words(viewer, found)),
    ]
    if found.first:
        rows.insert(0, (_("Next"), due_line(viewer, found.first)))
    return html.Dl([part for name, value in rows if value for part in (html.Dt(name), html.Dd(value))], className="cl-facts")


def _contract(found: IssueDetail) -> str | None:
    chosen = [one for one in found.contracts if one.id == found.issue.contract_id]
    return " · ".join(part for part in (chosen[0].name, chosen[0].site) if part) if chosen else None


def _owner(viewer: Viewer, found: IssueDetail) -> str:
    owner = found.names.owner or _("nobody")
    return " · ".join([owner, found.names.team]) if found.names.team else owner


def _affected(found: IssueDetail) -> str:
    people = len(people_of(found.voices)) - 1  # besides the one who told us
    affected = (
        ngettext("%(count)s more person here", "%(count)s more people here", people, count=number(people)) if people > 0 else ""
    )
    if not found.other_accounts:
        return affected
    others = ngettext(
        "%(count)s other account cites this defect",
        "%(count)s other accounts cite this defect",
        found.other_accounts,
        count=number(found.other_accounts),
    )
    return f"{affected} · {others}" if affected else others
