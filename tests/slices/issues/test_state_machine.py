"""The life of issues explored at random: whatever is called in whatever order, the guards hold and nothing is lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.alarms import sound_alarms
from feedback.issues.answering import waive_voice
from feedback.issues.assigning import HandOver, assign_issue, hand_over
from feedback.issues.clockwork import Reckoning
from feedback.issues.complaints import Complaint, enter_complaint
from feedback.issues.confirmed import close_confirmed
from feedback.issues.harm import Harm, say_harm
from feedback.issues.merging import Split, merge_issues, split_voice
from feedback.issues.models import ClockRun, Commitment, Issue, IssueVoice
from feedback.issues.moves import Move, move_issue
from feedback.issues.queries.single import lock_issue, unanswered_contacts
from feedback.issues.recounting import recount
from feedback.issues.rules import (
    CLOSED_STATES,
    OPEN_STATES,
    WORK_ITEMS,
    IssueSource,
    IssueState,
    Severity,
    following,
)
from feedback.issues.rules.mistakes import BEFORE_FIX, MistakeState
from feedback.issues.service import NewIssue, Talk, keep_commitment, open_issue, record_interaction
from feedback.issues.unanswered import close_unanswered
from feedback.issues.verifying.calls import Call, record_call
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.rules import Verdict, Way
from feedback.issues.verifying.words import Word, take_back_word, take_word
from feedback.issues.waiting import end_waiting, start_waiting
from feedback.issues.withdrawing import take_back_voice
from feedback.issues.work_items import Reason, open_work_items, settle_work_items
from feedback.issues.working.mistakes import claim_mistake, decide_mistake
from feedback.issues.working.models import IssueDiagnosis, IssueMistake
from feedback.issues.working.promise_ends import End, end_promise
from feedback.issues.working.rules import Ending
from feedback.kernel import clock
from feedback.kernel.errors import DomainError
from feedback.staffing.models import Absence
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer
from tests.slices.issues.explored import ANY, DONE, EVERYTHING, FIX, TEXTS, WHO, Customer, State, open_promises
from tests.slices.issues.owed import owed_by_issue, stored_by_issue


class Life(Customer):
    """Two people work on the issues of three contacts and may press anything at any time."""

    @initialize(score=st.integers(0, 6), steps=st.integers(0, 7))
    def open(self, score: int, steps: int) -> None:
        self.stack.enter_context(self.app.app_context())
        with clock.frozen(self.now):
            if not self.people:  # one team for all lives
                team = make_team()
                self.people += [make_user(Role.FRONTLINE, team_id=team) for _ in range(2)]
                self.bosses.append(make_user(Role.EXECUTIVE))
                self.defects += [make_defect("price"), make_defect("wait")]
                catch_all(team)
            self.account = make_account(time_zone="Europe/Madrid")
            self.contacts = [make_contact(self.account, role) for role in list(ContactRole)[:3]]
        self.answer(0, score, 0)
        self.work_on(0, 0, steps, 0)

    @rule(hours=st.floats(0.1, 400))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        for issue_id in self.states:
            self.act(lambda issue_id=issue_id: sound_alarms(issue_id))
        self.act(settle_work_items, "settle")

    @rule(which=ANY, to=st.sampled_from(IssueState), who=WHO, days=st.none() | st.integers(-1, 20), said=st.data())
    def move(self, which: int, to: IssueState, who: int, days: int | None, said: st.DataObject) -> None:
        facts = {name: said.draw(TEXTS) for name in EVERYTHING}
        self.step(self.pick(which), Move(to, fix_due_at=None if days is None else self.now + timedelta(days=days), **facts), who)

    @rule(which=ANY, who=WHO, steps=st.integers(1, 5), contact=st.integers(0, 2))
    def work_on(self, which: int, who: int, steps: int, contact: int) -> None:
        """Somebody who says everything that is asked for takes it some steps further."""
        issue_id = self.pick(which)
        for _step in range(steps):
            issue = self.row(issue_id)
            ways = [way for way in following(issue.state, is_work_item=issue.source in WORK_ITEMS) if way is not issue.state]
            if ways:
                person = self.contacts[contact] if issue.state is State.FIXED else None
                due = self.now + timedelta(days=3)
                facts = dict.fromkeys(EVERYTHING, "said so") | ({"commitment": None} if ways[0] in CLOSED_STATES else {})
                self.step(issue_id, Move(ways[0], fix_due_at=due, contact_id=person, **facts), who)

    @rule(which=ANY, how=st.sampled_from([None, *Ending]), all_of_them=st.booleans())
    def say_what_became_of_promises(self, which: int, how: Ending | None, all_of_them: bool) -> None:
        issue_id, me = self.pick(which, State.FIXED, State.VERIFIED), self.someone(0)
        for made in open_promises(issue_id)[: None if all_of_them else 1]:
            if how is None:
                self.act(lambda made=made: keep_commitment(issue_id, made, viewer=me))
            else:
                self.act(lambda made=made: end_promise(issue_id, made, End(how, "Told them"), viewer=me))

    @rule(which=ANY)
    def nobody_answers_for_a_month(self, which: int) -> None:
        issue_id = self.pick(which, State.FIXED)
        if self.states[issue_id] is State.FIXED:
            self.now += timedelta(days=31)
            self.act(lambda: close_unanswered(issue_id), "silence")
            if self.states[issue_id] is State.CLOSED_UNVERIFIED:
                promises = db.session.scalars(sa.select(Commitment).where(Commitment.id.in_(open_promises(issue_id))))
                assert all(made.due_at >= self.now or made.broken_at for made in promises)

    @rule(which=ANY)
    def nothing_is_left_for_two_weeks(self, which: int) -> None:
        issue_id = self.pick(which, State.VERIFIED)
        self.now += timedelta(days=15)
        self.act(lambda: close_confirmed(issue_id), "confirmed")
        if self.states[issue_id] is State.CLOSED and self.row(issue_id).verified_at is not None:
            assert not open_promises(issue_id)

    @rule(which=ANY, who=WHO, to=st.sampled_from([State.ROUTED, State.CLOSED_UNVERIFIED]))
    def give_up(self, which: int, who: int, to: IssueState) -> None:
        issue_id = self.pick(which, State.FIXED)
        if self.states[issue_id] is State.FIXED:
            self.now += timedelta(days=31)
            self.step(issue_id, Move(to, note="said so"), who)

    def step(self, issue_id: int, move: Move, who: int) -> None:
        issue = self.row(issue_id)
        was, allowed = issue.state, following(issue.state, is_work_item=issue.source in WORK_ITEMS)
        before = self.logs()
        try:
            with clock.frozen(self.now), transaction():
                move_issue(issue_id, move, viewer=self.someone(who))
        except DomainError:
            assert self.logs() == before, "a refusal left something in the log"
            self.look("")
            return
        assert move.to in allowed, f"{was} became {move.to}"
        self.look("", step=(issue_id, move.to))
        if move.to in CLOSED_STATES:
            assert not open_promises(issue_id), "closed over an open promise"
        if move.to in CLOSED_STATES and move.to is State.CLOSED:
            assert not unanswered_contacts(self.row(issue_id))

    @rule(which=ANY, who=WHO, said=TEXTS)
    def take(self, which: int, who: int, said: str | None) -> None:
        issue = self.pick(which)
        other = self.people[1 - who] if said else None  # handed over with a note, or taken
        if self.act(lambda: assign_issue(issue, owner_id=other, viewer=self.someone(who), said=said), "take"):
            assert self.row(issue).owner_id == (other or self.people[who])

    @rule(away=WHO, said=TEXTS)
    def go_on_leave(self, away: int, said: str | None) -> None:
        day, began = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)  # before all lives: it is about whose work it was
        leave = insert(
            Absence,
            user_id=self.people[away],
            first_day=day,
            last_day=day,
            starts_at=began,
            ends_at=began + timedelta(days=1),
            deputy_id=self.people[1 - away],
            entered_by="test",
            created_at=self.now,
        )
        self.act(lambda: hand_over(leave, HandOver(said=said), viewer=self.someone(away)), "take")
        open_ones = sa.select(Issue.owner_id).where(Issue.account_id == self.account, Issue.closed_at.is_(None))
        assert self.people[away] not in set(db.session.scalars(open_ones.where(Issue.queued_at.is_(None))))

    @rule(which=ANY, direction=st.sampled_from(["in", "out"]), contact=st.integers(0, 2))
    def talk(self, which: int, direction: str, contact: int) -> None:
        talk = Talk("They talked", direction=direction, contact_id=self.contacts[contact])
        self.act(lambda: record_interaction(self.pick(which), talk, viewer=self.someone(0)))

    @rule(which=ANY, text=st.sampled_from(["", "Send the invoice"]))
    def wait(self, which: int, text: str) -> None:
        self.act(lambda: start_waiting(self.pick(which), text=text, viewer=self.someone(0)))

    @rule(which=ANY)
    def go_on(self, which: int) -> None:
        self.act(lambda: end_waiting(self.pick(which), text="It came", viewer=self.someone(0)))

    @rule(contact=st.integers(0, 2), score=st.integers(0, 6), defect=st.integers(0, 2))
    def answer(self, contact: int, score: int, defect: int) -> None:
        with clock.frozen(self.now):
            about = ((self.defects[defect - 1], "service"),) if defect else ()
            one = make_answer(self.account, score, contact_id=self.contacts[contact], defects=about)
            issue_id = accept(one)[one.response_id]
        self.answers.append((one.response_id, issue_id, issue_id not in self.states))
        assert self.states.get(issue_id) not in CLOSED_STATES, "it joined an issue that is closed"
        self.look("answer")

    @rule(which=ANY)
    def the_answer_was_a_machine(self, which: int) -> None:
        if self.answers:
            response_id, issue_id, opened_it = self.answers.pop(which % len(self.answers))
            at = sa.select(IssueVoice.issue_id).where(IssueVoice.response_id == response_id)
            there = db.session.scalar(at) or issue_id
            self.act(lambda: take_back_voice(there, response_id, 3, opened_it=opened_it and there == issue_id), "withdraw")

    @rule(contact=st.integers(0, 2), defect=st.sampled_from([None, "price", "wait"]), severity=st.sampled_from(Severity))
    def complain(self, contact: int, defect: str | None, severity: Severity) -> None:
        said = Complaint(self.account, "The bill is wrong", self.contacts[contact], defect=defect, severity=severity)
        assert self.act(lambda: enter_complaint(said, viewer=self.someone(0)), "answer")

    @rule(severity=st.sampled_from(Severity), contact=st.none() | st.integers(0, 2))
    def open_by_hand(self, severity: Severity, contact: int | None) -> None:
        new = NewIssue(self.account, severity, "Seen", None if contact is None else self.contacts[contact])
        assert self.act(lambda: open_issue(new, viewer=self.someone(1)))

    @rule(source=st.sampled_from(sorted(WORK_ITEMS)), contact=st.integers(0, 2))
    def somebody_falls_silent(self, source: IssueSource, contact: int) -> None:
        key = self.contacts[contact]
        self.act(lambda: open_work_items([Reason(source, self.account, (key,), {"days": 60}, key=str(key), since=self.now)]))

    @rule(which=ANY, harms=st.booleans())
    def harm(self, which: int, harms: bool) -> None:
        self.act(lambda: say_harm(self.pick(which), Harm(harms, 3), viewer=self.someone(0)))

    @rule(kept=ANY, other=ANY)
    def merge(self, kept: int, other: int) -> None:
        one, two = self.pick(kept, *OPEN_STATES), self.pick(other, *OPEN_STATES)
        was = self.states[two] in CLOSED_STATES
        if self.act(lambda: merge_issues(one, two, viewer=self.someone(0)), "merge"):
            assert (self.row(two).merged_into_id, self.states[one] in CLOSED_STATES and not was) == (one, False)

    @rule(which=ANY, who=WHO, confirm=st.booleans())
    def it_was_a_mistake(self, which: int, who: int, confirm: bool) -> None:
        issue, boss = self.pick(which, *BEFORE_FIX), get_viewer(self.bosses[0])
        if self.act(lambda: claim_mistake(issue, reason="Another customer's", viewer=self.someone(who))):
            said = db.session.scalars(sa.select(IssueMistake.id).where(IssueMistake.state == MistakeState.CLAIMED)).one()
            assert self.act(lambda: decide_mistake(said, confirm=confirm, words="I asked", viewer=boss), "mistake")
            assert (self.row(issue).withdrawn_at is not None) == confirm

    @rule(which=ANY, voice=ANY, way=st.sampled_from(["split", "waive"]))
    def single_out(self, which: int, voice: int, way: str) -> None:
        issue = self.pick(which)
        voices = sorted(db.session.scalars(sa.select(IssueVoice.id).where(IssueVoice.issue_id == issue)))
        if voices:
            one, me = voices[voice % len(voices)], self.someone(0)
            if way == "split":
                self.act(lambda: split_voice(issue, one, Split(title="Another matter"), viewer=me))
            else:
                self.act(lambda: waive_voice(issue, one, "Has left", viewer=me))

    @rule(which=ANY, contact=st.integers(0, 2), verdict=st.none() | st.sampled_from(Verdict))
    def call_about_the_fix(self, which: int, contact: int, verdict: Verdict | None) -> None:
        call = Call(verdict, "They said so", self.contacts[contact])
        leap = "" if verdict is None else "yes" if verdict is Verdict.YES else "no in a call"
        self.act(lambda: record_call(self.pick(which, *FIX), call, viewer=self.someone(0)), leap)

    @rule(which=ANY, contact=st.integers(0, 2), verdict=st.sampled_from(Verdict))
    def answer_the_mail_about_the_fix(self, which: int, contact: int, verdict: Verdict) -> None:
        issue_id, word = self.pick(which, *DONE), Word(self.contacts[contact], verdict, Way.MAIL)
        if self.states[issue_id] in DONE and self.row(issue_id).fixed_at is not None:
            viewer = self.someone(0)
            leap = "yes" if verdict is Verdict.YES else "no"
            self.act(lambda: take_word(lock_issue(issue_id, viewer=viewer, permission="issue.work"), word), leap)

    @precondition(lambda self: self.states)
    @rule(which=ANY)
    def that_mail_was_answered_by_a_machine(self, which: int) -> None:
        mine = Verification.issue_id.in_(list(self.states)), Verification.way == Way.MAIL, Verification.verdict.is_not(None)
        words = sorted(db.session.scalars(sa.select(Verification.id).where(*mine)))
        if words:
            one = db.session.get_one(Verification, words[which % len(words)])
            since, issue_id = one.answered_at, one.issue_id
            me = self.someone(0)
            done = lambda: take_back_word(one, lock_issue(issue_id, viewer=me, permission="issue.work"))  # noqa: E731
            self.act(done, "taken back")
            # what came to its end after words that nobody said did not end
            self.runs[issue_id] = [run for run in self.runs.get(issue_id, []) if run[-1] < since]

    @invariant()
    def an_open_issue_has_an_owner_and_a_clock_until_the_customer_confirms(self) -> None:
        for issue_id in self.states:
            row = self.row(issue_id)
            is_open = row.state not in CLOSED_STATES
            assert (row.closed_at is None) == is_open
            runs = is_open and row.state is not State.VERIFIED
            assert (row.owner_id is not None, row.next_due_at is not None) == (True, runs)
            assert row.next_alarm_at is None or runs

    @invariant()
    def the_queue_knows_what_is_owed(self) -> None:
        assert stored_by_issue() == owed_by_issue()

    @invariant()
    def a_fix_that_is_under_way_is_owed_by_somebody(self) -> None:
        under_way = (Issue.account_id == self.account, Issue.state == State.IN_FIX)
        of_this_round = sa.and_(IssueDiagnosis.issue_id == Issue.id, IssueDiagnosis.round == Issue.reopen_count)
        query = sa.select(IssueDiagnosis.fix_owner_id).select_from(Issue).outerjoin(IssueDiagnosis, of_this_round)
        assert None not in set(db.session.scalars(query.where(*under_way)))

    @invariant()
    def what_is_closed_is_closed_for_a_reason(self) -> None:
        logs = self.logs()
        for issue_id in self.states:
            row, kinds = self.row(issue_id), [kind for _id, kind, *_rest in logs[issue_id]]
            if row.source in WORK_ITEMS:
                assert row.state in (State.NEW, State.ROUTED, State.CLOSED)
            elif row.state is State.CLOSED and row.verified_at is None:
                assert row.merged_into_id is not None or "withdrawn" in kinds
            if row.state is State.CLOSED_UNVERIFIED:
                assert (row.fixed_at is None, row.verified_at) == (False, None)
            if row.state in (State.FIXED, State.VERIFIED):
                assert row.fixed_at is not None
                assert row.fix_summary
            if row.merged_into_id is not None:
                assert row.state is State.CLOSED, "it became part of another issue and lives again"

    @invariant()
    def no_event_no_voice_and_no_missed_clock_is_ever_lost(self) -> None:
        found = self.logs()
        for issue_id, events in self.events.items():
            assert found[issue_id][: len(events)] == events
        self.events = found
        voices = set(db.session.scalars(sa.select(IssueVoice.id).where(IssueVoice.issue_id.in_(list(self.states)))))
        assert voices >= self.voices
        self.voices = voices
        for issue_id in self.states:
            ended = sa.select(ClockRun.id, ClockRun.clock, ClockRun.due_at, ClockRun.late_seconds, ClockRun.ended_at)
            rows = db.session.execute(ended.where(ClockRun.issue_id == issue_id).order_by(ClockRun.id))
            runs = [tuple(row) for row in rows]
            assert runs[: len(self.runs.get(issue_id, []))] == self.runs.get(issue_id, [])
            self.runs[issue_id] = runs

    @invariant()
    def the_columns_are_what_the_log_says(self) -> None:
        reckoning = Reckoning()
        folded = reckoning.fold_of(list(self.states))
        for issue_id, clocks in folded.items():
            row, wanted = self.row(issue_id), reckoning.columns(clocks)
            assert {name: getattr(row, name) for name in wanted} == wanted
            assert (clocks.severity, clocks.state in CLOSED_STATES) == (row.severity, row.state in CLOSED_STATES)
        assert set(folded) == set(self.states)
        with transaction():
            assert recount(sorted(self.states)).changed == 0

    def teardown(self) -> None:
        db.session.rollback()
        self.stack.close()


@pytest.fixture
def _explored(app: Flask) -> None:
    Life.app, Life.people, Life.bosses, Life.defects = app, [], [], []


@pytest.mark.usefixtures("_explored")
def test_no_sequence_of_calls_breaks_the_life_of_an_issue() -> None:
    limits = settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    run_state_machine_as_test(Life, settings=limits)
