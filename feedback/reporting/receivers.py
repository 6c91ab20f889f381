"""Who can be given an issue, and what whoever gives it wants to know of them first: what they have, and whether they are here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feedback.access.models import Team, User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.queries.staffing import count_open_issues
from feedback.staffing.models import StaffProfile
from feedback.staffing.queries import deputies_of
from feedback.web.naming import name_for_reader


@dataclass(frozen=True)
class Receiver:
    """Somebody on the frontline: open issues, how many they have room for (None: any number), last day of an absence, what they
    speak (codes; empty: nobody has said).
    """

    user_id: int
    name: str
    team: str | None
    open: int
    capacity: int | None
    away_until: date | None
    languages: tuple[str, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether they have no room left."""
        return self.capacity is not None and self.open >= self.capacity


def receivers(team_id: int | None, *, without: int | None) -> Sequence[Receiver]:
    """Everybody on the frontline but `without`: the team first, then the others by team."""
    team = name_for_reader(Team)
    query = (
        sa.select(User.id, User.name, team, StaffProfile.capacity, StaffProfile.languages)
        .outerjoin(Team, Team.id == User.team_id)
        .outerjoin(StaffProfile, StaffProfile.user_id == User.id)
        .where(User.active, User.role == Role.FRONTLINE, User.id != (without or 0))
        .order_by(sa.func.coalesce(User.team_id, 0) != (team_id or 0), team, User.name)
    )
    found: Any = db.session.execute(query).all()
    load, away = count_open_issues([row[0] for row in found]), deputies_of(row[0] for row in found)
    return [
        Receiver(
            user_id,
            name,
            team_name,
            load.get(user_id, 0),
            room,
            away[user_id].last_day if user_id in away else None,
            tuple(languages or ()),
        )
        for user_id, name, team_name, room, languages in found
    ]
