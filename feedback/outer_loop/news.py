"""Lines for the bell about the outer loop."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.outbox.service import enqueue_many


def tell(people: Iterable[int | None], cause: str, kind: str, link: str, **params: Any) -> None:
    """The same line for several people, each once; `cause` makes it once per person."""
    known = dict.fromkeys(person for person in people if person is not None)
    payload = {"kind": kind, "params": params, "link": link}
    enqueue_many([("notify_user", f"{cause}:{person}", payload | {"user_id": person}) for person in known])


def executives() -> list[int]:
    """Who hears whether it helped."""
    return _people(User.role == Role.EXECUTIVE)


def team_members(team_id: int | None) -> list[int]:
    """The frontline of a team; without one, whoever runs the surveys."""
    if team_id is None:
        return _people(User.role == Role.EXPERIENCE_MANAGER)
    return _people(sa.and_(User.role == Role.FRONTLINE, User.team_id == team_id))


def _people(which: sa.ColumnElement[bool]) -> list[int]:
    return list(db.session.scalars(sa.select(User.id).where(User.active, which).order_by(User.id)))
