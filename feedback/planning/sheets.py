"""A plan with all its parts as they stand now: ticks from the evidence, the gate's word, promises as they ended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.access.models import User
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.gate.standing import Standing, standings
from feedback.issues.models import Commitment, Issue
from feedback.kernel import clock
from feedback.planning.evidence import gather, judge
from feedback.planning.gate_word import GateWord, gate_words
from feedback.planning.models import PlanCondition, PlanIntent, PlanObjective, PlanPromise, PlanReview
from feedback.planning.queries import PlanLine
from feedback.planning.rules.states import ConditionKind
from feedback.planning.suggesting import suggest
from feedback.planning.wording import condition_words, tick_words


@dataclass(frozen=True)
class ObjectiveLine:
    """Something to reach, with the name of whom it is given to."""

    row: PlanObjective
    owner: str | None


@dataclass(frozen=True)
class ConditionLine:
    """What must change, whether it has, why and since when; `issue_owner` is on it while it has not."""

    row: PlanCondition
    text: str
    met: bool
    since: datetime | None
    why: str
    issue_owner: str | None = None


@dataclass(frozen=True)
class PromiseLine:
    """A promise of the plan, or of an issue as it stands there. `state`: open, overdue, kept, broken or withdrawn."""

    row: PlanPromise
    text: str
    due_on: date | None
    due_at: datetime | None  # of an issue's promise
    state: str
    ended_at: datetime | None
    contact: str | None
    owner: str | None
    issue_id: int | None = None
    issue_number: int | None = None


@dataclass(frozen=True)
class Suggestion:
    """A condition that could be taken over."""

    kind: ConditionKind
    values: Mapping[str, Any]
    text: str


@dataclass(frozen=True)
class PlanSheet:
    """Everything about a plan."""

    line: PlanLine
    standing: Standing
    gate: GateWord
    objectives: Sequence[ObjectiveLine]
    conditions: Sequence[ConditionLine]
    intents: Sequence[PlanIntent]
    reviews: Sequence[PlanReview]
    promises: Sequence[PromiseLine]

    @property
    def met(self) -> int:
        """How much of what must change has changed."""
        return sum(one.met for one in self.conditions)

    def next_review(self, now: datetime) -> PlanReview | None:
        """The next one that is still to be held."""
        ahead = [one for one in self.reviews if one.held_at is None and one.cancelled_at is None and one.starts_at >= now]
        return min(ahead, key=lambda one: one.starts_at, default=None)


def sheets(lines: Sequence[PlanLine], *, asker: int | None) -> list[PlanSheet]:
    """The sheets of plans that the viewer was found to see, without suggestions, in a constant number of statements."""
    now, plan_ids = clock.now(), [line.plan.id for line in lines]
    stands = standings({line.plan.account_id for line in lines}, now)
    words = gate_words(list(stands.values()), asker=asker)
    conditions = _conditions(lines, plan_ids, stands, now)
    objectives, promises = _objectives(plan_ids), _promises(plan_ids, now)
    intents, reviews = _rows(PlanIntent, PlanIntent.id, plan_ids), _rows(PlanReview, PlanReview.starts_at, plan_ids)
    found = []
    for line in lines:
        id_, account_id = line.plan.id, line.plan.account_id
        found.append(
            PlanSheet(
                line, stands[account_id], words[account_id], objectives[id_], conditions[id_], intents[id_], reviews[id_],
                promises[id_],
            )
        )  # fmt: skip
    return found


def sheet_of(line: PlanLine, *, asker: int | None) -> PlanSheet:
    """The sheet of one plan."""
    return sheets([line], asker=asker)[0]


def suggestions_for(sheet: PlanSheet) -> list[Suggestion]:
    """What the standing says must change and the plan does not have; nothing for a closed plan."""
    if sheet.line.plan.closed_at is not None:
        return []
    taken = {one.row.key for one in sheet.conditions}
    return [_suggestion(one, text) for one, text in suggest(sheet.standing, sheet.gate, taken)]


def _suggestion(one: PlanCondition, text: str) -> Suggestion:
    names = ("issue_id", "defect_id", "disruption_id", "contact_id", "channel", "least_score")
    return Suggestion(one.kind, {name: value for name in names if (value := getattr(one, name)) is not None}, text)


def _rows(model: Any, order: Any, plan_ids: Sequence[int]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in db.session.scalars(sa.select(model).where(model.plan_id.in_(plan_ids)).order_by(order, model.id)):
        found[row.plan_id].append(row)
    return found


def _objectives(plan_ids: Sequence[int]) -> defaultdict[int, list[ObjectiveLine]]:
    query = sa.select(PlanObjective, User.name).outerjoin(User, User.id == PlanObjective.owner_id)
    found: defaultdict[int, list[ObjectiveLine]] = defaultdict(list)
    for row, owner in db.session.execute(query.where(PlanObjective.plan_id.in_(plan_ids)).order_by(PlanObjective.id)):
        found[row.plan_id].append(ObjectiveLine(row, owner))
    return found


def _conditions(
    lines: Sequence[PlanLine], plan_ids: Sequence[int], stands: Mapping[int, Standing], now: datetime
) -> defaultdict[int, list[ConditionLine]]:
    account_of = {line.plan.id: line.plan.account_id for line in lines}
    rows = _rows(PlanCondition, PlanCondition.id, plan_ids)
    flat = [(account_of[plan_id], one) for plan_id, here in rows.items() for one in here]
    seen = gather(flat, stands)
    found: defaultdict[int, list[ConditionLine]] = defaultdict(list)
    for account_id, one in flat:
        tick = judge(account_id, one, seen, now)
        owner = seen.owners.get(one.issue_id or 0) if not tick.met else None
        line = ConditionLine(one, condition_words(one, seen), tick.met, tick.at, tick_words(tick), owner)
        found[one.plan_id].append(line)
    return found


def _promises(plan_ids: Sequence[int], now: datetime) -> defaultdict[int, list[PromiseLine]]:
    to, maker, owner = aliased(Contact), aliased(User), aliased(User)
    query = (
        sa.select(PlanPromise, Commitment, Issue.number, to.name, maker.name, owner.name)
        .outerjoin(Commitment, Commitment.id == PlanPromise.commitment_id)
        .outerjoin(Issue, Issue.id == Commitment.issue_id)
        .outerjoin(to, to.id == sa.func.coalesce(Commitment.contact_id, PlanPromise.contact_id))
        .outerjoin(maker, maker.id == sa.func.coalesce(Commitment.made_by_id, PlanPromise.made_by_id))
        .outerjoin(owner, sa.and_(owner.id == Issue.owner_id, Issue.closed_at.is_(None)))
        .where(PlanPromise.plan_id.in_(plan_ids))
        .order_by(PlanPromise.id)
    )
    found: defaultdict[int, list[PromiseLine]] = defaultdict(list)
    rows: Any = db.session.execute(query)
    for row, made, number, contact, by, on_it in rows:
        line = _own(row, contact, by, now) if made is None else _of_issue(row, made, number, contact, on_it or by, now)
        found[row.plan_id].append(line)
    return found


def _own(row: PlanPromise, contact: str | None, owner: str | None, now: datetime) -> PromiseLine:
    ends = {"kept": row.kept_at, "broken": row.broken_at, "withdrawn": row.withdrawn_at}
    state = next((name for name, at in ends.items() if at is not None), None)
    if state is None:
        state = "overdue" if row.due_on is not None and row.due_on < now.date() else "open"
    return PromiseLine(row, row.text or "", row.due_on, None, state, ends.get(state), contact, owner)


def _of_issue(
    row: PlanPromise, made: Commitment, number: int, contact: str | None, owner: str | None, now: datetime
) -> PromiseLine:
    late = made.broken_at is not None or (made.kept_at is not None and made.kept_at > made.due_at)
    ended = made.withdrawn_at or made.given_up_at or made.kept_at
    if made.withdrawn_at is not None:
        state = "withdrawn"
    elif made.given_up_at is not None or (late and made.kept_at is not None):
        state = "broken"
    else:
        state = "kept" if made.kept_at is not None else "overdue" if made.due_at < now else "open"
    due = made.due_at
    return PromiseLine(row, made.text, due.date(), due, state, ended, contact, owner, made.issue_id, number)
