"""The company's people at work in the demo: they move issues on, each issue with a fate of its own, and ask customers again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.notices import write_notices
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account, Contact
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.demo.company import ACTOR
from feedback.demo.scenario import Scenario, load_texts
from feedback.extensions import db
from feedback.gate.evaluation import Question
from feedback.gate.rules import Initiation
from feedback.gate.service import evaluate
from feedback.issues.models import Commitment, Issue
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import IssueState
from feedback.issues.service import TALKING, Talk, keep_commitment, record_interaction
from feedback.kernel import clock
from feedback.outbox.delivery import Handlers, deliver_due
from feedback.outbox.service import mark_read
from feedback.permission.rules import Channel, Purpose
from feedback.surveys.rules import AnswerChannel
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
_BELL = Handlers({"notify_user": write_notices}, {})
_RECOVERY_AFTER = timedelta(days=16)


@dataclass(frozen=True)
class Fate:
    """What becomes of an issue: on which day after its opening each step happens, and where it gets stuck."""

    days: dict[IssueState, int]
    stuck_before: IssueState | None
    keeps_promises: bool
    answers_again: bool
    score_again: int


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
        answers_again=random.random() < 0.6,
        score_again=random.choices((5, 7, 8, 9, 10), (1, 2, 4, 4, 2))[0],
    )


class Staff:
    """Everybody who works on issues, for one demo company."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._seed = seed
        self._texts = load_texts("staff")
        self._viewer = cache(get_viewer)
        self._accounts = f"{scenario.code[:3].upper()}-%"
        self._people = scenario.people
        self._managers = [person for person in scenario.people if person.role == Role.ACCOUNT_MANAGER]
        self._portfolio = cache(self._accounts_of)

    def work(self, day: datetime) -> None:
        """One evening: bells are read, every open issue whose time has come is moved on, recovered customers are asked again."""
        with transaction():
            for person in self._people:
                mark_read(_user_id(person.email))
            for issue in self._open_issues():
                self._work_on(issue)
            self._ask_again(day)
        self._ask_the_gate(day)
        deliver_due(_BELL, lease=timedelta(minutes=5))

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
            evaluate(Question(Purpose.OFFERS, channel, initiation, account_id=account), viewer)

    def _accounts_of(self, email: str) -> list[int]:
        query = sa.select(Account.id).join(User, User.id == Account.owner_id).where(User.email == email, self._mine())
        return list(db.session.scalars(query.order_by(Account.id)))

    def _open_issues(self) -> list[Any]:
        columns = (Issue.id, Issue.number, Issue.state, Issue.owner_id, Issue.opened_at, Issue.next_update_due_at)
        worked_on = (Issue.closed_at.is_(None), Issue.owner_id.is_not(None), Issue.queued_at.is_(None))
        return list(db.session.execute(sa.select(*columns).where(*worked_on, self._ours()).order_by(Issue.id)))

    def _ours(self) -> sa.ColumnElement[bool]:
        return Issue.account_id.in_(sa.select(Account.id).where(self._mine()))

    def _mine(self) -> sa.ColumnElement[bool]:
        return Account.external_id.like(self._accounts)

    def _work_on(self, issue: Any) -> None:
        fate = fate_of(self._seed, issue.number)
        age = (clock.now() - issue.opened_at).days
        state = issue.state
        while (following := _next(state)) and fate.days[following] <= age and following is not fate.stuck_before:
            viewer = self._viewer(issue.owner_id)
            move_issue(issue.id, self._move(following, viewer, issue.number), viewer=viewer)
            if following is IssueState.FIXED and fate.keeps_promises:
                self._keep_promises(issue.id, viewer)
            state = following
        if state == issue.state and state in TALKING and fate.keeps_promises:
            self._tell_progress(issue)

    def _tell_progress(self, issue: Any) -> None:
        """Diligent owners call before the update clock runs out."""
        if issue.next_update_due_at < clock.now() + timedelta(hours=30):
            viewer = self._viewer(issue.owner_id)
            words = Random(f"progress:{self._seed}:{issue.number}:{clock.now()}")
            record_interaction(issue.id, Talk(words.choice(self._texts["progress"][viewer.locale])), viewer=viewer)

    def _move(self, to: IssueState, viewer: Viewer, number: int) -> Move:
        random = Random(f"words:{self._seed}:{number}:{to}")

        def say(kind: str) -> str:
            return random.choice(self._texts[kind][viewer.locale])

        moves = {
            IssueState.CONTACTED: lambda: Move(to, note=say("contacted")),
            IssueState.DIAGNOSED: lambda: Move(to, root_cause=say("root_cause")),
            IssueState.IN_FIX: lambda: Move(
                to, commitment=say("commitment"), fix_due_at=clock.now() + timedelta(days=random.randint(4, 14))
            ),
            IssueState.FIXED: lambda: Move(to, fix_summary=say("fix_summary")),
            IssueState.VERIFIED: lambda: Move(to, note=say("verified")),
        }
        return moves[to]() if to in moves else Move(to)

    def _keep_promises(self, issue_id: int, viewer: Viewer) -> None:
        query = sa.select(Commitment.id).where(Commitment.issue_id == issue_id, Commitment.kept_at.is_(None))
        for commitment_id in db.session.scalars(query).all():
            keep_commitment(issue_id, commitment_id, viewer=viewer)

    def _ask_again(self, day: datetime) -> None:
        """The second key: a while after the fix was verified the same person is asked once more."""
        until = day - _RECOVERY_AFTER
        query = (
            sa.select(Issue.number, Account.external_id.label("account"), Contact.external_id.label("contact"))
            .join(Account, Account.id == Issue.account_id)
            .join(Contact, Contact.id == Issue.contact_id)
            .where(Issue.verified_at > until, Issue.verified_at <= until + timedelta(days=1), self._ours())
            .order_by(Issue.id)
        )
        drafts = [
            AnswerDraft(
                source="demo",
                external_id=f"again-{row.account}-{row.number}",
                account_external_id=row.account,
                contact_external_id=row.contact,
                score=fate.score_again,
                channel=AnswerChannel.EMAIL,
                responded_at=clock.now(),
            )
            for row in db.session.execute(query)
            if (fate := fate_of(self._seed, row.number)).answers_again
        ]
        if drafts:
            accept_answers(drafts, AcceptOptions(actor=ACTOR))


def _user_id(email: str) -> int:
    return db.session.execute(sa.select(User.id).where(User.email == email)).scalar_one()


def _next(state: IssueState) -> IssueState | None:
    position = _PATH.index(state) + 1 if state in _PATH else len(_PATH)
    return _PATH[position] if position < len(_PATH) else None
