"""Tables about who stands behind a link. Nothing here is ever counted; all of it is deleted after days."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.surveys.people.rules import SignKind


class FormKind(StrEnum):
    """What was sent from a page."""

    ANSWER = "answer"
    UNSUBSCRIBE = "unsubscribe"
    VERDICT = "verdict"  # is it solved?


class SubmissionState(StrEnum):
    """What became of it."""

    HELD = "held"  # thanked for; counts unless its client goes on touching traps
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"  # the same person said something else later
    DROPPED = "dropped"  # a machine's


class ProvisionalMark(Model):
    """A score somebody opened and has not confirmed. `client` is a keyed digest of address and browser."""

    __tablename__ = "provisional_mark"
    __table_args__ = (sa.UniqueConstraint("invitation_id", "client", "score"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id", ondelete="CASCADE"))
    client: Mapped[str]
    score: Mapped[int] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime] = mapped_column(index=True)


class ScannerSign(Model):
    """What gave a machine away at one link: the last time, and how often."""

    __tablename__ = "scanner_sign"
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True)
    client: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[SignKind] = mapped_column(enum_type(SignKind), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    hits: Mapped[int] = mapped_column(default=1)


HELD = sa.text("state = 'held'")


class Submission(Model):
    """What was sent from one view of a page, so that a repeated or reloaded form is one answer.

    `content` holds the words only while it is held; `digest` tells whether a view sends the same again.
    """

    __tablename__ = "submission"
    __table_args__ = (
        sa.UniqueConstraint("invitation_id", "view", "form"),
        sa.Index(None, "due_at", sqlite_where=HELD, postgresql_where=HELD),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id", ondelete="CASCADE"))
    view: Mapped[str]
    form: Mapped[FormKind] = mapped_column(enum_type(FormKind))
    client: Mapped[str]
    state: Mapped[SubmissionState] = mapped_column(enum_type(SubmissionState))
    digest: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime | None]
