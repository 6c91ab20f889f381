"""Tables of feedback: programs, invitations, responses and their earlier versions."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.accounts.rules import ContactRole
from feedback.kernel.db import Model, enum_type
from feedback.surveys.rules import AnswerChannel, Cadence, ExclusionCause, InvitationState, SkipReason, SurveyKind


class SurveyProgram(Model):
    """What is asked, how often, and how long the same person is left in peace afterwards."""

    __tablename__ = "survey_program"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # without a language; `names` has it in those of the readers
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    kind: Mapped[SurveyKind] = mapped_column(enum_type(SurveyKind))
    active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    cadence: Mapped[Cadence] = mapped_column(enum_type(Cadence), default=Cadence.NONE, server_default=Cadence.NONE.value)
    next_wave_on: Mapped[date | None]
    quarantine_days: Mapped[int | None]  # None: the setting for its kind
    reminder_days: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # after the mail before; at most two
    fallbacks: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # languages to try behind the contact's own
    draft_days: Mapped[int] = mapped_column(default=14, server_default="14")  # before `next_wave_on` the next wave is drawn up
    auto_start: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # else somebody has to start it
    created_at: Mapped[datetime]


class SurveyVersion(Model):
    """The texts of a program as they were from one moment on; never changed, so that an answer keeps its question.

    `texts` maps a language to the texts that replace the built-in ones: `question`, `detractor`, `passive`, `promoter`,
    `thanks`, `subject`, `greeting`, `invitation`, `reminder`.
    """

    __tablename__ = "survey_version"
    __table_args__ = (sa.UniqueConstraint("survey_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id", ondelete="CASCADE"))
    number: Mapped[int]
    texts: Mapped[dict[str, Any]]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class SurveyReason(Model):
    """A defect that a program offers as a reason, and its place in the list. Without any, all that have words are offered."""

    __tablename__ = "survey_reason"
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id", ondelete="CASCADE"), primary_key=True)
    defect_id: Mapped[int] = mapped_column(sa.ForeignKey("defect.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int]


PLANNED = sa.text("state = 'planned'")
REMINDABLE = sa.text("next_reminder_at IS NOT NULL")


class Invitation(Model):
    """One asked person, or one that a wave leaves out with the reason.

    The link holds a token, this row its SHA-256 digest. The token of a mailed invitation is made from the secret of the
    installation and `nonce`, so that a reminder, or a mail that has to be sent again, carries the same link.
    """

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str | None] = mapped_column(unique=True)  # None: nobody can answer
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"))
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id"))
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("survey_version.id"))
    wave_id: Mapped[int | None] = mapped_column(sa.ForeignKey("wave.id", ondelete="CASCADE"))
    state: Mapped[InvitationState] = mapped_column(enum_type(InvitationState), default=InvitationState.CREATED)
    skip_reason: Mapped[SkipReason | None] = mapped_column(enum_type(SkipReason))
    nonce: Mapped[str | None]
    address: Mapped[str | None]  # where it was mailed to
    language: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    send_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    next_reminder_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # of an embedded form: a page may open it where nobody looks
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("wave_id", "account_id", "contact_id"),
        # whether somebody was asked about an account in a period is answered from the index alone
        sa.Index("ix_invitation_asked", "contact_id", "account_id", "sent_at", "survey_id"),
        sa.Index(None, "send_at", "id", sqlite_where=PLANNED, postgresql_where=PLANNED),
        sa.Index(None, "next_reminder_at", sqlite_where=REMINDABLE, postgresql_where=REMINDABLE),
    )


INVITED = sa.text("invitation_id IS NOT NULL")


class Response(Model):
    """One answer. Segment, region and role are copies taken when it arrived and are never rewritten."""

    __tablename__ = "response"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"))
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id"))
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"))
    source: Mapped[str]
    external_id: Mapped[str | None]
    content_digest: Mapped[str]  # of what the sender said: tells a repetition from a contradiction
    version: Mapped[int] = mapped_column(default=1)
    score: Mapped[int] = mapped_column(sa.SmallInteger)
    comment: Mapped[str | None]
    language: Mapped[str | None]
    channel: Mapped[AnswerChannel] = mapped_column(enum_type(AnswerChannel))
    role: Mapped[ContactRole] = mapped_column(enum_type(ContactRole))
    segment: Mapped[str | None]
    region: Mapped[str | None]
    responded_at: Mapped[datetime]
    created_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("source", "external_id"),
        # most answers come without a link: they need no line in this index
        sa.Index(None, "invitation_id", unique=True, sqlite_where=INVITED, postgresql_where=INVITED),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name="score_in_range"),
        # the gate and the account page read the newest answers of one account
        sa.Index(None, "account_id", "responded_at"),
        # the standing looks for somebody's newest answer of a kind about an account: the order of the index is the order asked
        # for, and the survey stands in it, so that no row is read but the one that is found
        sa.Index("ix_response_newest", "contact_id", "account_id", "responded_at", "id", "survey_id"),
        sa.Index(None, "responded_at"),
        {"sqlite_autoincrement": True},  # the id of a deleted answer is never given to another one
    )


class CallWish(Model):
    """ "Please call me", said with an answer: on which number and when it suits, where they said so."""

    __tablename__ = "call_wish"
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    phone: Mapped[str] = mapped_column(default="")
    best_time: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]


NOT_PUT_BACK = sa.text("put_back_at IS NULL")
_STANDING: dict[str, Any] = {"sqlite_where": NOT_PUT_BACK, "postgresql_where": NOT_PUT_BACK}


class ResponseVersion(Model):
    """What a corrected answer said before, and who changed it, why."""

    __tablename__ = "response_version"
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    replaced_at: Mapped[datetime]
    changed_by: Mapped[str | None]  # None: the source that handed it in sent it again with other content
    reason: Mapped[str | None]  # a `CorrectionReason`
    note: Mapped[str | None]  # the same in words


class ResponseExclusion(Model):
    """An answer that counts nowhere, kept outside `response` so that no reader can forget to leave it out.

    Its identity is remembered, so that the same file again does not bring it back. `content` is all that is needed to put it
    back as it was (`closed_loop.intake.exclusions`); it is emptied when that happens, the line itself stays.
    """

    __tablename__ = "response_exclusion"
    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(index=True)  # no key: the row is not there while it is excluded
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id"))
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"))
    source: Mapped[str]
    external_id: Mapped[str | None]
    score: Mapped[int] = mapped_column(sa.SmallInteger)
    responded_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    reason: Mapped[ExclusionCause] = mapped_column(enum_type(ExclusionCause))
    note: Mapped[str]
    excluded_by: Mapped[str]
    excluded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    own_account: Mapped[bool]  # who excluded it looks after the account
    excluded_at: Mapped[datetime]
    put_back_by: Mapped[str | None]
    put_back_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("uq_response_exclusion_identity", "source", "external_id", unique=True, **_STANDING),
        sa.Index("uq_response_exclusion_invitation", "invitation_id", unique=True, **_STANDING),
        sa.Index(None, "account_id", "responded_at"),
        sa.Index(None, "excluded_at"),
    )
