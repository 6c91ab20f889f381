"""What a wave would bring to whom: detractors to call back, by owner and day, beside what each can call back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feedback.access.models import User
from feedback.extensions import db
from feedback.listening.drafts import CALLBACKS_PER_OWNER_DAY
from feedback.listening.rehearsal import Rehearsal

_ROUNDING = 1e-6  # shares of people add up to 5.0000001


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """Detractors that somebody can expect to call back, by the day on which the mails leave."""

    owner_id: int
    owner: str
    by_day: Mapping[date, float]
    capacity: int  # a day: what the wave allows, or what is usual where it allows anything

    @property
    def total(self) -> float:
        """Of the whole wave."""
        return sum(self.by_day.values())

    @property
    def busiest_day(self) -> date:
        """The day with most of them; the first of several."""
        return max(self.by_day, key=lambda day: (self.by_day[day], -day.toordinal()))

    @property
    def days_over(self) -> int:
        """On how many days it is more than can be called back."""
        return sum(map(self.is_over, self.by_day))

    def is_over(self, day: date) -> bool:
        """Whether it is more on that day than can be called back."""
        return self.by_day.get(day, 0.0) > self.capacity + _ROUNDING


def owner_loads(rehearsal: Rehearsal, limit: int | None) -> list[OwnerLoad]:
    """Whoever gets something to call back, the most first. `limit`: what the wave allows an owner on a day."""
    callbacks = rehearsal.callbacks()
    query = sa.select(User.id, User.name).where(User.id.in_(list(callbacks)))
    names = {user_id: name for user_id, name in db.session.execute(query)}  # noqa: C416  typed rows
    capacity = limit or CALLBACKS_PER_OWNER_DAY
    found = [
        OwnerLoad(owner_id, names.get(owner_id, "?"), dict(sorted(days.items())), capacity)
        for owner_id, days in callbacks.items()
    ]
    return sorted(found, key=lambda load: (-load.total, load.owner, load.owner_id))
