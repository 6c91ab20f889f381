"""Looking whether a delivery helped: the rate and the points lost, before and after, beside accounts without the change."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.audit import service as audit
from feedback.defects.models import Citation, Defect
from feedback.defects.ranking import rank_defects
from feedback.defects.rules.months import month_index, month_start
from feedback.defects.rules.reports import RankedDefect, RankingQuery
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outer_loop import news
from feedback.outer_loop.follow_ups import close_batches
from feedback.outer_loop.initiatives import add_check
from feedback.outer_loop.models import EffectCheck, FollowUpBatch, Initiative, InitiativeDefect
from feedback.outer_loop.queries.reaching import is_reached
from feedback.outer_loop.rules.effect import Change, Periods, Rate, compared, points_change, verdict_of
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import InitiativeState, Verdict
from feedback.surveys.models import Response
from feedback.uow import transaction

ACTOR = "job:check_effects"
LONGEST = 365  # days after which too few answers stay too few
AGAIN = 60  # days until the next look where there were too few


@dataclass(frozen=True)
class PointsLost:
    """What a defect costs, before and after, as the ranking of whole months says; None where it cannot say."""

    defect: str
    before: tuple[float, float, float] | None
    after: tuple[float, float, float] | None
    change: Change | None


@dataclass(frozen=True)
class Effect:
    """Everything that was measured; `others` are the accounts outside the reach, None where everybody got the change."""

    days: int
    before_from: datetime
    delivered_at: datetime
    after_until: datetime
    exposed: Periods
    others: Periods | None
    beyond: Change | None
    points: tuple[PointsLost, ...]
    months: int  # whole months on each side that the points are about
    verdict: Verdict

    @property
    def document(self) -> dict[str, Any]:
        """What is stored and shown."""
        return {
            "days": self.days,
            "from": self.before_from.isoformat(),
            "delivered_at": self.delivered_at.isoformat(),
            "until": self.after_until.isoformat(),
            "exposed": _periods(self.exposed),
            "others": _periods(self.others) if self.others else None,
            "beyond": asdict(self.beyond) if self.beyond else None,
            "points": [asdict(one) for one in self.points],
            "months": self.months,
            "verdict": self.verdict.value,
        }


def _periods(periods: Periods) -> dict[str, Any]:
    return {
        "before": _rate(periods.before),
        "after": _rate(periods.after),
        "change": asdict(periods.change) if periods.change else None,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {"n": rate.n, "cited": rate.cited, "share": rate.share, "low": low, "high": high}


def measure(initiative: Initiative, delivered_at: datetime, days: int, until: datetime) -> Effect:
    """The effect of a delivery from answers of so many days before and (up to `until`) after it."""
    span = min(timedelta(days=days), max(until - delivered_at, timedelta()))
    start, end = delivered_at - timedelta(days=days), delivered_at + span
    defects = _defects(initiative.id)
    reach = Reach.from_document(initiative.reach)
    exposed, rest = _counted(initiative, [one for one, _code in defects], reach, (start, delivered_at, end))
    others = None if reach.is_everybody else rest
    points, months = _points(initiative, defects, delivered_at, end)
    return Effect(
        days, start, delivered_at, end, exposed, others, compared(exposed, others), points, months, verdict_of(exposed, others)
    )


def _defects(initiative_id: int) -> list[tuple[int, str]]:
    query = sa.select(Defect.id, Defect.code).join(InitiativeDefect, InitiativeDefect.defect_id == Defect.id)
    rows = db.session.execute(query.where(InitiativeDefect.initiative_id == initiative_id).order_by(Defect.id))
    return [(defect_id, code) for defect_id, code in rows]


def _counted(
    initiative: Initiative, defect_ids: Sequence[int], reach: Reach, bounds: tuple[datetime, datetime, datetime]
) -> tuple[Periods, Periods]:
    """Answers and those of them that cite one of the defects, by period, inside and outside the reach; one statement."""
    start, delivered, end = bounds
    after = sa.case((Response.responded_at >= delivered, 1), else_=0)
    inside = sa.case((is_reached(reach), 1), else_=0)
    cites = sa.exists().where(Citation.response_id == Response.id, Citation.defect_id.in_(defect_ids))
    rows = (
        sa.select(after.label("after"), inside.label("inside"), sa.case((cites, 1), else_=0).label("cited"))
        .join(Account, Account.id == Response.account_id)
        .where(Response.responded_at >= start, Response.responded_at < end)
    )
    if initiative.survey_id is not None:
        rows = rows.where(Response.survey_id == initiative.survey_id)
    part = rows.subquery()
    query = sa.select(part.c.inside, part.c.after, sa.func.count(), sa.func.sum(part.c.cited)).group_by(
        part.c.inside, part.c.after
    )
    found: dict[tuple[int, int], Rate] = {}
    for is_inside, is_after, n, cited in db.session.execute(query):
        found[is_inside, is_after] = Rate(int(n), int(cited or 0))
    nothing = Rate(0, 0)
    exposed, others = (Periods(found.get((group, 0), nothing), found.get((group, 1), nothing)) for group in (1, 0))
    return exposed, others


def _points(
    initiative: Initiative, defects: Sequence[tuple[int, str]], delivered_at: datetime, end: datetime
) -> tuple[tuple[PointsLost, ...], int]:
    """The ranking of the whole months after the month of the delivery, and of as many before it."""
    month = month_index(delivered_at)
    months = max(month_index(end) - month - 1, 0)
    if not months:
        return tuple(PointsLost(code, None, None, None) for _id, code in defects), 0
    before = _ranked(initiative, month - months, month)
    after = _ranked(initiative, month + 1, month + 1 + months)
    return tuple(_lost(code, before.get(defect_id), after.get(defect_id)) for defect_id, code in defects), months


def _ranked(initiative: Initiative, first: int, stop: int) -> dict[int, RankedDefect]:
    query = RankingQuery(start=month_start(first), stop=month_start(stop), survey_id=initiative.survey_id)
    return {row.defect_id: row for row in rank_defects(query).items}


def _lost(code: str, before: RankedDefect | None, after: RankedDefect | None) -> PointsLost:
    one, other = _interval(before), _interval(after)
    return PointsLost(code, one, other, points_change(one, other) if one and other else None)


def _interval(row: RankedDefect | None) -> tuple[float, float, float] | None:
    if row is None or row.points_lost is None or row.points_lost_ci_low is None or row.points_lost_ci_high is None:
        return None
    return row.points_lost, row.points_lost_ci_low, row.points_lost_ci_high


def due_checks() -> Sequence[int]:
    """Looks whose day has come."""
    query = sa.select(EffectCheck.id).where(EffectCheck.done_at.is_(None), EffectCheck.due_at <= clock.now())
    return db.session.scalars(query.order_by(EffectCheck.due_at, EffectCheck.id)).all()


def check_effect(check_id: int) -> bool:
    """Measure, keep the figures, and draw the conclusion. Reading goes before the transaction that writes."""
    check = db.session.get(EffectCheck, check_id)
    initiative = db.session.get(Initiative, check.initiative_id) if check else None
    if check is None or initiative is None or check.done_at is not None:
        return False
    effect = measure(initiative, check.delivered_at, check.days, check.due_at)
    with transaction():
        return _conclude(check_id, effect)


def _conclude(check_id: int, effect: Effect) -> bool:
    check = db.session.get(EffectCheck, check_id, with_for_update=True)
    if check is None or check.done_at is not None:
        return False
    check.done_at, check.verdict, check.figures = clock.now(), effect.verdict, effect.document
    db.session.flush()
    initiative = db.session.get_one(Initiative, check.initiative_id, with_for_update=True)
    if initiative.state is InitiativeState.DELIVERED and initiative.delivered_at == check.delivered_at:
        _decide(initiative, check, effect.verdict)
    return True


def _decide(initiative: Initiative, check: EffectCheck, verdict: Verdict) -> None:
    """A fall is believed at once, and so is a rate that did not fall; what is unclear at the last look was no fall."""
    later = sa.select(EffectCheck.id).where(EffectCheck.initiative_id == initiative.id, EffectCheck.done_at.is_(None))
    is_last = db.session.scalar(later.limit(1)) is None
    if verdict is Verdict.FELL:
        _confirm(initiative)
    elif verdict is Verdict.NOT_FALLEN or (verdict is Verdict.UNCLEAR and is_last):
        _reopen(initiative)
    elif verdict is Verdict.TOO_FEW and is_last:
        _wait_longer(initiative, check)


def _wait_longer(initiative: Initiative, check: EffectCheck) -> None:
    if check.days + AGAIN <= LONGEST:
        add_check(initiative.id, check.delivered_at, check.days + AGAIN)
    else:
        _say(initiative, "initiative_too_few")


def _confirm(initiative: Initiative) -> None:
    initiative.state, initiative.decided_at = InitiativeState.EFFECT_CONFIRMED, clock.now()
    db.session.execute(sa.delete(EffectCheck).where(EffectCheck.initiative_id == initiative.id, EffectCheck.done_at.is_(None)))
    _note(initiative)
    _say(initiative, "initiative_confirmed")


def _reopen(initiative: Initiative) -> None:
    """It is open again, and customers are not told any more that something was done."""
    initiative.state, initiative.decided_at = InitiativeState.NO_EFFECT, clock.now()
    initiative.reopen_count += 1
    db.session.execute(sa.delete(EffectCheck).where(EffectCheck.initiative_id == initiative.id, EffectCheck.done_at.is_(None)))
    close_batches(FollowUpBatch.initiative_id == initiative.id)
    _note(initiative)
    _say(initiative, "initiative_no_effect")


def _note(initiative: Initiative) -> None:
    db.session.flush()
    moved = {"was": InitiativeState.DELIVERED.value, "to": initiative.state.value, "note": None}
    audit.record(ACTOR, "initiative.moved", "initiative", initiative.id, **moved)


def _say(initiative: Initiative, kind: str) -> None:
    delivered = initiative.delivered_at.isoformat() if initiative.delivered_at else ""
    link = f"/app/initiatives/{initiative.id}"
    news.tell(
        [initiative.owner_id, *news.executives()], f"initiative:{initiative.id}:{kind}:{delivered}", kind, link,
        title=initiative.title,
    )  # fmt: skip
