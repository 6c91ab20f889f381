"""Accounts, contacts and roles out of what answers say about them, whole lists at a time.

What an answer says fills what is empty and never overwrites: the customer record has better sources than a survey file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.audit import service as audit
from feedback.kernel import clock
from feedback.kernel.bulk import in_list, insert_columns, next_ids
from feedback.kernel.prepared import Prepared


class PartyDraft(Protocol):
    """What an answer says about who gave it."""

    @property
    def source(self) -> str: ...
    @property
    def account_external_id(self) -> str: ...
    @property
    def contact_external_id(self) -> str: ...
    @property
    def account_name(self) -> str | None: ...
    @property
    def segment(self) -> str | None: ...
    @property
    def region(self) -> str | None: ...
    @property
    def contact_name(self) -> str | None: ...
    @property
    def contact_email(self) -> str | None: ...
    @property
    def contact_role(self) -> ContactRole | None: ...
    @property
    def contact_time_zone(self) -> str | None: ...
    @property
    def responded_at(self) -> datetime | None: ...


class Party(NamedTuple):
    """Who gave an answer, as the customer record knows it at that moment."""

    account_id: int
    contact_id: int
    role: ContactRole
    role_guessed: bool
    segment: str | None
    region: str | None
    language: str | None


@dataclass(slots=True)
class _AccountRow:
    id: int
    external_id: str
    name: str
    segment: str | None
    region: str | None
    language: str | None = None
    has_contact: bool = False
    new: bool = False
    filled: bool = False


@dataclass(slots=True)
class _ContactRow:
    id: int
    external_id: str
    name: str | None
    email: str | None
    time_zone: str | None
    language: str | None = None
    new: bool = False
    filled: bool = False


@dataclass(slots=True)
class _RoleRow:
    role: ContactRole
    guessed: bool
    left_at: datetime | None = None
    new: bool = False
    changed: bool = False
    returned: bool = False


@dataclass(slots=True)
class _Known:
    accounts: dict[str, _AccountRow] = field(default_factory=dict)
    contacts: dict[str, _ContactRow] = field(default_factory=dict)
    roles: dict[tuple[int, int], _RoleRow] = field(default_factory=dict)


def ensure_parties(session: Session, drafts: Sequence[PartyDraft]) -> list[Party]:
    """Find or create account, contact and role of each draft, as if the drafts came one after the other.

    A name is looked up as the account's (contact's) own id first, then among the identities of the draft's source. A contact
    without a said role becomes `decision_maker` when the account has no contact yet, else `user`, marked as guessed; a said
    role replaces a guessed one, and nothing else. Somebody who left the account and answers for it later is back.
    """
    parties: list[Party] = []
    for source, group in groupby(drafts, key=lambda draft: draft.source):
        listed = list(group)
        known = _load(session, source, listed)
        parties += [_party(known, draft) for draft in listed]
        _write(session, known, clock.now())
    return parties


def _load(session: Session, source: str, drafts: Sequence[PartyDraft]) -> _Known:
    known = _Known()
    known.accounts = _load_accounts(session, source, list({draft.account_external_id: None for draft in drafts}))
    known.contacts = _load_contacts(session, source, list({draft.contact_external_id: None for draft in drafts}))
    _load_roles(session, known)
    return known


_ACCOUNT = (Account.id, Account.external_id, Account.name, Account.segment, Account.region, Account.language)
_CONTACT = (Contact.id, Contact.external_id, Contact.name, Contact.email, Contact.time_zone, Contact.language)
_ACCOUNTS_BY_NAME = Prepared(sa.select(*_ACCOUNT).where(in_list(Account.external_id, "names")))
_ACCOUNTS_BY_ID = Prepared(sa.select(*_ACCOUNT).where(in_list(Account.id, "ids")))
_CONTACTS_BY_NAME = Prepared(sa.select(*_CONTACT).where(in_list(Contact.external_id, "names")))
_CONTACTS_BY_ID = Prepared(sa.select(*_CONTACT).where(in_list(Contact.id, "ids")))
_ALIASES = Prepared(
    sa.select(ExternalIdentity.external_id, ExternalIdentity.object_id).where(
        ExternalIdentity.system == sa.bindparam("source"),
        ExternalIdentity.object_type == sa.bindparam("object_type"),
        in_list(ExternalIdentity.external_id, "names"),
    )
)
_ROLES = Prepared(
    sa.select(
        AccountContact.account_id,
        AccountContact.contact_id,
        sa.type_coerce(AccountContact.role, sa.Text),  # as text: the enum's own conversion costs more than the row
        AccountContact.role_guessed,
        AccountContact.left_at,
    ).where(in_list(AccountContact.contact_id, "ids"))
)
_ROLE_OF = {role.value: role for role in ContactRole}
_HAVE_CONTACTS = Prepared(sa.select(AccountContact.account_id).where(in_list(AccountContact.account_id, "ids")).distinct())


def _load_accounts(session: Session, source: str, wanted: list[str]) -> dict[str, _AccountRow]:
    connection = session.connection()
    known = {row[1]: _AccountRow(*row) for row in _ACCOUNTS_BY_NAME.rows(connection, {"names": wanted})}
    aliases = _aliases(connection, "account", source, [name for name in wanted if name not in known])
    if aliases:
        by_id = {row.id: row for row in known.values()}
        for row in _ACCOUNTS_BY_ID.rows(connection, {"ids": list(aliases.values())}):
            by_id.setdefault(row[0], _AccountRow(*row))
        known |= {name: by_id[object_id] for name, object_id in aliases.items() if object_id in by_id}
    new = [name for name in wanted if name not in known]
    for row_id, name in zip(next_ids(session, _table(Account), len(new)), new, strict=True):
        known[name] = _AccountRow(row_id, name, name, None, None, new=True)
    return known


def _load_contacts(session: Session, source: str, wanted: list[str]) -> dict[str, _ContactRow]:
    connection = session.connection()
    known = {row[1]: _ContactRow(*row) for row in _CONTACTS_BY_NAME.rows(connection, {"names": wanted})}
    aliases = _aliases(connection, "contact", source, [name for name in wanted if name not in known])
    if aliases:
        by_id = {row.id: row for row in known.values()}
        for row in _CONTACTS_BY_ID.rows(connection, {"ids": list(aliases.values())}):
            by_id.setdefault(row[0], _ContactRow(*row))
        known |= {name: by_id[object_id] for name, object_id in aliases.items() if object_id in by_id}
    new = [name for name in wanted if name not in known]
    for row_id, name in zip(next_ids(session, _table(Contact), len(new)), new, strict=True):
        known[name] = _ContactRow(row_id, name, None, None, None, new=True)
    return known


def _aliases(connection: sa.Connection, object_type: str, source: str, missing: list[str]) -> dict[str, int]:
    """Names that the source's system has for objects we know by another name."""
    if not missing:
        return {}
    found = _ALIASES.rows(connection, {"source": source, "object_type": object_type, "names": missing})
    return {row.external_id: row.object_id for row in found}


def _load_roles(session: Session, known: _Known) -> None:
    connection = session.connection()
    old_contacts = [row.id for row in known.contacts.values() if not row.new]
    old_accounts = {row.id: row for row in known.accounts.values() if not row.new}
    if old_contacts:
        for account_id, contact_id, role, guessed, left_at in _ROLES.rows(connection, {"ids": old_contacts}):
            known.roles[account_id, contact_id] = _RoleRow(_ROLE_OF[role], guessed, left_at)
            if account_id in old_accounts:
                old_accounts[account_id].has_contact = True
    unsure = [row_id for row_id, row in old_accounts.items() if not row.has_contact]
    if unsure:
        for (account_id,) in _HAVE_CONTACTS.rows(connection, {"ids": unsure}):
            old_accounts[account_id].has_contact = True


def _party(known: _Known, draft: PartyDraft) -> Party:
    account = known.accounts[draft.account_external_id]
    contact = known.contacts[draft.contact_external_id]
    if draft.account_name or draft.segment or draft.region:
        _fill_account(account, draft)
    if draft.contact_name or draft.contact_email or draft.contact_time_zone:
        _fill_contact(contact, draft)
    key = (account.id, contact.id)
    role = known.roles.get(key)
    if role is None:
        guess = ContactRole.USER if account.has_contact else ContactRole.DECISION_MAKER
        role = known.roles[key] = _RoleRow(draft.contact_role or guess, draft.contact_role is None, new=True)
        account.has_contact = True
    elif role.guessed and draft.contact_role is not None:
        role.role, role.guessed, role.changed = draft.contact_role, False, True
    if role.left_at is not None and (draft.responded_at is None or draft.responded_at > role.left_at):
        role.left_at, role.returned = None, True
    said = draft.contact_role or role.role
    language = contact.language or account.language
    return Party(account.id, contact.id, said, role.guessed, account.segment, account.region, language)


def _fill_account(account: _AccountRow, draft: PartyDraft) -> None:
    # a name that only repeats the id is what we gave it when nobody had said one
    if draft.account_name and account.name == account.external_id != draft.account_name:
        account.name, account.filled = draft.account_name, True
    if draft.segment and account.segment is None:
        account.segment, account.filled = draft.segment, True
    if draft.region and account.region is None:
        account.region, account.filled = draft.region, True


def _fill_contact(contact: _ContactRow, draft: PartyDraft) -> None:
    if draft.contact_name and contact.name is None:
        contact.name, contact.filled = draft.contact_name, True
    if draft.contact_email and contact.email is None:
        contact.email, contact.filled = draft.contact_email, True
    if draft.contact_time_zone and contact.time_zone is None:
        contact.time_zone, contact.filled = draft.contact_time_zone, True


def _write(session: Session, known: _Known, now: datetime) -> None:
    _write_accounts(session, list({id(row): row for row in known.accounts.values()}.values()), now)
    _write_contacts(session, list({id(row): row for row in known.contacts.values()}.values()), now)
    _write_roles(session, known.roles, now)


def _write_accounts(session: Session, rows: Sequence[_AccountRow], now: datetime) -> None:
    new = [row for row in rows if row.new]
    size = len(new)
    insert_columns(
        session,
        _table(Account),
        {
            "id": [row.id for row in new],
            "external_id": [row.external_id for row in new],
            "name": [row.name for row in new],
            "segment": [row.segment for row in new],
            "region": [row.region for row in new],
            "value_tier": [ValueTier.C] * size,
            "status": [AccountStatus.ACTIVE] * size,
            "created_at": [now] * size,
            "updated_at": [now] * size,
        },
    )
    filled = [row for row in rows if row.filled and not row.new]
    if filled:
        names = ("id", "name", "segment", "region")
        values = [{name: getattr(row, name) for name in names} for row in filled]
        session.execute(sa.update(Account), [row | {"updated_at": now} for row in values])


def _write_contacts(session: Session, rows: Sequence[_ContactRow], now: datetime) -> None:
    new = [row for row in rows if row.new]
    insert_columns(
        session,
        _table(Contact),
        {
            "id": [row.id for row in new],
            "external_id": [row.external_id for row in new],
            "name": [row.name for row in new],
            "email": [row.email for row in new],
            "time_zone": [row.time_zone for row in new],
            "created_at": [now] * len(new),
            "updated_at": [now] * len(new),
        },
    )
    filled = [row for row in rows if row.filled and not row.new]
    if filled:
        names = ("id", "name", "email", "time_zone")
        values = [{name: getattr(row, name) for name in names} for row in filled]
        session.execute(sa.update(Contact), [row | {"updated_at": now} for row in values])


def _write_roles(session: Session, roles: dict[tuple[int, int], _RoleRow], now: datetime) -> None:
    new = [(key, row) for key, row in roles.items() if row.new]
    columns: dict[str, list[Any]] = {
        "account_id": [key[0] for key, _ in new],
        "contact_id": [key[1] for key, _ in new],
        "role": [row.role for _, row in new],
        "role_guessed": [row.guessed for _, row in new],
        "since": [now] * len(new),
    }
    insert_columns(session, _table(AccountContact), columns)
    changed = [(key, row) for key, row in roles.items() if row.changed and not row.new]
    if changed:
        link = AccountContact
        statement = (
            sa.update(link)
            .where(link.account_id == sa.bindparam("of_account"), link.contact_id == sa.bindparam("of_contact"))
            .values(role=sa.bindparam("said"), role_guessed=False)
        )
        rows = [{"of_account": key[0], "of_contact": key[1], "said": row.role} for key, row in changed]
        session.connection().execute(statement, rows)
    _bring_back(session, [key for key, row in roles.items() if row.returned])


def _bring_back(session: Session, keys: Sequence[tuple[int, int]]) -> None:
    if not keys:
        return
    link = AccountContact
    back = sa.update(link).where(link.account_id == sa.bindparam("of_account"), link.contact_id == sa.bindparam("of_contact"))
    rows = [{"of_account": account_id, "of_contact": contact_id} for account_id, contact_id in keys]
    session.connection().execute(back.values(left_at=None), rows)
    for account_id, contact_id in keys:
        audit.record("system", "contact.came_back", "contact", contact_id, account_id=account_id)


def _table(model: type[Any]) -> sa.Table:
    table: sa.Table = model.__table__
    return table
