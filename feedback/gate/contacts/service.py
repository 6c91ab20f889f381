"""Logging sales contacts; what was logged stays as it was. Call inside `transaction()`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import access_account, account_scope
from feedback.accounts.service import change_contact
from feedback.extensions import db
from feedback.gate.contacts import queries
from feedback.gate.contacts.events import SalesContactLogged
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, NotNowReason, matched
from feedback.gate.rules import Initiation
from feedback.kernel import clock, events
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.permission.rules import Channel, Purpose

LOG = "sales.log"
SCREEN = "screen"
# Clocks of other systems may run a little ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Approached:
    """One sales contact as it is told to us. The account is named by either of its ids."""

    channel: Channel
    outcome: ContactOutcome
    account_id: int | None = None
    account_external_id: str | None = None
    contact_external_id: str | None = None
    purpose: Purpose = Purpose.OFFERS
    initiation: Initiation = Initiation.OUTBOUND
    good_moment: GoodMoment = GoodMoment.NOT_ASKED
    occurred_at: datetime | None = None  # None: now
    product_code: str | None = None
    note: str | None = None
    not_now_until: date | None = None
    not_now_reason: NotNowReason | None = None
    user_email: str | None = None  # who made it; None: whoever tells us
    source: str | None = None
    external_id: str | None = None


def log_sales_contact(told: Approached, viewer: Viewer) -> tuple[SalesContact, bool]:
    """Keep a sales contact and say what the gate had answered to it; answers it, and whether it is new.

    A no to "is this a good moment?" leaves the contact alone until the day that was named, or until tomorrow. The same contact
    told twice by the same system is kept once.

    Raises:
        NotFound: the account is missing or somebody else's.
        InvalidInput: the contact or the person is not known, or the moment lies in the future.
        Conflict: the other system gave this id to another contact.
    """
    account = _account_of(told, viewer)
    contact = _contact_of(account, told.contact_external_id)
    now = clock.now()
    at = (told.occurred_at or now).astimezone(UTC)
    _check(told, at, now)
    values = _values(told, account, contact, viewer, at)
    known = _told_before(told, values)
    if known is not None:
        return known, False
    asked = queries.decisions_before(account.id, told.purpose, told.channel, at)
    match, decision = matched(asked, contact.id if contact else None, at)
    values |= {"matched": match, "decision_id": decision.id if decision else None, "play": decision.play if decision else None}
    entry = SalesContact(**values, logged_at=now, logged_by=viewer.actor)
    db.session.add(entry)
    db.session.flush()
    _leave_alone(told, contact, now, viewer)
    events.publish(SalesContactLogged(entry.id, account.id))
    return entry, True


def _check(told: Approached, at: datetime, now: datetime) -> None:
    errors = {}
    if at > now + CLOCK_TOLERANCE:
        errors["occurred_at"] = [_("This moment lies in the future.")]
    if told.not_now_until is not None and told.not_now_until <= at.date():
        errors["not_now_until"] = [_("Name a day after the contact.")]
    if told.not_now_until is not None and told.contact_external_id is None:
        errors["contact_external_id"] = [_("Say who does not want to be approached before that day.")]
    if errors:
        raise InvalidInput(errors)


def _account_of(told: Approached, viewer: Viewer) -> Account:
    if told.account_id is not None:
        return access_account(told.account_id, viewer=viewer, permission=LOG)
    query = sa.select(Account).where(Account.external_id == told.account_external_id, account_scope(viewer, LOG))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _contact_of(account: Account, external_id: str | None) -> Contact | None:
    if external_id is None:
        return None
    query = sa.select(Contact).join(AccountContact, AccountContact.contact_id == Contact.id)
    query = query.where(AccountContact.account_id == account.id, Contact.external_id == external_id, Contact.erased_at.is_(None))
    found = db.session.scalar(query)
    if found is None:
        raise InvalidInput({"contact_external_id": [_("This account has no such contact.")]})
    return found


def _values(told: Approached, account: Account, contact: Contact | None, viewer: Viewer, at: datetime) -> dict[str, Any]:
    source = told.source or (SCREEN if viewer.kind == "user" else "api")
    return {
        "account_id": account.id,
        "contact_id": contact.id if contact else None,
        "user_id": _who(told, viewer),
        "source": source,
        "external_id": told.external_id,
        "purpose": told.purpose,
        "channel": told.channel,
        "initiation": told.initiation,
        "good_moment": told.good_moment,
        "outcome": told.outcome,
        "product_code": told.product_code,
        "note": told.note or None,
        "occurred_at": at,
    }


def _who(told: Approached, viewer: Viewer) -> int | None:
    if told.user_email is None:
        return viewer.user_id
    found: int | None = db.session.scalar(sa.select(User.id).where(sa.func.lower(User.email) == told.user_email.lower()))
    if found is None:
        raise InvalidInput({"user_email": [_("Nobody here has this address.")]})
    return found


# what a system cannot know better the second time: an amended note is another contact to it, and is refused
_SAME = ("account_id", "contact_id", "purpose", "channel", "outcome", "occurred_at")


def _told_before(told: Approached, values: dict[str, Any]) -> SalesContact | None:
    if told.external_id is None:
        return None
    same = (SalesContact.source == values["source"], SalesContact.external_id == told.external_id)
    known = db.session.scalar(sa.select(SalesContact).where(*same))
    if known is None:
        return None
    compared = _SAME if told.occurred_at is not None else _SAME[:-1]
    if any(getattr(known, name) != values[name] for name in compared):
        raise Conflict(_("%(source)s told us another contact under this id.", source=values["source"]))
    return known


def _leave_alone(told: Approached, contact: Contact | None, now: datetime, viewer: Viewer) -> None:
    """The day until which the contact wants to hear nothing; a no without a day means tomorrow, unless more was asked for."""
    if contact is None:
        return
    until = told.not_now_until
    if until is None and told.good_moment is GoodMoment.NO:
        tomorrow = now.date() + timedelta(days=1)
        until = tomorrow if contact.not_now_until is None else max(tomorrow, contact.not_now_until)
    if until is None or until == contact.not_now_until:
        return
    reason = told.not_now_reason or NotNowReason.BUSY
    change_contact(contact, {"not_now_until": until, "not_now_reason": reason.value}, actor=viewer.actor)
