"""The consent ledger, append-only, from which the current state is derived; notices; countries' policies; stop lists."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.permission.rights import RequestKind, RequestState
from feedback.permission.rules import Channel, ConsentAction, Coverage, LawfulStance, Purpose, SuppressionReason

# Entries by an address of somebody who was erased: a digest stands there.
SEALED = "substr(address, 1, 1) = '#'"


class ConsentEvent(Model):
    """One statement of a contact about one purpose on one channel."""

    __tablename__ = "consent_event"
    __table_args__ = (
        # the gate reads the newest event of one contact, purpose and channel
        sa.UniqueConstraint("contact_id", "purpose", "channel", "occurred_at", "action"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    action: Mapped[ConsentAction] = mapped_column(enum_type(ConsentAction))
    basis: Mapped[str | None]
    evidence: Mapped[str | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    valid_until: Mapped[datetime | None]
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice.id"))
    wording_hash: Mapped[str | None]  # of what the contact was shown
    captured_via: Mapped[str | None]  # call, form, preference centre, file …


class Notice(Model):
    """What people are told about a purpose, in one language; a new wording is a new number, and none is ever changed."""

    __tablename__ = "notice"
    __table_args__ = (sa.UniqueConstraint("purpose", "locale", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    locale: Mapped[str]
    number: Mapped[int]
    text: Mapped[str]
    wording_hash: Mapped[str]
    effective_at: Mapped[datetime]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class CountryPolicy(Model):
    """What we may do in a country, or everywhere ("*"), without a contact's yes, and how long a yes holds there.

    Of several rows for the same the newest that has become effective counts. What loosens needs a second person.
    """

    __tablename__ = "country_policy"
    __table_args__ = (
        sa.Index(None, "purpose", "country"),
        sa.CheckConstraint("approved_at IS NULL OR declined_at IS NULL", name="decided_once"),
        sa.CheckConstraint("stance <> 'legitimate_interest' OR notice_id IS NOT NULL", name="interest_needs_a_notice"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str]
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    channel: Mapped[Channel | None] = mapped_column(enum_type(Channel))  # None: every channel
    stance: Mapped[LawfulStance] = mapped_column(enum_type(LawfulStance))
    max_age_days: Mapped[int | None]
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notice.id"))
    reason: Mapped[str]
    effective_at: Mapped[datetime]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    declined_by: Mapped[str | None]
    declined_at: Mapped[datetime | None]


class Suppression(Model):
    """A person, an address or an account that gets no surveys, no offers or neither, whatever anybody consented to.

    It is lifted or ends, and is never deleted.
    """

    __tablename__ = "suppression"
    __table_args__ = (
        sa.Index(None, "contact_id"),
        sa.Index(None, "address"),
        sa.Index(None, "account_id"),
        sa.Index("ix_suppression_sealed", "id", sqlite_where=sa.text(SEALED), postgresql_where=sa.text(SEALED)),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    address: Mapped[str | None]  # lower case; "@example.com" stands for a whole domain
    channel: Mapped[Channel | None] = mapped_column(enum_type(Channel))  # None: every channel
    covers: Mapped[Coverage] = mapped_column(enum_type(Coverage), default=Coverage.SURVEYS, server_default="surveys")
    until: Mapped[datetime | None]
    reason: Mapped[SuppressionReason] = mapped_column(enum_type(SuppressionReason))
    note: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class SubjectRequest(Model):
    """What a person asks of us by right; kept when it is done, as the proof that it was, and when."""

    __tablename__ = "subject_request"
    __table_args__ = (sa.Index(None, "state", "due_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    kind: Mapped[RequestKind] = mapped_column(enum_type(RequestKind))
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState))
    note: Mapped[str | None]  # how it came, and what exactly is wanted
    received_on: Mapped[date]
    due_on: Mapped[date]
    extended_at: Mapped[datetime | None]
    extended_because: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    result: Mapped[str | None]
    erasure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("erasure.id"), index=True)
    reminded_on: Mapped[date | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
