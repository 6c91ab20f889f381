"""One customer whose issues are explored at random: what is known of them, and what a state may become."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from feedback.access.queries import get_viewer
from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.models import Commitment, Issue, IssueEvent
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.rules import (
    CLOSED_STATES,
    TRANSITIONS,
    IssueState,
)
from feedback.issues.rules.mistakes import BEFORE_FIX
from feedback.kernel import clock
from feedback.kernel.errors import DomainError
from feedback.uow import transaction

START = datetime(2026, 3, 27, 9, tzinfo=UTC)  # a Friday; on Sunday clocks go forward in Europe
TEXTS = st.sampled_from([None, "", "said so"])
EVERYTHING = ("note", "root_cause", "commitment", "fix_summary")
ANY, WHO = st.integers(0, 3), st.integers(0, 1)  # which of the issues, or voices, there are; which of two people
FIX = (IssueState.FIXED, IssueState.VERIFIED, IssueState.CLOSED_UNVERIFIED)
DONE = (IssueState.FIXED, IssueState.VERIFIED, *CLOSED_STATES)
State = IssueState
# what may happen to a state besides the steps that people take
LEAPS: Mapping[str, set[tuple[IssueState, IssueState]]] = {
    "no": {(state, State.ROUTED) for state in DONE},
    "no in a call": {(state, State.CONTACTED) for state in DONE},  # that call is the first contact of the next round
    "yes": {(State.FIXED, State.VERIFIED)},
    "taken back": {(State.VERIFIED, State.FIXED), *((State.ROUTED, state) for state in DONE)},
    "merge": {(state, State.CLOSED) for state in TRANSITIONS if state not in CLOSED_STATES},
    "mistake": {(state, State.CLOSED) for state in BEFORE_FIX},
    "withdraw": {(State.NEW, State.CLOSED), (State.ROUTED, State.CLOSED)},
    "confirmed": {(State.VERIFIED, State.CLOSED)},
    "silence": {(State.FIXED, State.CLOSED_UNVERIFIED)},
    "settle": {(State.NEW, State.CLOSED), (State.ROUTED, State.CLOSED)},
    "answer": {(State.FIXED, State.ROUTED), (State.VERIFIED, State.ROUTED)},
    "take": {(State.NEW, State.ROUTED)},
    "": set(),
}


def open_promises(issue_id: int) -> list[int]:
    query = sa.select(Commitment.id).where(Commitment.issue_id == issue_id, is_open_promise())
    return sorted(db.session.scalars(query))


class Customer(RuleBasedStateMachine):
    """The issues of one customer, what is known of them so far, and how something is done to one of them."""

    account: int
    app: ClassVar[Flask]
    people: ClassVar[list[int]]
    bosses: ClassVar[list[int]]
    defects: ClassVar[list[int]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.now = START
        self.states: dict[int, IssueState] = {}
        self.answers: list[tuple[int, int, bool]] = []
        self.events: dict[int, list[Any]] = {}
        self.runs: dict[int, list[Any]] = {}
        self.voices: set[int] = set()

    def someone(self, who: int) -> Viewer:
        return get_viewer(self.people[who])

    def pick(self, which: int, *states: IssueState) -> int:
        """One of the issues, of those in these states if there are any; the newest is as likely as the oldest."""
        known = [one for one in sorted(self.states) if self.states[one] in states] or sorted(self.states)
        return known[which % len(known)]

    def row(self, issue_id: int) -> Any:
        db.session.rollback()
        return db.session.get_one(Issue, issue_id, populate_existing=True)

    def act(self, what: Callable[[], Any], leap: str = "") -> bool:
        """Do it as a request would; answers whether it was done. What is refused changes nothing."""
        before = self.logs()
        try:
            with clock.frozen(self.now), transaction():
                what()
        except DomainError:
            assert self.logs() == before, "a refusal left something in the log"
            return False
        self.look(leap)
        return True

    def look(self, leap: str, *, step: tuple[int, IssueState] | None = None) -> None:
        """Every state is as it was, or one that what was done may lead to."""
        db.session.rollback()
        now = {issue.id: issue for issue in db.session.scalars(sa.select(Issue).where(Issue.account_id == self.account))}
        for issue_id, was in self.states.items():
            state = now[issue_id].state
            if step is not None and issue_id == step[0]:
                assert state is step[1] or (was, state) in LEAPS["yes"]
            elif state is not was:
                assert (was, state) in LEAPS[leap], f"{leap or 'something else'} made {was} {state}"
        self.states = {issue_id: issue.state for issue_id, issue in now.items()}

    def logs(self) -> dict[int, list[Any]]:
        db.session.rollback()
        query = sa.select(IssueEvent.issue_id, IssueEvent.id, IssueEvent.kind, IssueEvent.data, IssueEvent.occurred_at)
        mine = IssueEvent.issue_id.in_(sa.select(Issue.id).where(Issue.account_id == self.account))
        found: dict[int, list[Any]] = {}
        for issue_id, *event in db.session.execute(query.where(mine).order_by(IssueEvent.id)):
            found.setdefault(issue_id, []).append(event)
        return found
