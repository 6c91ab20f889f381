"""Changing the customer record one object at a time, as the API does. Lists are written in `upserts`."""

import secrets
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import Team, User
from feedback.accounts import queries
from feedback.accounts.erased import find_erased, refusal
from feedback.accounts.events import BuyingFactsChanged
from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity, WalletEstimate
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier, is_pause
from feedback.accounts.upserts import closing, record_spend, record_wallets, upsert_contacts
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.errors import Conflict, InvalidInput, RuleViolation

Values = dict[str, Any]


def create_account(values: Values, *, actor: str, owner_id: int | None = None) -> Account:
    """A new account; `owner_id` owns it unless `owner_email` names somebody. Without `external_id` it is given one.

    Raises:
        Conflict: the external id is taken.
        InvalidInput: the owner or team does not exist.
    """
    values = _named(values)
    if queries.account_ids_by_external_id([values["external_id"]]):
        raise Conflict(f"There is an account '{values['external_id']}' already.")
    now = clock.now()
    defaults = {"owner_id": owner_id, "value_tier": ValueTier.C, "status": AccountStatus.ACTIVE}
    resolved = _resolved(values)
    resolved |= closing(resolved.get("status"), resolved.get("closed_on"), {})
    account = Account(**defaults | resolved, created_at=now, updated_at=now)
    db.session.add(account)
    db.session.flush()
    audit.record(actor, "account.created", "account", account.id, external_id=account.external_id)
    return account


def _named(values: Values) -> Values:
    """An id that nobody can have chosen before, where none is said."""
    return values if values.get("external_id") else values | {"external_id": f"new-{secrets.token_hex(8)}"}


def change_account(account: Account, values: Values, *, actor: str) -> Account:
    """Set the named fields; None empties one."""
    resolved = _resolved(values)
    resolved |= closing(resolved.get("status"), resolved.get("closed_on"), {"status": account.status})
    changed = {name: value for name, value in resolved.items() if getattr(account, name) != value}
    for name, value in changed.items():
        setattr(account, name, value)
    if changed:
        account.updated_at = clock.now()
        db.session.flush()
        audit.record(actor, "account.changed", "account", account.id, fields=sorted(changed))
        events.publish(BuyingFactsChanged((account.id,), "account"))
    return account


def _resolved(values: Values) -> Values:
    """Names of people and teams turned into ids."""
    found = {name: value for name, value in values.items() if name not in ("owner_email", "team")}
    if "owner_email" in values:
        found["owner_id"] = _id_of("owner_email", values["owner_email"], sa.func.lower(User.email), User.id, User.active)
    if "team" in values:
        found["team_id"] = _id_of("team", values["team"], sa.func.lower(Team.code), Team.id, sa.true())
    return found


def _id_of(field: str, name: str | None, column: Any, key: Any, condition: Any) -> int | None:
    if name is None:
        return None
    found: int | None = db.session.scalar(sa.select(key).where(column == name.lower(), condition))
    if found is None:
        raise InvalidInput({field: [f"There is nobody and nothing called '{name}' here."]})
    return found


def add_contact(account: Account, values: Values, *, actor: str) -> AccountContact:
    """A contact with a role in the account; without `role` it is guessed as for files, without `external_id` it is given one.

    Raises:
        Conflict: the contact has this role here already.
    """
    values = _named(values)
    (written,) = upsert_contacts([values | {"account_external_id": account.external_id}])
    if written.errors:
        raise InvalidInput(written.errors)
    if written.status == "unchanged":
        raise Conflict(f"The contact '{values['external_id']}' has this role here already.")
    contact_id = queries.contact_ids_by_external_id([values["external_id"]])[values["external_id"]]
    audit.record(actor, "contact.added", "contact", contact_id, account_id=account.id)
    return queries.get_contact_in(account.id, contact_id)


def change_contact(contact: Contact, values: Values, *, actor: str) -> Contact:
    """Set the named fields; None empties one. `not_now_until` holds offers back until that day.

    Raises:
        RuleViolation: the person was erased.
        InvalidInput: the address belongs to somebody who was.
    """
    if contact.erased_at is not None:
        raise RuleViolation(_("This person was erased; nothing can be stored about them."))
    changed = {name: value for name, value in values.items() if getattr(contact, name) != value}
    errors = refusal(changed, find_erased(db.session(), [changed.get("email")])) or _pause_errors(contact, changed)
    if errors:
        raise InvalidInput(errors)
    for name, value in changed.items():
        setattr(contact, name, value)
    if changed:
        contact.updated_at = clock.now()
        db.session.flush()
        audit.record(actor, "contact.changed", "contact", contact.id, fields=sorted(changed))
        events.publish(BuyingFactsChanged(tuple(_accounts_of(contact.id)), "contact"))
    return contact


def _pause_errors(contact: Contact, changed: Values) -> dict[str, list[str]]:
    first, until = (changed.get(name, getattr(contact, name)) for name in ("paused_from", "paused_until"))
    if is_pause(first, until):
        return {}
    return {"paused_until": [_("A pause needs a first day, and a later day on which it is over.")]}


def _accounts_of(contact_id: int) -> Iterable[int]:
    return db.session.scalars(sa.select(AccountContact.account_id).where(AccountContact.contact_id == contact_id))


def change_role(link: AccountContact, *, role: ContactRole | None, left: bool | None, actor: str) -> AccountContact:
    """Give the contact another role, let them leave the account, or bring them back."""
    if role is not None:
        link.role, link.role_guessed = role, False
    if left is not None and left != (link.left_at is not None):
        link.left_at = clock.now() if left else None
    db.session.flush()
    data = {"account_id": link.account_id, "role": link.role.value, "left": link.left_at is not None}
    audit.record(actor, "contact.role_changed", "contact", link.contact_id, **data)
    events.publish(BuyingFactsChanged((link.account_id,), "role"))
    return link


def add_wallet(account: Account, values: Values, *, actor: str) -> WalletEstimate:
    """An estimate of what the account spends in a category; one per category and day, a second one replaces it.

    Raises:
        InvalidInput: our part is more than the whole.
    """
    values = values | {"as_of": values.get("as_of") or clock.now().date()}
    (written,) = record_wallets([values | {"account_external_id": account.external_id}])
    if written.errors:
        raise InvalidInput(written.errors)
    audit.record(actor, "wallet.recorded", "account", account.id, category=values["category"])
    estimate = WalletEstimate
    same = (estimate.account_id == account.id, estimate.category == values["category"], estimate.as_of == values["as_of"])
    return db.session.scalars(sa.select(estimate).where(*same)).one()


def add_spend(account: Account, values: Values, *, actor: str) -> str:
    """What the account paid in a month; answers `created`, `updated` or `unchanged`."""
    (written,) = record_spend([values | {"account_external_id": account.external_id}])
    audit.record(actor, "spend.recorded", "account", account.id, month=values["month"].isoformat())
    return written.status


def add_identity(object_type: str, object_id: int, system: str, external_id: str, *, actor: str) -> ExternalIdentity:
    """The name that another system has for an account or a contact.

    Raises:
        Conflict: that system's name belongs to another one.
    """
    identity = ExternalIdentity
    same = (identity.system == system, identity.object_type == object_type, identity.external_id == external_id)
    found = db.session.scalar(sa.select(identity).where(*same))
    if found is not None and found.object_id != object_id:
        raise Conflict(f"'{external_id}' of {system} names another {object_type}.")
    if found is None:
        values = {"system": system, "object_type": object_type, "external_id": external_id, "object_id": object_id}
        found = identity(**values, created_at=clock.now())
        db.session.add(found)
        db.session.flush()
        audit.record(actor, "identity.added", object_type, object_id, system=system)
    return found
