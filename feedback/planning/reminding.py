"""Reviews are remembered the day before, and missed ones are told to the account manager and the lead. Inside `transaction()`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.access.queries import lead_of
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outer_loop import news
from feedback.planning.models import AccountPlan, PlanReview

BEFORE, AFTER = timedelta(hours=24), timedelta(hours=24)
REMINDED, MISSED = 1, 2


def reviews_to_remember() -> Sequence[int]:
    """Planned reviews of live plans about which there is something new to say."""
    now = clock.now()
    soon = sa.and_(PlanReview.told < REMINDED, PlanReview.starts_at <= now + BEFORE, PlanReview.starts_at >= now)
    missed = sa.and_(PlanReview.told < MISSED, PlanReview.starts_at < now - AFTER)
    query = sa.select(PlanReview.id).join(AccountPlan, AccountPlan.id == PlanReview.plan_id)
    query = query.where(is_waiting(), AccountPlan.closed_at.is_(None), sa.or_(soon, missed))
    return db.session.scalars(query.order_by(PlanReview.starts_at, PlanReview.id)).all()


def is_waiting() -> sa.ColumnElement[bool]:
    """A review that was neither held nor called off."""
    return sa.and_(PlanReview.held_at.is_(None), PlanReview.cancelled_at.is_(None))


def is_overdue(now: datetime) -> sa.ColumnElement[bool]:
    """One that should have been held a day ago."""
    return sa.and_(is_waiting(), PlanReview.starts_at < now - AFTER)


def remember_review(review_id: int) -> bool:
    """Who looks after the account hears of it; of a missed one its lead too."""
    row = db.session.scalar(sa.select(PlanReview).where(PlanReview.id == review_id).with_for_update())
    if row is None or row.held_at is not None or row.cancelled_at is not None:
        return False
    missed = row.starts_at < clock.now()
    if row.told >= (MISSED if missed else REMINDED):
        return False
    row.told = MISSED if missed else REMINDED
    plan = db.session.get_one(AccountPlan, row.plan_id)
    account = db.session.get_one(Account, plan.account_id)
    people = [account.owner_id or plan.made_by_id, lead_of(account.team_id) if missed else None]
    kind, cause = "review_missed" if missed else "review_due", f"plan-review:{row.id}:{row.starts_at.isoformat()}:{row.told}"
    about = {"account": account.name, "at": row.starts_at.isoformat()}
    news.tell(people, cause, kind, f"/app/accounts/{account.id}/plan?plan={plan.id}", **about)
    return True
