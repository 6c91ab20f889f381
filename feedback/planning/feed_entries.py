"""What stands in one person's calendar: reviews of the plans they answer for, their objectives, their promises."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.issues.working.promises import PromiseFilter, list_promises
from feedback.kernel import clock
from feedback.planning.locking import READ
from feedback.planning.models import AccountPlan, PlanObjective, PlanPromise, PlanReview
from feedback.planning.rules.states import ObjectiveState

BACK = timedelta(days=90)  # how long what has passed stays in calendars
MOST = 200


@dataclass(frozen=True)
class Entry:
    """One line of a calendar. A `date` lasts the whole day; `sequence` grows with each change of what calendars show."""

    uid: str
    starts: datetime | date
    minutes: int
    summary: str
    description: str
    link: str
    place: str | None
    sequence: int
    changed_at: datetime
    cancelled: bool = False


def entries_of(viewer: Viewer) -> list[Entry]:
    """Everything of the last 90 days and from now on, by day."""
    found = [*_reviews(viewer), *_objectives(viewer), *_own_promises(viewer), *_promises_of_issues(viewer)]
    return sorted(found, key=lambda one: (one.starts.isoformat(), one.uid))


def _plan_link(account_id: int, plan_id: int) -> str:
    return f"/app/accounts/{account_id}/plan?plan={plan_id}"


def _rows(model: Any, viewer: Viewer, *where: sa.ColumnElement[bool]) -> Any:
    query = sa.select(model, AccountPlan, Account.id, Account.name).join(AccountPlan, AccountPlan.id == model.plan_id)
    query = query.join(Account, Account.id == AccountPlan.account_id).where(account_scope(viewer, READ), *where)
    return db.session.execute(query.order_by(model.id).limit(MOST))


def _reviews(viewer: Viewer) -> Iterator[Entry]:
    answers_for = sa.or_(Account.owner_id == viewer.user_id, AccountPlan.made_by_id == viewer.user_id)
    for row, plan, account_id, account in _rows(PlanReview, viewer, answers_for, PlanReview.starts_at >= clock.now() - BACK):
        yield Entry(
            uid=f"plan-review-{row.id}",
            starts=row.starts_at,
            minutes=row.minutes,
            summary=_("Review of %(account)s", account=account),
            description=row.agreed or plan.note or "",
            link=_plan_link(account_id, plan.id),
            place=row.place,
            sequence=row.sequence,
            changed_at=row.changed_at,
            cancelled=row.cancelled_at is not None,
        )


def _objectives(viewer: Viewer) -> Iterator[Entry]:
    since = (clock.now() - BACK).date()
    mine = (PlanObjective.owner_id == viewer.user_id, PlanObjective.due_on >= since)
    for row, plan, account_id, account in _rows(PlanObjective, viewer, *mine):
        yield Entry(
            uid=f"plan-objective-{row.id}",
            starts=row.due_on,
            minutes=0,
            summary=_("Objective at %(account)s: %(text)s", account=account, text=row.text),
            description="",
            link=_plan_link(account_id, plan.id),
            place=None,
            sequence=row.sequence,
            changed_at=row.changed_at,
            cancelled=row.state is ObjectiveState.DROPPED,
        )


def _own_promises(viewer: Viewer) -> Iterator[Entry]:
    since = (clock.now() - BACK).date()
    mine = (PlanPromise.made_by_id == viewer.user_id, PlanPromise.due_on >= since, PlanPromise.commitment_id.is_(None))
    for row, plan, account_id, account in _rows(PlanPromise, viewer, *mine):
        yield Entry(
            uid=f"plan-promise-{row.id}",
            starts=row.due_on,
            minutes=0,
            summary=_promised(account, row.text or "", kept=row.kept_at is not None),
            description="",
            link=_plan_link(account_id, plan.id),
            place=None,
            sequence=row.sequence,
            changed_at=row.changed_at,
            cancelled=row.withdrawn_at is not None,
        )


def _promises_of_issues(viewer: Viewer) -> Iterator[Entry]:
    """Those that the person answers for; kept and ended ones stay, marked."""
    if viewer.user_id is None or scope_of(viewer, "issue.read") is Scope.NONE:
        return
    wanted = PromiseFilter(owner_id=viewer.user_id, since=clock.now() - BACK)
    for one in list_promises(viewer, wanted, limit=MOST).items:
        ended = one.kept_at or one.given_up_at or one.withdrawn_at
        yield Entry(
            uid=f"promise-{one.id}",
            starts=one.due_at,
            minutes=15,
            summary=_promised(one.account, one.text, kept=one.kept_at is not None),
            description=_("Issue #%(number)s", number=one.number),
            link=f"/app/issues/{one.issue_id}",
            place=None,
            sequence=0 if ended is None else 1,
            changed_at=ended or one.due_at - BACK,
            cancelled=one.withdrawn_at is not None or one.given_up_at is not None,
        )


def _promised(account: str, text: str, *, kept: bool) -> str:
    if kept:
        return _("Kept at %(account)s: %(text)s", account=account, text=text)
    return _("Promised to %(account)s: %(text)s", account=account, text=text)
