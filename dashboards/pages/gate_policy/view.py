"""The policy that counts now in words, drafts that wait, and what counted before."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.moments import exactly, moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.gate_policy.sentences import draft_states, number_sentences, row_sentence
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.governing.models import DraftState
from feedback.gate.governing.queries import APPROVE, WRITE, current_policy, draft_details, list_drafts
from feedback.kernel.errors import InvalidInput

Component = Any
Line = Mapping[str, Any]
_HISTORY = 20


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("By which rules do we sell?")


def body(viewer: Viewer, query: Query) -> Component:
    """What waits for a word comes first."""
    waiting = list_drafts(limit=100, state=DraftState.DRAFT).items
    return html.Div([_waiting(viewer, waiting), _active(viewer), _history(viewer, query)], className="cl-stack")


def _waiting(viewer: Viewer, drafts: Sequence[Line]) -> Component:
    name = _("Drafts")
    actions = [link_button(_("Draft another policy"), "/app/gate-policy/new")] if _may(viewer, WRITE) else []
    if not drafts:
        hint = _("A change of the policy is drafted, simulated on the accounts of today, and approved by a second person.")
        return panel(name, empty_state(_("No draft waits."), hint=hint), actions=actions)
    columns: list[Column[Line]] = [
        Column(_("Draft"), _named, main=True),
        Column(_("By"), lambda one: one["author"]),
        Column(_("Last changed"), lambda one: moment(one["changed_at"], viewer), side=True),
        Column(_("What happens next"), lambda one: _next(viewer, one)),
    ]
    return panel(name, table(columns, drafts, caption=name), actions=actions)


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def _named(draft: Line) -> Component:
    return html.Div([row_link(draft["title"], f"/app/gate-policy/{draft['id']}"), html.Div(draft["why"], className="cl-note")])


def _next(viewer: Viewer, draft: Line) -> str:
    if draft["simulated_at"] is None:
        return _("It has to be simulated")
    if draft["author_id"] == viewer.user_id or not _may(viewer, APPROVE):
        return _("It waits for a second person's word")
    return _("It waits for your word")


def _active(viewer: Viewer) -> Component:
    policy = current_policy()
    content, note = policy["content"], _("Decisions name it as %(version)s.", version=policy["version"])
    parts = [
        _origin(viewer, policy["draft_id"]),
        html.H3(_("What the relationship allows")),
        _rules(content["relationship"]),
        html.H3(_("What permission and moment allow")),
        _rules(content["permission"]),
        html.H3(_("The numbers")),
        html.Ul([html.Li(text) for text in number_sentences(content).values()], className="cl-lines"),
        html.P(_("The stricter of the two tables has the last word; nobody may say more than both allow."), className="cl-note"),
    ]
    return panel(_("What counts now"), html.Div(parts, className="cl-policy"), note=note)


def _origin(viewer: Viewer, draft_id: int | None) -> Component:
    if draft_id is None:
        return html.P(_("Nobody has activated a policy yet: the settings of this installation count."))
    draft = draft_details(draft_id)
    since = exactly(draft["active_from"], viewer)
    said = _(
        "Since %(since)s. Drafted by %(author)s, approved by %(approver)s. Why: %(why)s",
        since=since,
        author=draft["author"],
        approver=draft["decided_by"],
        why=draft["why"],
    )
    return html.P([row_link(draft["title"], f"/app/gate-policy/{draft_id}"), " · ", said])


def _rules(rows: Sequence[Mapping[str, Any]]) -> Component:
    return html.Ul(
        [html.Li([html.Span(row["id"], className="cl-badge"), " ", row_sentence(row)]) for row in rows], className="cl-lines"
    )


def _history(viewer: Viewer, query: Query) -> Component:
    page = _page(query.get("cursor") or None)
    lines = [line for line in page.items if line["state"] is not DraftState.DRAFT]
    name = _("What was decided")
    if not lines:
        return panel(name, empty_state(_("No draft was decided about yet.")))
    columns: list[Column[Line]] = [
        Column(_("Policy"), _named, main=True),
        Column(_("By"), lambda one: one["author"]),
        Column(_("What became of it"), _state),
        Column(_("Decided by"), lambda one: one["decided_by"] or "–"),
        Column(_("When"), lambda one: moment(one["decided_at"] or one["changed_at"], viewer), side=True),
        Column(_("Active"), lambda one: _span(viewer, one)),
    ]
    more = link_button(_("Show the next ones"), query.link(cursor=page.next_cursor)) if page.next_cursor else None
    return panel(name, [table(columns, lines, caption=name), html.Div(more, className="cl-pager") if more else None])


def _page(cursor: str | None) -> Any:
    try:
        return list_drafts(limit=_HISTORY, cursor=cursor)
    except InvalidInput:  # the place in the address is damaged: that is no reason to show nothing
        return list_drafts(limit=_HISTORY)


def _state(line: Line) -> Component:
    said = html.Span(words.word(draft_states, line["state"]), className="cl-badge")
    return html.Div([said, html.Div(line["decision"], className="cl-note") if line["decision"] else None])


def _span(viewer: Viewer, line: Line) -> Component:
    if line["active_from"] is None:
        return "–"
    until = moment(line["active_until"], viewer) if line["active_until"] else _("now")
    return html.Span([moment(line["active_from"], viewer), " – ", until])
