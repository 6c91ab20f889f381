"""The queue, and the issue beside it."""

from dataclasses import replace
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import score_badge, severity_badge, state_badge
from dashboards.components.buttons import link_button
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.follow_up_days import due_note
from dashboards.components.harm import harm_badge
from dashboards.components.panels import empty_state, notice
from dashboards.components.tables import row_link
from dashboards.page import Query
from dashboards.pages.issues.clocks import escalated_words
from dashboards.pages.issues.deputies import owed_fix_badge, owner_note, standing_in_badge
from dashboards.pages.issues.detail import detail_panel
from dashboards.pages.issues.due import due_line, promised
from dashboards.pages.issues.narrowing import all_of, narrowing, narrowing_filters, tab_names, tabs
from dashboards.pages.issues.phrases import work_item_name
from feedback.access.rules import Role, Viewer
from feedback.issues.queries import Order
from feedback.issues.rules import IssueSource
from feedback.kernel.errors import InvalidInput
from feedback.reporting.issue_board import IssueQueue, Narrowing, QueueLine, default_tab, issue_detail, issue_queue

Component = Any
LIST, BOARD = "/app/issues", "/app/issues/board"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    if viewer.role is Role.FRONTLINE:
        return _("What is mine, and what is due?")
    return _("What are we closing, and what is due?")


def filters(viewer: Viewer) -> list[Filter]:
    """Which queue in which order: its tabs and links set them."""
    orders = [(Order.DUE.value, _("By next due")), (Order.PRIORITY.value, _("By priority"))]
    return [
        Filter("tab", _("Queue"), list(tab_names(viewer).items()), empty=default_tab(viewer), hidden=True),
        Filter("order", _("Order"), orders, empty=Order.DUE.value, hidden=True),
        *narrowing_filters(),
    ]


def hidden_filters(viewer: Viewer) -> list[Filter]:
    """The same without controls: beside one issue they would stand in the way."""
    return [replace(one, hidden=True) for one in filters(viewer)]


def body(viewer: Viewer, query: Query) -> Component:
    """The queue; on a wide screen its first issue stands beside it."""
    queue = _queue(viewer, query)
    if not queue.lines:
        return html.Div(_queue_panel(viewer, queue, query, None), className="cl-stack")
    first = issue_detail(viewer, queue.lines[0].id)
    panes = [
        html.Div(_queue_panel(viewer, queue, query, first.issue.id), className="cl-queue-pane"),
        _issue_pane(detail_panel(viewer, first, query)),
    ]
    return html.Div(panes, className="cl-queue-columns cl-list-first")


def one_body(viewer: Viewer, query: Query) -> Component:
    """The issue of the address; on a wide screen the queue stands beside it."""
    found = issue_detail(viewer, query.ids["id"])
    queue = _queue(viewer, query)
    back = link_button(_("Back to the list"), LIST + query.search(cursor=None))
    panes = [
        html.Div(_queue_panel(viewer, queue, query, found.issue.id), className="cl-queue-pane"),
        _issue_pane([html.Div(back, className="cl-back"), detail_panel(viewer, found, query)]),
    ]
    return html.Div(panes, className="cl-queue-columns cl-two-panes")


def _issue_pane(inner: Component) -> Component:
    # it scrolls by itself beside a long queue, so the keyboard must reach it
    return html.Div(inner, className="cl-issue-pane cl-stack", tabIndex=0, role="region", **attributes(aria_label=_("Issue")))


def _queue(viewer: Viewer, query: Query) -> IssueQueue:
    order = Order.PRIORITY if query.get("order") == Order.PRIORITY else Order.DUE
    tab, only = query.get("tab"), narrowing(query)
    try:
        return issue_queue(viewer, tab, order=order, cursor=query.get("cursor") or None, only=only)
    except InvalidInput:  # the place in the address is damaged, or one of another order: that is no reason to show nothing
        return replace(issue_queue(viewer, tab, order=order, only=only), restarted=True)


def _queue_panel(viewer: Viewer, queue: IssueQueue, query: Query, chosen: int | None) -> Component:
    parts: list[Component] = [tabs(LIST, viewer, queue.tab, queue.counts, query), _switch(queue, query)]
    if queue.tab == "mine":
        parts.append(due_note(viewer))
    if queue.restarted:
        parts.append(notice([_("The address names no place in this list; it is shown from its beginning.")]))
    if queue.lines:
        parts.append(html.Ul([_line(viewer, line, query, line.id == chosen) for line in queue.lines], className="cl-queue"))
        if queue.next_cursor:
            more = link_button(_("Show the next ones"), LIST + query.search(cursor=queue.next_cursor))
            parts.append(html.Div(more, className="cl-pager"))
    else:
        parts.append(_empty(viewer, queue, query))
    return html.Section(parts, className="cl-panel", id="queue", **attributes(aria_label=_("Queue")))


def _switch(queue: IssueQueue, query: Query) -> Component:
    if queue.tab == "closed" or not queue.lines:
        return None
    by_due = queue.order is Order.DUE
    choices = [(_("By next due"), None, by_due), (_("By priority"), Order.PRIORITY.value, not by_due)]
    links = [chip(text, query.link(order=order, cursor=None), chosen=chosen) for text, order, chosen in choices]
    return chips([*links, chip(_("As a board"), BOARD + query.search(order=None, cursor=None), chosen=False)])


def _line(viewer: Viewer, line: QueueLine, query: Query, chosen: bool) -> Component:
    about = line.about or work_item_name(line.source, line.why)
    clock = due_line(viewer, line.first) if line.first else [state_badge(line.state)]
    facts = [
        score_badge(line.score) if line.score is not None else None,
        severity_badge(line.severity),
        html.Span(_("waits for somebody with room"), className="cl-badge") if line.waiting else None,
        html.Span(words.word(words.sources, line.source), className="cl-badge") if line.source != IssueSource.RESPONSE else None,
        harm_badge(line.harmed_count) if line.harms else None,
        html.Span(ngettext("%(num)s still to answer", "%(num)s still to answer", line.unanswered), className="cl-note")
        if line.unanswered and line.first
        else None,
        html.Span(words.word(words.states, line.state), className="cl-note") if line.first else None,
        owner_note(viewer, line),
        standing_in_badge(viewer, line),
        owed_fix_badge(viewer, line),
        html.Span(_("Waits for the customer"), className="cl-badge") if line.waits_for_customer else None,
        html.Span(_("Taken back: it counts nowhere"), className="cl-badge") if line.withdrawn else None,
        html.Span(escalated_words(line.escalated), className="cl-badge") if line.escalated > 1 else None,
    ]
    number_and_name = row_link(
        _("#%(number)s %(account)s", number=line.number, account=line.account), f"{LIST}/{line.id}" + query.search()
    )
    return html.Li(
        [
            html.Div(html.Span(clock), className="cl-queue-top"),
            number_and_name,
            html.Div(about, className="cl-note"),
            promised(line.first),
            html.Div(facts, className="cl-under"),
        ],
        className="cl-selected" if chosen else None,
        **attributes(data_row="1"),
    )


def _empty(viewer: Viewer, queue: IssueQueue, query: Query) -> Component:
    others = queue.counts["team"]
    if narrowing(query) != Narrowing():
        return empty_state(_("No issue here is like that."), action=link_button(_("Clear the filters"), all_of(LIST, query)))
    team = link_button(_("See what the team has"), LIST + query.search(tab="team", cursor=None))
    if queue.tab == "overdue":
        return empty_state(
            _("Nothing is overdue."), hint=_("Look at what is due next."), action=link_button(_("Show the queue"), LIST)
        )
    if queue.tab == "closed":
        return empty_state(_("Nothing was closed yet."))
    if queue.tab == "mine" and others:
        return empty_state(_("Nothing is due. Nothing is yours."), hint=_("The team has open issues you can take."), action=team)
    hint = _("An answer of 0 to 6 opens an issue by itself and brings it here.")
    return empty_state(_("Nothing is due. No issue is open."), hint=hint)
