"""Requests by right are remembered a week and two days before their last day, on it, and when it has passed; each time once."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outer_loop import news
from feedback.permission.models import SubjectRequest
from feedback.permission.rights import REMIND_BEFORE, RequestState, days_left, reminder_of


def requests_to_remember() -> Sequence[int]:
    """Open requests whose last day is near enough; `remember_request` knows which were told of already."""
    near = SubjectRequest.due_on <= clock.now().date() + timedelta(days=max(REMIND_BEFORE))
    query = sa.select(SubjectRequest.id).where(SubjectRequest.state == RequestState.OPEN, near)
    return db.session.scalars(query.order_by(SubjectRequest.due_on, SubjectRequest.id)).all()


def remember_request(request_id: int) -> bool:
    """The privacy officers hear of it, where there are none the administrators. Call it inside `transaction()`."""
    row = db.session.scalar(sa.select(SubjectRequest).where(SubjectRequest.id == request_id).with_for_update())
    today = clock.now().date()
    if row is None or row.state is not RequestState.OPEN:
        return False
    stage = reminder_of(row.due_on, today)
    if stage is None or (row.reminded_on is not None and row.reminded_on >= stage):
        return False
    row.reminded_on = today
    left = days_left(row.due_on, today)
    kind = "request_overdue" if left < 0 else "request_due"
    about = {"request": row.kind.value, "day": row.due_on.isoformat(), "days": left}
    news.tell(_officers(), f"subject-request:{row.id}:{stage.isoformat()}", kind, "/app/permission", **about)
    return True


def _officers() -> list[int]:
    for role in (Role.PRIVACY_OFFICER, Role.ADMIN):
        found = list(db.session.scalars(sa.select(User.id).where(User.active, User.role == role).order_by(User.id)))
        if found:
            return found
    return []
