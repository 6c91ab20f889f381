"""Tables of the other ways in: connectors and what they sent, keys of embedded forms, interviews."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.inlets.rules.kinds import ConnectorKind, EventState, Scheme, Trouble
from feedback.kernel.db import Model, enum_type


class Connector(Model):
    """A system that sends answers by itself. Secrets are concealed (`kernel.concealing`)."""

    __tablename__ = "connector"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # stands in its address and is the source of its answers
    name: Mapped[str]
    kind: Mapped[ConnectorKind] = mapped_column(enum_type(ConnectorKind))
    scheme: Mapped[Scheme] = mapped_column(enum_type(Scheme))
    header: Mapped[str | None]  # that holds the signature, for `hmac_header`
    api_key: Mapped[str | None]  # SurveyMonkey's client id
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    api_token: Mapped[str | None]  # to fetch answers of which an event only has the id
    api_address: Mapped[str | None]  # https://…, where to
    mapping: Mapped[dict[str, Any]]
    versions: Mapped[list[Any]]
    survey: Mapped[str]  # for answers that name none
    create_accounts: Mapped[bool]
    active: Mapped[bool]
    refused: Mapped[int]  # deliveries without a right signature; nothing else is kept of them
    last_refused_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


UNSETTLED = sa.text("state IN ('received', 'waiting')")
POISONED = sa.text("state = 'quarantined'")


class InboundEvent(Model):
    """One delivery, stored as it came before anybody looked into it."""

    __tablename__ = "inbound_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(sa.ForeignKey("connector.id", ondelete="CASCADE"))
    digest: Mapped[str]  # the same delivery a second time has the same
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)  # None once its time is over
    content_type: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[EventState] = mapped_column(enum_type(EventState))
    trouble: Mapped[Trouble | None] = mapped_column(enum_type(Trouble))
    detail: Mapped[dict[str, Any]]
    event_id: Mapped[str | None]  # the vendor's
    answer_id: Mapped[str | None]  # the vendor's
    place: Mapped[str | None]  # among the events about this answer (`Said.place`)
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"), index=True)
    attempts: Mapped[int]
    next_try_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("connector_id", "digest"),
        sa.Index(None, "connector_id", "answer_id"),
        sa.Index(None, "connector_id", "event_id"),
        sa.Index("ix_inbound_event_unsettled", "next_try_at", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
        sa.Index("ix_inbound_event_poisoned", "id", sqlite_where=POISONED, postgresql_where=POISONED),
        sa.Index(None, "received_at"),
    )


class EmbedKey(Model):
    """What another site signs with, to show the survey to a customer who is logged in there. The secret is concealed."""

    __tablename__ = "embed_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)  # stands in each context
    name: Mapped[str]
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id"))
    origins: Mapped[list[Any]]  # "https://shop.example"
    secret: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Interview(Model):
    """A call: an answer was noted, or refused, or nobody picked up. What was said stands in the answer and the consent ledger."""

    __tablename__ = "interview"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey_program.id"))
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"), index=True)
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"), index=True)
    interviewer_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    own_account: Mapped[bool]  # interviewed by the one who sells to them: read the score with that in mind
    agreed: Mapped[bool]
    reached: Mapped[bool] = mapped_column(default=True, server_default=sa.true())  # False: nobody picked up
    held_at: Mapped[datetime]
