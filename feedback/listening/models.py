"""Tables of listening: waves, who was taken off them by hand, and the mails that left."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.listening.rules.states import ExclusionReason, MailKind, QuarantineMode, WaveState


class Wave(Model):
    """One run of a program.

    `audience` says who is asked (`listening.rules.audience`). The dates are days in each contact's own time zone.
    """

    __tablename__ = "wave"
    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id"))
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("survey_version.id"))  # set when it starts
    name: Mapped[str]
    state: Mapped[WaveState] = mapped_column(enum_type(WaveState), default=WaveState.DRAFT)
    audience: Mapped[dict[str, Any]]
    starts_on: Mapped[date]
    ends_on: Mapped[date]  # the last day on which somebody is asked for the first time
    per_day: Mapped[int | None]  # first mails a day; None: as many as there are
    account_gap_days: Mapped[int]  # between two people of one account
    callbacks_per_owner_day: Mapped[int | None]  # expected detractors an owner can call back a day
    quarantine: Mapped[QuarantineMode] = mapped_column(enum_type(QuarantineMode))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    started_by: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    due_on: Mapped[date | None]  # the date of the program that brought it; None: drawn up by hand
    people: Mapped[int | None]  # who was looked at when it was planned, asked or not
    expected_answers: Mapped[float | None]  # as the plan had it
    attempt: Mapped[int] = mapped_column(default=0, server_default="0")  # who plans it: the newest one's plan counts
    __table_args__ = (sa.Index(None, "survey_id"), sa.Index(None, "survey_id", "due_on", unique=True))


class WaveExclusion(Model):
    """A person taken off a wave by hand, with the reason, and how things stood at that moment.

    `prior_score`: what this person said last in a program of the same kind. `eligible`: whether the wave would have asked
    them; None: taken off before this was noted.
    """

    __tablename__ = "wave_exclusion"
    wave_id: Mapped[int] = mapped_column(sa.ForeignKey("wave.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, index=True)
    reason: Mapped[ExclusionReason] = mapped_column(enum_type(ExclusionReason))
    note: Mapped[str]
    prior_score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    had_open_issue: Mapped[bool]
    eligible: Mapped[bool | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class SurveyMail(Model):
    """One mail of one invitation: what left, what came back. The text is not kept; it follows from the version."""

    __tablename__ = "survey_mail"
    __table_args__ = (sa.UniqueConstraint("invitation_id", "number"), sa.Index(None, "message_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(sa.SmallInteger)  # 0: the invitation, 1 and 2: its reminders
    kind: Mapped[MailKind] = mapped_column(enum_type(MailKind))
    message_id: Mapped[str]
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_because: Mapped[str | None]
    bounced_at: Mapped[datetime | None]
    bounce: Mapped[str | None]  # the status code of the report, such as 5.1.1
