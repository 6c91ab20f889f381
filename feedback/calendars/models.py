"""Tables of business calendars: the calendars, and which team works by which."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model


class BusinessCalendar(Model):
    """When work is done. The one with the code `default` counts for everybody whose team has none of its own."""

    __tablename__ = "business_calendar"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    country: Mapped[str | None]
    subdivision: Mapped[str | None]
    openings: Mapped[dict[str, Any]]  # {"monday": ["09:00-18:00"], …}
    closed_days: Mapped[list[Any]]  # [{"on": "2026-12-24", "name": "Christmas Eve"}, …]
    open_days: Mapped[list[Any]]  # ["2026-11-02", …]: worked although they are public holidays
    changed_at: Mapped[datetime]
    recounted_at: Mapped[datetime | None]  # when the clocks of open issues followed the last change


class TeamCalendar(Model):
    """A team that does not work by the default calendar."""

    __tablename__ = "team_calendar"
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    calendar_id: Mapped[int] = mapped_column(sa.ForeignKey("business_calendar.id"), index=True)
