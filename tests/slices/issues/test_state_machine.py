"""The life of an issue explored at random: whatever is called in whatever order, the guards hold and nothing is lost."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.alarms import sound_alarms
from feedback.issues.assigning import assign_issue
from feedback.issues.clockwork import Reckoning
from feedback.issues.models import ClockRun, Issue, IssueEvent
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import CLOSED_STATES, TRANSITIONS, IssueState
from feedback.issues.service import Talk, record_interaction
from feedback.issues.waiting import end_waiting, start_waiting
from feedback.kernel import clock
from feedback.kernel.errors import DomainError
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer

START = datetime(2026, 3, 27, 9, tzinfo=UTC)  # a Friday; on Sunday clocks go forward in Europe
TEXTS = st.sampled_from([None, "", "said so"])
EVERYTHING = ("note", "root_cause", "commitment", "fix_summary")


class Life(RuleBasedStateMachine):
    """One issue of one customer, worked on by two people who may press anything at any time."""

    app: ClassVar[Flask]
    people: ClassVar[list[int]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.now = START
        self.events: list[Any] = []
        self.runs: list[Any] = []

    @initialize(score=st.integers(0, 6))
    def open(self, score: int) -> None:
        self.stack.enter_context(self.app.app_context())
        with clock.frozen(self.now):
            if not self.people:  # one team for all lives
                team = make_team()
                self.people += [make_user(Role.FRONTLINE, team_id=team) for _ in range(2)]
                catch_all(team)
            self.account = make_account(time_zone="Europe/Madrid")
            self.contact = make_contact(self.account)
            answer = make_answer(self.account, score, contact_id=self.contact)
            self.issue = accept(answer)[answer.response_id]
        self.state = self.row().state

    def row(self) -> Any:
        db.session.rollback()
        return db.session.get_one(Issue, self.issue, populate_existing=True)

    def act(self, what: Callable[[], Any]) -> bool:
        """Do it as a request would; answers whether it was done. What is refused changes nothing."""
        before = self.log()
        try:
            with clock.frozen(self.now), transaction():
                what()
        except DomainError:
            assert self.log() == before, "a refusal left something in the log"
            return False
        return True

    def log(self) -> list[Any]:
        db.session.rollback()
        query = sa.select(IssueEvent.id, IssueEvent.kind, IssueEvent.data, IssueEvent.occurred_at)
        return [tuple(row) for row in db.session.execute(query.where(IssueEvent.issue_id == self.issue).order_by(IssueEvent.id))]

    @rule(hours=st.floats(0.1, 400))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.act(lambda: sound_alarms(self.issue))

    @rule(to=st.sampled_from(IssueState), who=st.integers(0, 1), days=st.none() | st.integers(-1, 20), said=st.data())
    def move(self, to: IssueState, who: int, days: int | None, said: st.DataObject) -> None:
        facts = {name: said.draw(TEXTS) for name in EVERYTHING}
        due = None if days is None else self.now + timedelta(days=days)
        viewer = get_viewer(self.people[who])
        was, done = self.state, self.act(lambda: move_issue(self.issue, Move(to, fix_due_at=due, **facts), viewer=viewer))
        self.state = self.row().state
        assert self.state is (to if done else was)
        assert not done or to in TRANSITIONS[was], f"{was} became {to}"

    @precondition(lambda self: self.state in TRANSITIONS and TRANSITIONS[self.state])
    @rule(first=st.booleans())
    def move_on_with_everything(self, first: bool) -> None:
        ways = TRANSITIONS[self.state]
        facts = dict.fromkeys(EVERYTHING, "said so")
        move = Move(ways[0 if first else -1], fix_due_at=self.now + timedelta(days=3), **facts)
        self.act(lambda: move_issue(self.issue, move, viewer=get_viewer(self.people[0])))
        self.state = self.row().state

    @rule(who=st.integers(0, 1))
    def take(self, who: int) -> None:
        viewer = get_viewer(self.people[who])
        self.act(lambda: assign_issue(self.issue, owner_id=None, viewer=viewer))
        self.state = self.row().state

    @rule(direction=st.sampled_from(["in", "out"]))
    def talk(self, direction: str) -> None:
        talk = Talk("They talked", direction=direction)
        self.act(lambda: record_interaction(self.issue, talk, viewer=get_viewer(self.people[0])))

    @rule(text=st.sampled_from(["", "Send the invoice"]))
    def wait(self, text: str) -> None:
        self.act(lambda: start_waiting(self.issue, text=text, viewer=get_viewer(self.people[0])))

    @rule()
    def go_on(self) -> None:
        self.act(lambda: end_waiting(self.issue, text="It came", viewer=get_viewer(self.people[0])))

    @rule(score=st.integers(0, 6))
    def another_answer(self, score: int) -> None:
        with clock.frozen(self.now):
            answer = make_answer(self.account, score, contact_id=self.contact)
            joined = accept(answer)[answer.response_id]
        assert (joined == self.issue) == (self.state not in CLOSED_STATES)
        self.state = self.row().state

    @invariant()
    def an_open_issue_has_an_owner_and_a_clock(self) -> None:
        if hasattr(self, "issue"):
            row = self.row()
            is_open = row.state not in CLOSED_STATES
            assert (row.closed_at is None) == is_open
            assert (row.owner_id is not None, row.next_due_at is not None) == (True, is_open)

    @invariant()
    def no_event_and_no_missed_clock_is_ever_lost(self) -> None:
        if hasattr(self, "issue"):
            found = self.log()
            assert found[: len(self.events)] == self.events
            ended = sa.select(ClockRun.id, ClockRun.clock, ClockRun.due_at, ClockRun.late_seconds).order_by(ClockRun.id)
            runs = [tuple(row) for row in db.session.execute(ended.where(ClockRun.issue_id == self.issue))]
            assert runs[: len(self.runs)] == self.runs
            self.events, self.runs = found, runs

    @invariant()
    def the_columns_are_what_the_log_says(self) -> None:
        if hasattr(self, "issue"):
            row, reckoning = self.row(), Reckoning()
            wanted = reckoning.columns(reckoning.fold_of([self.issue])[self.issue])
            assert {name: getattr(row, name) for name in wanted} == wanted

    def teardown(self) -> None:
        db.session.rollback()
        self.stack.close()


@pytest.fixture
def _explored(app: Flask) -> None:
    Life.app, Life.people = app, []


@pytest.mark.usefixtures("_explored")
def test_no_sequence_of_calls_breaks_the_life_of_an_issue() -> None:
    limits = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    run_state_machine_as_test(Life, settings=limits)
