"""Open issues side by side by state: where they pile up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from feedback.access.rules import Viewer
from feedback.issues.queries import Load, count_by_state, count_issues, list_issues
from feedback.issues.rules import OPEN_STATES, IssueState
from feedback.reporting.issue_board import Narrowing, QueueLine, default_tab, queue_filter, queue_lines, tabs_of

LANE_SIZE = 12  # as many as somebody looks through; the queue has the rest


@dataclass(frozen=True)
class Lane:
    """One state: how many issues stand in it, and the first of them by their next clock."""

    state: IssueState
    load: Load
    lines: Sequence[QueueLine]


@dataclass(frozen=True)
class StateBoard:
    """A tab of the queue, laid out by state; every open state has its lane, empty ones too."""

    tab: str
    counts: Mapping[str, int]
    lanes: Sequence[Lane]


def state_board(viewer: Viewer, tab: str, only: Narrowing) -> StateBoard:
    """The open issues of a tab in the viewer's scope; a tab without open ones, or of others, is the first."""
    tabs = [name for name in tabs_of(viewer) if name != "closed"]
    tab = tab if tab in tabs else default_tab(viewer)
    wanted = queue_filter(viewer, tab, only)
    loads = count_by_state(viewer, wanted)
    lanes = [_lane(viewer, tab, only, state, loads.get(state, Load(0, 0))) for state in OPEN_STATES if state in wanted.states]
    counts = {name: count_issues(viewer, queue_filter(viewer, name, only)) for name in tabs}
    return StateBoard(tab, counts, lanes)


def _lane(viewer: Viewer, tab: str, only: Narrowing, state: IssueState, load: Load) -> Lane:
    if not load.issues:
        return Lane(state, load, ())
    found = list_issues(viewer, queue_filter(viewer, tab, replace(only, state=state)), limit=LANE_SIZE)
    return Lane(state, load, queue_lines(found.items))
