"""Open issues as a board: a lane for each state, so that it is seen where they pile up."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import score_badge, severity_badge
from dashboards.components.buttons import link_button
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.harm import harm_badge
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state
from dashboards.components.tables import row_link
from dashboards.page import Query
from dashboards.pages.issues.deputies import owed_fix_badge, owner_note, standing_in_badge
from dashboards.pages.issues.due import due_line, promised
from dashboards.pages.issues.narrowing import all_of, narrowing, narrowing_filters, tab_names, tabs
from dashboards.pages.issues.phrases import work_item_name
from feedback.access.rules import Viewer
from feedback.issues.rules import IssueSource
from feedback.reporting.issue_board import Narrowing, QueueLine, default_tab
from feedback.reporting.state_board import Lane, StateBoard, state_board

Component = Any
BOARD, LIST = "/app/issues/board", "/app/issues"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Where do issues pile up?")


def filters(viewer: Viewer) -> list[Filter]:
    """The queues with open issues, and what the list is narrowed by."""
    names = [(name, text) for name, text in tab_names(viewer).items() if name != "closed"]
    return [Filter("tab", _("Queue"), names, empty=default_tab(viewer), hidden=True), *narrowing_filters()]


def body(viewer: Viewer, query: Query) -> Component:
    """Tabs as in the list; then the lanes, side by side."""
    only = narrowing(query)
    board = state_board(viewer, query.get("tab"), only)
    as_list = chips([chip(_("As a list"), LIST + query.search(cursor=None), chosen=False)])
    parts = [tabs(BOARD, viewer, board.tab, board.counts, query, leave_out="closed"), as_list, _lanes(viewer, board, query, only)]
    return html.Section(parts, className="cl-panel", id="state-board", **attributes(aria_label=_("Board")))


def _lanes(viewer: Viewer, board: StateBoard, query: Query, only: Narrowing) -> Component:
    if any(lane.load.issues for lane in board.lanes):
        return html.Div([_lane(viewer, lane, query) for lane in board.lanes], className="cl-lanes")
    if only != Narrowing():
        return empty_state(_("No issue here is like that."), action=link_button(_("Clear the filters"), all_of(BOARD, query)))
    return empty_state(_("No issue is open here."), hint=_("An answer of 0 to 6 opens an issue by itself and brings it here."))


def _lane(viewer: Viewer, lane: Lane, query: Query) -> Component:
    name = words.word(words.states, lane.state)
    late = ngettext("%(num)s overdue", "%(num)s overdue", lane.load.overdue)
    head = html.Div(
        [
            html.H3([name, " ", html.Span(number(lane.load.issues), className="cl-lane-count")]),
            html.Span(late, className="cl-overdue") if lane.load.overdue else None,
        ],
        className="cl-lane-head",
    )
    if not lane.lines:
        empty = html.P(_("None"), className="cl-note")
        return html.Section([head, empty], className="cl-lane cl-lane-empty", **attributes(aria_label=name))
    cards = html.Ul([_card(viewer, line, query) for line in lane.lines], className="cl-lane-cards")
    left = lane.load.issues - len(lane.lines)
    rest = None
    if left:
        label = ngettext("%(num)s more in the list", "%(num)s more in the list", left)
        rest = dcc.Link(label, href=LIST + query.search(state=lane.state.value, cursor=None), className="cl-note")
    return html.Section([head, cards, rest], className="cl-lane", **attributes(aria_label=name))


def _card(viewer: Viewer, line: QueueLine, query: Query) -> Component:
    name = row_link(_("#%(number)s %(account)s", number=line.number, account=line.account), f"{LIST}/{line.id}" + query.search())
    facts = [
        score_badge(line.score) if line.score is not None else None,
        severity_badge(line.severity),
        html.Span(words.word(words.sources, line.source), className="cl-badge") if line.source != IssueSource.RESPONSE else None,
        harm_badge(line.harmed_count) if line.harms else None,
        html.Span(_("Waits for the customer"), className="cl-badge") if line.waits_for_customer else None,
        html.Span(_("waits for somebody with room"), className="cl-badge") if line.waiting else None,
    ]
    due = html.Div(due_line(viewer, line.first), className="cl-note") if line.first else None
    people = [one for one in (owner_note(viewer, line), standing_in_badge(viewer, line), owed_fix_badge(viewer, line)) if one]
    who = html.Div(people) if people else None
    about = html.Div(line.about or work_item_name(line.source, line.why), className="cl-note")
    return html.Li(
        [name, about, due, promised(line.first), html.Div(facts, className="cl-under"), who], **attributes(data_row="1")
    )
