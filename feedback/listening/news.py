"""What the people who run surveys are told about waves."""

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.listening.models import Wave
from feedback.outbox.service import enqueue_many


def tell_managers(kind: str, key: str, wave: Wave) -> None:
    """A line under the bell, and a mail, for every customer-experience manager; the same key a second time has no effect."""
    people = db.session.scalars(sa.select(User.id).where(User.role == Role.EXPERIENCE_MANAGER, User.active).order_by(User.id))
    said = {"kind": kind, "params": {"wave": wave.name, "day": wave.starts_on.isoformat()}, "link": f"/app/waves/{wave.id}"}
    enqueue_many([("notify_user", f"{key}:{user_id}", {"user_id": user_id} | said) for user_id in people])
