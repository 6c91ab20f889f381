"""Tables of telling: what people chose, where chat messages go, and what became of each notice on each way."""

from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.telling.rules.plans import DIGEST_HOUR, MONDAY, Reason
from feedback.telling.rules.topics import Channel, Mode, Topic

WAITING = sa.text("due_at IS NOT NULL AND outbox_key IS NULL")


class NoticeSettings(Model):
    """When somebody wants to hear what was collected, and when nothing. Without a row all is as it begins (`rules.plans`)."""

    __tablename__ = "notice_settings"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    digest_hour: Mapped[int] = mapped_column(default=DIGEST_HOUR)
    digest_weekday: Mapped[int] = mapped_column(default=MONDAY)  # 0 is Monday
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    quiet_weekends: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    urgent_passes: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_has_an_end"),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23 AND digest_weekday BETWEEN 0 AND 6", name="digest_is_a_time"),
    )


class NoticeChoice(Model):
    """What somebody chose for a topic on a way, where it differs from what everybody gets."""

    __tablename__ = "notice_choice"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[Topic] = mapped_column(enum_type(Topic), primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel), primary_key=True)
    mode: Mapped[Mode] = mapped_column(enum_type(Mode))


class ChatHook(Model):
    """An address of a chat (Slack's incoming webhook, or what understands the same), of the company or of one team."""

    __tablename__ = "chat_hook"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="CASCADE"), unique=True)
    address: Mapped[str]  # concealed: who knows it can write there
    shown: Mapped[str]  # enough of it to know it again
    topics: Mapped[list[Any]]  # told there of everybody who did not choose otherwise
    names: Mapped[bool]  # whether customers and people are named there
    active: Mapped[bool]
    created_at: Mapped[datetime]


class NoticeDelivery(Model):
    """One notice to one person on one way. Whether it was handed over stands in the outbox, under `outbox_key`."""

    __tablename__ = "notice_delivery"
    id: Mapped[int] = mapped_column(primary_key=True)
    message_key: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    notification_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notification.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    reason: Mapped[Reason | None] = mapped_column(enum_type(Reason))
    mode: Mapped[Mode] = mapped_column(enum_type(Mode))
    due_at: Mapped[datetime | None]  # when what is collected leaves; without it a reason is final
    outbox_key: Mapped[str | None] = mapped_column(index=True)
    kept_here: Mapped[bool] = mapped_column(
        default=False, server_default=sa.false()
    )  # by the catcher of this machine, sent nowhere
    __table_args__ = (
        sa.UniqueConstraint("user_id", "channel", "message_key"),
        sa.Index("ix_notice_delivery_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
        sa.Index(None, "created_at"),
    )
