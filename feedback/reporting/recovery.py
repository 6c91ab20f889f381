"""Did it help? What became of detractors who were called, of those who were not, and of the fixes that customers judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback.accounts.models import Interaction
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueState
from feedback.issues.rules.recovery import (
    Difference,
    Excess,
    Line,
    Pairs,
    Share,
    difference_of,
    excess_of,
    fit_line,
)
from feedback.issues.verifying.models import RecoveryPulse, Verification
from feedback.issues.verifying.rules import Verdict
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import InvitationState, SurveyKind

DETRACTOR_MAX, PASSIVE_FROM = 6, 7
WITHIN = timedelta(days=365)  # a later answer tells of something else
NEWEST = 20_000  # pairs of each group: more would tell the same and take seconds


@dataclass(frozen=True)
class RecoveryFilter:
    """First answers given from `start` on and before `stop`; None means "any"."""

    start: date | None = None
    stop: date | None = None
    segment: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of people who were called, beside those who were not: a share, and the scores beyond what was expected."""

    called: Share
    others: Share
    difference: Difference | None
    excess: Excess | None


@dataclass(frozen=True)
class Fixes:
    """Fixes of the period and what customers said of them; pulses asked and answered."""

    verified: int
    refused: int
    unverified: int
    waiting: int
    pulses_asked: int
    pulses_answered: int
    pulses_good: int  # answered with 7 or more


@dataclass(frozen=True)
class Recovery:
    """The whole report."""

    recovery: Outcome  # detractors who came back as passives or promoters
    relapse: Outcome  # of those, who fell back with the answer after that
    line: Line | None  # what a second score is by itself
    pairs: int  # of people whom nobody called
    fixes: Fixes


def recovery(wanted: RecoveryFilter) -> Recovery:
    """The report about the whole company, for those who may see its figures."""
    called = _columns(_pairs(wanted, called=True))
    others = _columns(_pairs(wanted, called=False))
    untouched = others.pairs
    return Recovery(
        recovery=_recovery(called.pairs, untouched),
        relapse=_relapse(called, untouched),
        line=fit_line(untouched),
        pairs=len(untouched),
        fixes=_fixes(wanted),
    )


@dataclass(frozen=True)
class _Columns:
    pairs: Pairs
    third: Any  # the score after the second, NaN where there is none


def _columns(rows: Sequence[Any]) -> _Columns:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    account, first, second, third = (
        np.array(column, kind) for column, kind in zip(columns, (np.int64, float, float, float), strict=True)
    )
    return _Columns(Pairs(account, first, second), third)


def _recovery(called: Pairs, untouched: Pairs) -> Outcome:
    low = untouched.where(untouched.first <= DETRACTOR_MAX)
    mine = Share(int((called.second >= PASSIVE_FROM).sum()), len(called))
    theirs = Share(int((low.second >= PASSIVE_FROM).sum()), len(low))
    return Outcome(mine, theirs, difference_of(mine, theirs), excess_of(called, untouched))


def _relapse(called: _Columns, untouched: Pairs) -> Outcome:
    """Of those who recovered, the answer after that; beside people whom nobody called who had been as satisfied."""
    back = (called.pairs.second >= PASSIVE_FROM) & ~np.isnan(called.third)
    later = Pairs(called.pairs.account[back], called.pairs.second[back], called.third[back])
    glad = untouched.where(untouched.first >= PASSIVE_FROM)
    mine = Share(int((later.second <= DETRACTOR_MAX).sum()), len(later))
    theirs = Share(int((glad.second <= DETRACTOR_MAX).sum()), len(glad))
    return Outcome(mine, theirs, difference_of(mine, theirs), excess_of(later, untouched))


def _pairs(wanted: RecoveryFilter, *, called: bool) -> Sequence[Any]:
    """(account, score, next score, the one after it or NaN): of detractors who were called about that answer, or of everybody
    who was not. Both groups answer the same kind of survey: a recovery pulse is asked only where a fix was settled.
    """
    relation = sa.select(SurveyProgram.id).where(SurveyProgram.kind == SurveyKind.RELATIONSHIP)
    first, second, third = (sa.orm.aliased(Response) for _ in range(3))
    talked = (
        sa.exists()
        .where(
            IssueVoice.response_id == first.id,
            Interaction.issue_id == IssueVoice.issue_id,
            Interaction.occurred_at < second.responded_at,
        )
        .correlate(first, second)
    )
    group = (first.score <= DETRACTOR_MAX, talked) if called else (~talked,)
    query = (
        sa.select(first.account_id, first.score, second.score, third.score)
        .select_from(first)
        .join(second, second.id == _next_after(first, relation))
        .outerjoin(third, third.id == _next_after(second, relation))
        .where(
            first.survey_id.in_(relation),
            second.responded_at <= _later(first.responded_at),
            *_within(first, wanted),
            *group,
        )
        .order_by(first.responded_at.desc(), first.id.desc())
        .limit(NEWEST)
    )
    return [tuple(row) for row in db.session.execute(query)]


def _next_after(answer: Any, relation: Any) -> Any:
    following = sa.orm.aliased(Response)
    later = sa.or_(
        following.responded_at > answer.responded_at,
        sa.and_(following.responded_at == answer.responded_at, following.id > answer.id),
    )
    return (
        sa.select(following.id)
        .where(
            following.contact_id == answer.contact_id,
            following.account_id == answer.account_id,
            following.survey_id.in_(relation),
            following.responded_at >= answer.responded_at,
            later,
        )
        .order_by(following.responded_at, following.id)
        .limit(1)
        .correlate(answer)
        .scalar_subquery()
    )


def _later(moment: Any) -> Any:
    """So long after; SQLite keeps instants as microseconds."""
    if db.engine.dialect.name == "postgresql":
        return sa.type_coerce(moment, sa.DateTime(timezone=True)) + sa.literal(WITHIN, sa.Interval())
    return sa.type_coerce(moment, sa.BigInteger) + int(WITHIN.total_seconds() * 1_000_000)


def _within(answer: Any, wanted: RecoveryFilter) -> list[Any]:
    bounds = ((wanted.start, answer.responded_at.__ge__), (wanted.stop, answer.responded_at.__lt__))
    found = [compare(datetime.combine(day, time(), UTC)) for day, compare in bounds if day is not None]
    named = ((answer.segment, wanted.segment), (answer.region, wanted.region))
    return found + [column == value for column, value in named if value is not None]


def _fixes(wanted: RecoveryFilter) -> Fixes:
    since = datetime.combine(wanted.start, time(), UTC) if wanted.start else None
    before = datetime.combine(wanted.stop, time(), UTC) if wanted.stop else None

    def inside(column: Any) -> list[Any]:
        return [*([column >= since] if since else []), *([column < before] if before else [])]

    def count(model: Any, *conditions: Any) -> int:
        return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0

    refused = sa.select(sa.func.count(sa.distinct(Verification.issue_id))).where(
        Verification.verdict.in_((Verdict.NO, Verdict.PARTLY)), *inside(Verification.answered_at)
    )
    pulses = sa.select(Invitation.state, Response.score).join(RecoveryPulse, RecoveryPulse.invitation_id == Invitation.id)
    answered = pulses.outerjoin(Response, Response.invitation_id == Invitation.id)
    rows = db.session.execute(answered.where(Invitation.sent_at.is_not(None), *inside(Invitation.sent_at))).all()
    return Fixes(
        verified=count(Issue, Issue.verified_at.is_not(None), *inside(Issue.verified_at)),
        refused=db.session.scalar(refused) or 0,
        unverified=count(Issue, Issue.state == IssueState.CLOSED_UNVERIFIED, *inside(Issue.closed_at)),
        waiting=count(Issue, Issue.state == IssueState.FIXED, *inside(Issue.fixed_at)),
        pulses_asked=len(rows),
        pulses_answered=sum(row.state is InvitationState.ANSWERED for row in rows),
        pulses_good=sum(row.score is not None and row.score >= PASSIVE_FROM for row in rows),
    )
