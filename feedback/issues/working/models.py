"""Tables of the work: the tree of causes, diagnoses, progress mails, concessions, who watches, and links that were used."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.issues.rules.mistakes import MistakeState
from feedback.issues.working.rules import ConcessionState, MailState, MailStop
from feedback.kernel.db import Model, enum_type

CLAIMED = sa.text("state = 'claimed'")


class RootCause(Model):
    """A cause of the shared tree. Without `arranged_at`: written by somebody who found none that fitted."""

    __tablename__ = "root_cause"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("root_cause.id"), index=True)
    name: Mapped[str]  # without a language; `names` has it in those of the readers
    names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    place: Mapped[int] = mapped_column(default=0)  # among its siblings
    arranged_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class IssueDiagnosis(Model):
    """Why it happened and who mends it, once per round: an issue that is opened again is diagnosed again."""

    __tablename__ = "issue_diagnosis"
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)  # the issue's `reopen_count`
    root_cause_id: Mapped[int | None] = mapped_column(sa.ForeignKey("root_cause.id"), index=True)
    whys: Mapped[list[Any]] = mapped_column(default=list)  # up to five, from the symptom down
    fix_owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    fix_late_told_at: Mapped[datetime | None]  # when the owner of the fix heard that its date has passed
    changed_at: Mapped[datetime]


class ProgressTemplate(Model):
    """A mail about progress that owners start from, in each language; the owner edits the text before it leaves."""

    __tablename__ = "progress_template"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    letters: Mapped[dict[str, Any]]  # language -> {"subject", "text"}
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ProgressMail(Model):
    """A mail about progress as its owner wrote it, and what became of it."""

    __tablename__ = "progress_mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    template_id: Mapped[int | None] = mapped_column(sa.ForeignKey("progress_template.id"))
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    language: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    state: Mapped[MailState] = mapped_column(enum_type(MailState))
    stopped_because: Mapped[MailStop | None] = mapped_column(enum_type(MailStop))
    message_id: Mapped[str | None] = mapped_column(index=True)
    address: Mapped[str | None]  # where it went
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Concession(Model):
    """Something we give a customer for a problem. Nobody approves what they asked for themselves."""

    __tablename__ = "concession"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    amount: Mapped[float]
    currency: Mapped[str]
    reason: Mapped[str]
    state: Mapped[ConcessionState] = mapped_column(enum_type(ConcessionState))
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]  # in words
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="gives_something"),
        sa.CheckConstraint(
            "state = 'requested' OR state = 'withdrawn' OR decided_by_id <> requested_by_id", name="decided_by_somebody_else"
        ),
        sa.CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided_at_some_time"),
        sa.Index(None, "state", "requested_at", "id"),
    )


class IssueMistake(Model):
    """Somebody's word that an issue was entered by mistake, and what somebody else decided on it."""

    __tablename__ = "issue_mistake"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    state: Mapped[MistakeState] = mapped_column(enum_type(MistakeState))
    claimed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    claimed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]  # in words
    __table_args__ = (
        sa.CheckConstraint("state = 'claimed' OR state = 'taken_back' OR decided_by_id <> claimed_by_id", name="second_person"),
        sa.CheckConstraint("(state = 'claimed') = (decided_at IS NULL)", name="decided_at_some_time"),
        sa.Index("uq_issue_mistake_open", "issue_id", unique=True, sqlite_where=CLAIMED, postgresql_where=CLAIMED),
    )


class IssueWatch(Model):
    """Somebody who does not work on an issue and wants to hear of it."""

    __tablename__ = "issue_watch"
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True)
    since: Mapped[datetime]


class MailActionUse(Model):
    """A link of a mail that was used; a second time it does nothing."""

    __tablename__ = "mail_action_use"
    digest: Mapped[str] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    action: Mapped[str]
    used_at: Mapped[datetime]
