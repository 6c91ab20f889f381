"""The company's people at work in the demo: they move issues on, each issue with a fate of its own, and hear the customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.demo.customers import Customers, is_silent
from feedback.demo.hours import working_moment
from feedback.demo.scenario import Scenario, load_texts
from feedback.demo.work import story
from feedback.extensions import db
from feedback.gate.evaluation import Question
from feedback.gate.rules import Initiation
from feedback.gate.service import evaluate
from feedback.issues.models import Commitment, Issue, IssueEvent
from feedback.issues.moves import Move, move_issue, unverified_limits
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.queries.single import lock_issue, unheard_people
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.issues.service import TALKING, Talk, keep_commitment, record_interaction
from feedback.issues.verifying.calls import Call, record_call
from feedback.issues.verifying.queries import attempts_since_fix, waiting_voices
from feedback.issues.verifying.readers import list_fix_readers
from feedback.issues.verifying.rules import Verdict
from feedback.issues.working.promise_ends import End, end_promise
from feedback.issues.working.promises import broken_promises, mark_broken
from feedback.issues.working.rules import Ending
from feedback.kernel import clock
from feedback.outbox.delivery import Handlers, deliver_due
from feedback.outbox.service import mark_read
from feedback.permission.rules import Channel, Purpose
from feedback.telling.notices import write_notices
from feedback.uow import transaction

_PATH = (
    IssueState.ROUTED,
    IssueState.CONTACTED,
    IssueState.DIAGNOSED,
    IssueState.IN_FIX,
    IssueState.FIXED,
    IssueState.VERIFIED,
    IssueState.CLOSED,
)
_FRIDAY = 4
STUCK_FOR = 7  # days; then whoever leads the team has seen to it
BELL = Handlers({"notify_user": write_notices}, {})


@dataclass(frozen=True)
class Fate:
    """What becomes of an issue: on which day after its opening each step happens, and where it gets stuck."""

    days: dict[IssueState, int]
    stuck_before: IssueState | None
    keeps_promises: bool

    def day_of(self, state: IssueState) -> int:
        """On which day it comes to a state; somewhere it may lie for a while."""
        place = _PATH.index(self.stuck_before) if self.stuck_before else len(_PATH)
        return self.days[state] + (STUCK_FOR if _PATH.index(state) >= place else 0)


def fate_of(seed: int, number: int) -> Fate:
    """The same issue number has the same fate."""
    random = Random(f"fate:{seed}:{number}")
    day, days = 0, {}
    for state, longest in zip(_PATH[1:], (2, 3, 2, 8, 7, 2), strict=True):
        day += random.randint(0 if state is IssueState.CONTACTED else 1, longest)
        days[state] = day
    return Fate(
        days=days,
        stuck_before=random.choice(_PATH[1:6]) if random.random() < 0.06 else None,
        keeps_promises=random.random() < 0.85,
    )


class Staff:
    """Everybody who works on issues, for one demo company."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._seed = seed
        self._texts = load_texts("staff")
        self._viewer = cache(get_viewer)
        self._accounts = f"{scenario.code[:3].upper()}-%"
        self._people = scenario.people
        self._customers = Customers(self._accounts, seed)
        self._managers = [person for person in scenario.people if person.role == Role.ACCOUNT_MANAGER]
        self._frontline = [person for person in scenario.people if person.role == Role.FRONTLINE]
        self._portfolio = cache(self._accounts_of)

    def work(self, day: datetime) -> None:
        """One day, looked back at in the evening: bells are read, customers answer, every open issue whose time has come is
        moved on.
        """
        with transaction():
            for person in self._people:
                mark_read(_user_id(person.email))
            self._customers.answer(day)
            self._work_through(self._open_issues(), day)
            for commitment_id in broken_promises():
                mark_broken(commitment_id)
        self._ask_the_gate(day)
        deliver_due(BELL, lease=timedelta(minutes=5))

    def catch_up(self, after_issue: int, end: datetime) -> None:
        """Day by day, what was opened after this issue although it began in the past."""
        mine = sa.select(sa.func.min(Issue.opened_at, type_=Issue.opened_at.type)).where(Issue.id > after_issue, self._ours())
        day = (db.session.scalar(mine) or end).replace(hour=18, minute=0, second=0, microsecond=0)
        while day < end:
            with clock.frozen(day), transaction():
                self._customers.answer(day.replace(hour=0))  # their mails would be waiting still, long after their time
                late = [issue for issue in self._open_issues() if issue.id > after_issue and issue.began_at < day]
                self._work_through(late, day)
            day += timedelta(days=1)
        deliver_due(BELL, lease=timedelta(minutes=5))

    def _work_through(self, issues: Sequence[Any], day: datetime) -> None:
        """Each at an hour of its own in the working day of its owner, after whatever happened to it before."""
        evening, planned = clock.now(), []
        for issue in issues:
            zone = self._viewer(issue.owner_id).time_zone
            at = working_moment(day.date(), zone, f"{self._seed}:{issue.number}", after=issue.touched_at)
            if at is not None and at <= evening:
                planned.append((at, issue.id, issue))
        for at, _id, issue in sorted(planned, key=lambda one: one[:2]):
            with clock.frozen(at):
                self._work_on(issue)

    def _ask_the_gate(self, day: datetime) -> None:
        """Account managers ask before they call: a few decisions a day, of all outcomes."""
        random = Random(f"gate:{self._seed}:{day.date()}")
        for person in self._managers:
            viewer = self._viewer(_user_id(person.email))
            account = random.choice(self._portfolio(person.email))
            channel = random.choice((Channel.PHONE, Channel.PHONE, Channel.EMAIL))
            initiation = random.choice(
                (Initiation.OUTBOUND, Initiation.OUTBOUND, Initiation.INBOUND_SERVED, Initiation.REQUESTED)
            )
            at = working_moment(day.date(), person.time_zone, person.email) or clock.now()
            with clock.frozen(min(at, clock.now())):
                evaluate(Question(Purpose.OFFERS, channel, initiation, account_id=account), viewer)

    def _accounts_of(self, email: str) -> list[int]:
        query = sa.select(Account.id).join(User, User.id == Account.owner_id).where(User.email == email, self._mine())
        return list(db.session.scalars(query.order_by(Account.id)))

    def _open_issues(self) -> list[Any]:
        began = sa.func.coalesce(Issue.routed_at, Issue.opened_at, type_=Issue.opened_at.type).label("began_at")  # or again
        about = (Issue.id, Issue.number, Issue.state, Issue.owner_id, Issue.source)
        last = sa.select(sa.func.max(IssueEvent.occurred_at, type_=IssueEvent.occurred_at.type))
        touched = last.where(IssueEvent.issue_id == Issue.id).scalar_subquery().label("touched_at")
        columns = (*about, began, touched, Issue.fixed_at, Issue.next_update_due_at)
        worked_on = (Issue.closed_at.is_(None), Issue.owner_id.is_not(None), Issue.queued_at.is_(None))
        return list(db.session.execute(sa.select(*columns).where(*worked_on, self._ours()).order_by(Issue.id)))

    def _ours(self) -> sa.ColumnElement[bool]:
        return Issue.account_id.in_(sa.select(Account.id).where(self._mine()))

    def _mine(self) -> sa.ColumnElement[bool]:
        return Account.external_id.like(self._accounts)

    def _work_on(self, issue: Any) -> None:
        fate = fate_of(self._seed, issue.number)
        age = (clock.now().date() - issue.began_at.date()).days
        state = issue.state
        if issue.source in WORK_ITEMS:
            return  # they have been open for a day only
        while (following := _next(state)) and fate.day_of(following) <= age:
            viewer = self._viewer(issue.owner_id)
            if following is IssueState.VERIFIED:
                self._call(issue, viewer)
                return
            if following is IssueState.CLOSED:
                self._own_up(issue, viewer)
            if following is IssueState.FIXED:
                self._call_the_others(issue, viewer)
            move_issue(issue.id, self._move(following, viewer, issue), viewer=viewer)
            if following is IssueState.FIXED and fate.keeps_promises:
                self._keep_promises(issue.id, viewer)
            state = following
        if state == issue.state and state in TALKING and fate.keeps_promises:
            self._tell_progress(issue)

    def _call(self, issue: Any, viewer: Viewer) -> None:
        """Whoever has not answered the mail is called; who never picks up is let go after three attempts."""
        row = lock_issue(issue.id, viewer=viewer, permission="issue.work")
        if is_silent(issue.number):
            if attempts_since_fix(row) >= unverified_limits().attempts:
                self._own_up(issue, viewer)
                move_issue(issue.id, Move(IssueState.CLOSED_UNVERIFIED), viewer=viewer)
            elif clock.now().day % 3 == 0:
                for contact_id in waiting_voices(row):
                    record_call(issue.id, Call(None, contact_id=contact_id), viewer=viewer)
            return
        random = Random(f"words:{self._seed}:{issue.number}:{IssueState.VERIFIED}")
        for contact_id in waiting_voices(row):
            said = random.choice(self._texts["verified"][viewer.locale])
            record_call(issue.id, Call(Verdict.YES, said, contact_id), viewer=viewer)

    def _call_the_others(self, issue: Any, viewer: Viewer) -> None:
        """Of several people the first contact was with one; nobody is asked whether it is solved before they were called."""
        row = lock_issue(issue.id, viewer=viewer, permission="issue.work")
        for contact_id in unheard_people(row):
            words = Random(f"others:{self._seed}:{issue.number}:{contact_id}")
            said = words.choice(self._texts["progress"][viewer.locale])
            record_interaction(issue.id, Talk(said, contact_id=contact_id), viewer=viewer)

    def _tell_progress(self, issue: Any) -> None:
        """Diligent owners call before the update clock runs out."""
        ahead = timedelta(hours=30) if clock.now().weekday() != _FRIDAY else timedelta(hours=78)
        if issue.next_update_due_at < clock.now() + ahead:
            viewer = self._viewer(issue.owner_id)
            words = Random(f"progress:{self._seed}:{issue.number}:{clock.now()}")
            record_interaction(issue.id, Talk(words.choice(self._texts["progress"][viewer.locale])), viewer=viewer)

    def _move(self, to: IssueState, viewer: Viewer, issue: Any) -> Move:
        random = Random(f"words:{self._seed}:{issue.number}:{to}")

        def say(kind: str) -> str:
            return random.choice(self._texts[kind][viewer.locale])

        moves = {
            IssueState.CONTACTED: lambda: Move(to, note=say("contacted")),
            IssueState.DIAGNOSED: lambda: Move(to, **self._cause(random, viewer)),
            IssueState.IN_FIX: lambda: Move(
                to,
                commitment=say("commitment"),
                fix_due_at=clock.now() + timedelta(days=random.randint(4, 14)),
                fix_owner_id=self._fixer(random, viewer),
            ),
            IssueState.FIXED: lambda: self._fixed(random, viewer, issue.id),
        }
        return moves[to]() if to in moves else Move(to)

    def _fixed(self, random: Random, viewer: Viewer, issue_id: int) -> Move:
        """What was done, in the own language and in those of the people who are asked whether it holds."""
        texts = self._texts["fix_summary"]
        place = random.randrange(len(texts[viewer.locale]))
        readers = list_fix_readers(db.session.get_one(Issue, issue_id))
        languages = dict.fromkeys([viewer.locale, *(one.language for one in readers)])
        by_language = {code: texts[code][place] for code in languages}
        return Move(IssueState.FIXED, fix_summary=by_language[viewer.locale], fix_summaries=by_language)

    def _fixer(self, random: Random, viewer: Viewer) -> int | None:
        """Most mend it themselves; now and then a colleague owes the fix."""
        chosen = _user_id(random.choice(self._frontline).email)
        return chosen if random.random() < 0.25 else viewer.user_id

    def _cause(self, random: Random, viewer: Viewer) -> dict[str, Any]:
        stories = self._texts["root_cause"][viewer.locale]
        place = random.randrange(len(stories))
        return story(place, stories[place], viewer.locale)

    def _keep_promises(self, issue_id: int, viewer: Viewer) -> None:
        for commitment_id in _open_promises(issue_id):
            keep_commitment(issue_id, commitment_id, viewer=viewer)

    def _own_up(self, issue: Any, viewer: Viewer) -> None:
        """Nobody closes an issue over a promise: the customer hears that it was not kept."""
        words = Random(f"not kept:{self._seed}:{issue.number}")
        for commitment_id in _open_promises(issue.id):
            said = words.choice(self._texts["not_kept"][viewer.locale])
            end_promise(issue.id, commitment_id, End(Ending.NOT_KEPT, said), viewer=viewer)


def _open_promises(issue_id: int) -> Sequence[int]:
    return db.session.scalars(sa.select(Commitment.id).where(Commitment.issue_id == issue_id, is_open_promise())).all()


def last_issue() -> int:
    """The newest issue that there is."""
    return db.session.scalar(sa.select(sa.func.max(Issue.id))) or 0


def _user_id(email: str) -> int:
    return db.session.execute(sa.select(User.id).where(User.email == email)).scalar_one()


def _next(state: IssueState) -> IssueState | None:
    position = _PATH.index(state) + 1 if state in _PATH else len(_PATH)
    return _PATH[position] if position < len(_PATH) else None
