"""Tables of webhooks: who is told what, what was told, and how each delivery went. Secrets are concealed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.partners.rules.delivering import DeliveryState, HookState, OffReason
from feedback.partners.rules.news import NewsType

WAITING = sa.text("state = 'waiting'")


class Webhook(Model):
    """An address that is told what happens here."""

    __tablename__ = "webhook"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]
    description: Mapped[str]
    events: Mapped[list[Any]]
    details: Mapped[bool]  # whether names and scores are among it
    state: Mapped[HookState] = mapped_column(enum_type(HookState))
    off_reason: Mapped[OffReason | None] = mapped_column(enum_type(OffReason))
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]  # nothing was taken from then on
    last_taken_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class WebhookEvent(Model):
    """One piece of news. Its id grows in the order of what happened to an account; `public_id` is the `webhook-id`."""

    __tablename__ = "webhook_event"
    __table_args__ = (sa.Index(None, "occurred_at"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    type: Mapped[NewsType] = mapped_column(enum_type(NewsType))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]]  # ids and enumerations only
    occurred_at: Mapped[datetime]


class WebhookDelivery(Model):
    """One piece of news on its way to one webhook."""

    __tablename__ = "webhook_delivery"
    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook_event.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState))
    attempts: Mapped[int]  # since it was last put into the queue
    next_try_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "event_id"),
        # the queue, and what stands before a delivery: the earlier news of the same account
        sa.Index(
            "ix_webhook_delivery_waiting",
            "webhook_id",
            "account_id",
            "event_id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )


class WebhookAttempt(Model):
    """One try of a delivery, and what came back."""

    __tablename__ = "webhook_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook_delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    took_ms: Mapped[int]
    status: Mapped[int | None]
    answer: Mapped[str | None]  # the first kilobyte
    error: Mapped[str | None]


class StandingWatch(Model):
    """One row while somebody is told of standings; without it nothing is noted. Accounts up to `seed_until` have no news yet."""

    __tablename__ = "standing_watch"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seeded_to: Mapped[int]
    seed_until: Mapped[int]
    started_at: Mapped[datetime]


class TouchedAccount(Model):
    """Something happened to an account that may have changed its standing; a job looks."""

    __tablename__ = "touched_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]


class ToldStanding(Model):
    """What partners were last told of an account. The standing itself is never read from here."""

    __tablename__ = "told_standing"
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    said: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    review_at: Mapped[datetime] = mapped_column(index=True)  # when it may change by itself
    issue_event_id: Mapped[int]  # the newest event of its issues that was told
