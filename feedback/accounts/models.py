"""Tables of the customer record: accounts, contacts, money, identities."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.accounts.rules import AccountStatus, ContactRole, ErasureReason, ValueTier
from feedback.kernel.db import Model, enum_type


class Account(Model):
    """A customer organisation; an intermediary such as a broker is one too."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    segment: Mapped[str | None]
    industry: Mapped[str | None]
    region: Mapped[str | None] = mapped_column(index=True)
    country: Mapped[str | None]
    time_zone: Mapped[str | None]
    language: Mapped[str | None]
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"), index=True)
    value_tier: Mapped[ValueTier] = mapped_column(enum_type(ValueTier), default=ValueTier.C)
    annual_revenue: Mapped[float | None]
    currency: Mapped[str | None]
    status: Mapped[AccountStatus] = mapped_column(enum_type(AccountStatus), default=AccountStatus.ACTIVE)
    renewal_on: Mapped[date | None]
    customer_since: Mapped[date | None]
    closed_on: Mapped[date | None]  # the last day as a customer; means nothing while the account is active
    referred_by: Mapped[str | None] = mapped_column(index=True)  # external id of the account that recommended us to it
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    # an id is never given twice: audit rows and letters go on naming it
    __table_args__ = (sa.Index(None, "name"), {"sqlite_autoincrement": True})


class Contact(Model):
    """A named buyer. `external_id` is the identity that files and the API use."""

    __tablename__ = "contact"
    # whose answer it is, where other systems know the address only
    __table_args__ = (sa.Index("ix_contact_address", sa.text("lower(email)")), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    not_now_until: Mapped[date | None]
    no_surveys_until: Mapped[date | None]  # asked for in a survey mail; offers do not mind
    not_now_reason: Mapped[str | None]
    paused_from: Mapped[date | None]  # neither offers nor surveys from this day …
    paused_until: Mapped[date | None]  # … until this one, on which we may write again
    preferred_channel: Mapped[str | None]  # what the contact likes best; a wish, no permission
    best_hours: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # what is left is a number that answers are counted by


class AccountContact(Model):
    """A contact's role in an account. `left_at` is set when the person leaves the role."""

    __tablename__ = "account_contact"
    __table_args__ = ({"sqlite_with_rowid": False},)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[ContactRole] = mapped_column(enum_type(ContactRole))
    role_guessed: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]


class ExternalIdentity(Model):
    """The name another system has for an account or a contact."""

    __tablename__ = "external_identity"
    __table_args__ = (
        sa.UniqueConstraint("system", "object_type", "external_id"),
        sa.Index(None, "object_type", "object_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[str]
    object_type: Mapped[str]  # "account" or "contact"
    external_id: Mapped[str]
    object_id: Mapped[int]
    created_at: Mapped[datetime]


class ErasedIdentity(Model):
    """An id or an address of somebody who was erased, as a digest that only this installation can compute.

    It is asked before anybody is stored, so that a file, the API or another system does not bring the person back unnoticed.
    """

    __tablename__ = "erased_identity"
    digest: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    erased_at: Mapped[datetime]
    met_again: Mapped[int] = mapped_column(default=0)
    last_met_at: Mapped[datetime | None]


class Erasure(Model):
    """The receipt of an erasure: that it happened, when, why and how much, without anything about whom."""

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    reason: Mapped[ErasureReason] = mapped_column(enum_type(ErasureReason))
    counts: Mapped[dict[str, Any]]
    erased_by: Mapped[str]
    erased_at: Mapped[datetime]
    files_cleaned_at: Mapped[datetime | None]  # when the database's own files held nothing of it any more


class ErasureInProgress(Model):
    """A row while an erasure runs, in its transaction: then the guards of append-only tables let texts be cleared."""

    __tablename__ = "erasure_in_progress"
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Spend(Model):
    """What an account paid us in one month."""

    __tablename__ = "spend"
    __table_args__ = (sa.UniqueConstraint("account_id", "month", "product_code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    month: Mapped[date]
    product_code: Mapped[str] = mapped_column(default="")
    amount: Mapped[float]
    currency: Mapped[str | None]


class WalletEstimate(Model):
    """How much the account spends in a category with everybody, and where we know it from."""

    __tablename__ = "wallet_estimate"
    __table_args__ = (sa.UniqueConstraint("account_id", "category", "as_of"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    category: Mapped[str]
    total_spend: Mapped[float]
    our_spend: Mapped[float | None]
    method: Mapped[str | None]
    source: Mapped[str | None]
    confidence: Mapped[float] = mapped_column(default=1.0)
    as_of: Mapped[date]
    created_at: Mapped[datetime]


class Site(Model):
    """A place that contracts are about: a building with its tenants, a plant, an office."""

    __tablename__ = "site"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str | None]
    address: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Contract(Model):
    """What an account has signed, and when it decides whether to go on."""

    __tablename__ = "contract"
    __table_args__ = (sa.Index(None, "account_id", "renewal_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    site_id: Mapped[int | None] = mapped_column(sa.ForeignKey("site.id"), index=True)
    name: Mapped[str]
    renewal_on: Mapped[date | None]
    annual_value: Mapped[float | None]
    currency: Mapped[str | None]
    ended: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Interaction(Model):
    """One contact with the customer on any channel, in or out."""

    __tablename__ = "interaction"
    __table_args__ = (sa.Index(None, "account_id", "occurred_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    issue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("issue.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    channel: Mapped[str]
    direction: Mapped[str]  # "in" or "out"
    summary: Mapped[str | None]
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime]
