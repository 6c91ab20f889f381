"""Screening plays: gathers what the rules ask for, writes what they say. Call inside `transaction()`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.gate.disrupted import ACTIVE, NOT_FOLLOWED_UP
from feedback.gate.evaluation import Question
from feedback.gate.rules import Initiation, Outcome, offers_permitted
from feedback.gate.service import Decision, evaluate_all
from feedback.issues.models import Issue
from feedback.issues.rules import WORK_ITEMS, IssueSource
from feedback.issues.work_items import Reason, open_work_items
from feedback.kernel import clock
from feedback.outer_loop.queries.holding import Hold, holds_of
from feedback.permission.rules import Channel, Purpose
from feedback.selling.models import SalesPlay, SalesPlayStep
from feedback.selling.reading import read_account
from feedback.selling.rules import SCREEN_AGAIN, Case, PlayState, Screened, Trigger, needs_recovery, screen
from feedback.selling.spend.history import month_of
from feedback.selling.spend.monitor import Doubt, Finding, Reading

# how somebody would be approached, the likelier first: the gate is asked about each until one may be used
CHANNELS = (Channel.PHONE, Channel.EMAIL)
MACHINE = "system"


@dataclass(frozen=True)
class _Machine(Viewer):
    """Who asks the gate when no person does: for every customer, on nobody's behalf."""

    @property
    def actor(self) -> str:
        return MACHINE


_SCREENER = _Machine(kind="token", name="sales plays", token_scopes=frozenset({"gate"}))


def screen_play(play: SalesPlay, *, actor: str = MACHINE, reading: Reading | None = None, again: bool = False) -> None:
    """Screen one play, and keep what came out; a step is written when it is new or something changed.

    Args:
        reading: what the spend monitor found, where it was just found; None: it is looked up for a drop of spend.
        again: it was screened before.
    """
    if play.trigger is Trigger.SPEND_DROP and play.answer is None and (reading is not None or play.baseline is None or again):
        _judge(play, reading)
    db.session.flush()
    decision = _ask_gate(play)
    now = clock.now()
    holds = [hold for hold in holds_of(db.session.connection(), [play.account_id]).get(play.account_id, ()) if _counts(hold)]
    issues = _open_problems(play.account_id)
    case = _case(play, decision, holds, issues)
    said = screen(case)
    changed = (play.state, list(play.reasons)) != (said.state, list(said.reasons))
    play.state, play.reasons = said.state, list(said.reasons)
    play.decision_id = decision.row["id"] if decision is not None else None
    play.screened_at, play.screen_due_at = now, _next_look(decision, said)
    play.ended_at = now if said.state is PlayState.SCREENED_OUT else None
    db.session.flush()
    if needs_recovery(case, said):
        _recover(play, issues)
    if changed or not again:
        note_step(play, "screened", actor)


def note_step(play: SalesPlay, kind: str, actor: str, note: str | None = None) -> None:
    """Write what happened to a play."""
    values = {"play_id": play.id, "kind": kind, "state": play.state, "reasons": play.reasons, "decision_id": play.decision_id}
    db.session.add(SalesPlayStep(**values, note=note, actor=actor, at=clock.now()))
    db.session.flush()


def _judge(play: SalesPlay, reading: Reading | None) -> None:
    found = reading or read_account(play.account_id)
    play.month = month_of(found.month) if found is not None else None
    play.baseline = as_data(found) if found is not None else None


def as_data(reading: Reading) -> dict[str, Any]:
    """A reading as JSON, with the months of its chart."""
    names = ("actual", "expected", "shortfall", "z", "silent_days")
    kinds = {"tier": reading.tier.value, "finding": reading.finding.value, "doubts": [doubt.value for doubt in reading.doubts]}
    rounded = {name: _rounded(getattr(reading, name), 4) for name in names}
    chart = [[month_of(one.month).isoformat(), *(_rounded(value, 2) for value in one[1:])] for one in reading.chart]
    return kinds | rounded | {"chart": chart}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _ask_gate(play: SalesPlay) -> Decision | None:
    """The gate's answer for the first channel that may be used, else for the first one."""
    decisions = []
    for channel in _channels(play.payload):
        answer = evaluate_all([(_question(play, channel, _contact_of(play)), _SCREENER)])[0]
        if isinstance(answer, Decision):
            decisions.append(answer)
            if offers_permitted(answer.finding.verdict.outcome):
                return answer
    return decisions[0] if decisions else None


def _channels(payload: Mapping[str, Any]) -> Sequence[Channel]:
    named = payload.get("channel")
    return (Channel(named),) if named in set(Channel) else CHANNELS


def _contact_of(play: SalesPlay) -> str | None:
    """The contact that the payload names, if this account has such a one."""
    named = play.payload.get("contact_external_id")
    if not isinstance(named, str):
        return None
    query = sa.select(Contact.external_id).join(AccountContact, AccountContact.contact_id == Contact.id)
    here = (AccountContact.account_id == play.account_id, AccountContact.left_at.is_(None), Contact.external_id == named)
    found: str | None = db.session.scalar(query.where(*here))
    return found


def _question(play: SalesPlay, channel: Channel, contact: str | None) -> Question:
    product = play.payload.get("product_code")
    return Question(
        Purpose.OFFERS,
        channel,
        Initiation.OUTBOUND,
        account_id=play.account_id,
        contact_external_id=contact,
        product_code=product if isinstance(product, str) else None,
    )


def _counts(hold: Hold) -> bool:
    now = clock.now()
    return hold.is_active(now) or hold.is_over(now)


def _open_problems(account_id: int) -> list[Issue]:
    """Open issues, the gravest first; work items are none."""
    here = (Issue.account_id == account_id, Issue.closed_at.is_(None), Issue.source.not_in(WORK_ITEMS))
    return list(db.session.scalars(sa.select(Issue).where(*here).order_by(Issue.priority.desc(), Issue.id)))


def _case(play: SalesPlay, decision: Decision | None, holds: Sequence[Hold], issues: Sequence[Issue]) -> Case:
    now, found = clock.now(), play.baseline
    spend = play.trigger is Trigger.SPEND_DROP
    finding = None if not spend else Finding.TOO_LITTLE if found is None else Finding(found["finding"])
    return Case(
        play.trigger,
        decision.finding.verdict.outcome if decision is not None else Outcome.HOLD,
        decision.finding.verdict.reasons if decision is not None else (),
        finding,
        [Doubt(name) for name in (found or {}).get("doubts", ())],
        play.answer,
        [ACTIVE if any(hold.is_active(now) for hold in holds) else NOT_FOLLOWED_UP] if holds else [],
        [issue.id for issue in issues],
        _wait(decision),
    )


def _wait(decision: Decision | None) -> timedelta | None:
    review = decision.finding.next_review_at if decision is not None else None
    return None if review is None else review - clock.now()


def _next_look(decision: Decision | None, said: Screened) -> Any:
    """In a week, or when the gate says that it will answer otherwise."""
    later, review = clock.now() + SCREEN_AGAIN, decision.finding.next_review_at if decision is not None else None
    return min(later, review) if review is not None and said.state is not PlayState.SCREENED_OUT else later


def _recover(play: SalesPlay, issues: Sequence[Issue]) -> None:
    """A held play is a recovery: whoever works on the problem hears of it, and where nobody does, a work item is opened."""
    if issues:
        play.issue_id = issues[0].id
    else:
        play.issue_id = _work_item(play)
    db.session.flush()


def _work_item(play: SalesPlay) -> int | None:
    people = _whom_to_ask(play.account_id)
    if not people:
        return None
    facts = {"reasons": list(play.reasons)}
    reason = Reason(IssueSource.SALES_PLAY, play.account_id, people, facts, since=play.received_at)
    open_work_items([reason])
    query = sa.select(Issue.id).where(Issue.account_id == play.account_id, Issue.source == IssueSource.SALES_PLAY)
    found: int | None = db.session.scalar(query.order_by(Issue.closed_at.is_not(None), Issue.id.desc()).limit(1))
    return found


def _whom_to_ask(account_id: int) -> tuple[int, ...]:
    """The decision makers, or whoever there is."""
    here = (AccountContact.account_id == account_id, AccountContact.left_at.is_(None))
    rows = db.session.execute(
        sa.select(AccountContact.contact_id, AccountContact.role).where(*here).order_by(AccountContact.contact_id)
    ).all()
    deciding = tuple(row.contact_id for row in rows if row.role is ContactRole.DECISION_MAKER)
    return deciding or tuple(row.contact_id for row in rows[:1])
