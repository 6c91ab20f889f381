"""Tables of staffing: skills, what each person can and has room for, absences."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model


class Skill(Model):
    """Something that an issue may need somebody to know."""

    __tablename__ = "skill"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # without a language; `names` has it in those of the readers
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StaffProfile(Model):
    """What somebody knows, speaks and has room for. Who has no row knows nothing special and has no limit."""

    __tablename__ = "staff_profile"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    skills: Mapped[list[Any]]  # codes
    languages: Mapped[list[Any]]  # "es", "pt"
    capacity: Mapped[int | None]  # open issues at most; None is without limit, 0 gets none
    __table_args__ = (sa.CheckConstraint("capacity >= 0", name="capacity_is_a_number_of_issues"),)


class Absence(Model):
    """Whole days on which somebody gets no issues, and who stands in."""

    __tablename__ = "absence"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts_at: Mapped[datetime]  # the first day's beginning in the person's zone
    ends_at: Mapped[datetime]  # the end of the last day
    deputy_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    note: Mapped[str | None]
    entered_by: Mapped[str]
    created_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]  # when lead and deputy were told what is open
    __table_args__ = (
        sa.CheckConstraint("first_day <= last_day", name="has_a_day"),
        sa.CheckConstraint("deputy_id <> user_id", name="deputy_is_somebody_else"),
        sa.Index(None, "user_id", "ends_at"),
        sa.Index(None, "ends_at"),
    )
