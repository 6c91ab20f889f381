"""The log of sales contacts: who approached whom, about what, and what the gate had said."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, Match
from feedback.gate.rules import Initiation
from feedback.kernel.db import Model, enum_type
from feedback.permission.rules import Channel, Purpose


class SalesContact(Model):
    """One approach of somebody here, or of another system, to sell something; logged once and never changed."""

    __tablename__ = "sales_contact"
    __table_args__ = (
        sa.UniqueConstraint("source", "external_id"),
        # caps and distances look at the last weeks of an account
        sa.Index(None, "account_id", "occurred_at"),
        sa.Index(None, "occurred_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)  # who made it; None: not one of us
    source: Mapped[str]  # "screen", or the system that told us
    external_id: Mapped[str | None]
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    initiation: Mapped[Initiation] = mapped_column(enum_type(Initiation))
    good_moment: Mapped[GoodMoment] = mapped_column(enum_type(GoodMoment))
    outcome: Mapped[ContactOutcome] = mapped_column(enum_type(ContactOutcome))
    play: Mapped[str | None]  # of the decision
    product_code: Mapped[str | None]
    note: Mapped[str | None]
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gate_decision.id", ondelete="SET NULL"), index=True)
    matched: Mapped[Match] = mapped_column(enum_type(Match))
    occurred_at: Mapped[datetime]
    logged_at: Mapped[datetime]
    logged_by: Mapped[str]
