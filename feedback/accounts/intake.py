"""Accounts, contacts and roles out of what answers say about them, whole lists at a time.

What an answer says fills what is empty and never overwrites: the customer record has better sources than a survey file.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity
from feedback.accounts.party_memory import AccountRow, ContactRow, Known, PartyMemory, RoleRow
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


def ensure_parties(session: Session, drafts: Sequence[PartyDraft], memory: PartyMemory | None = None) -> list[Party]:
    """Find or create account, contact and role of each draft, as if the drafts came one after the other.

    A name is looked up as the account's (contact's) own id first, then among the identities of the draft's source. A contact
    without a said role becomes `decision_maker` when the account has no contact yet, else `user`, marked as guessed; a said
    role replaces a guessed one, and nothing else. Somebody who left the account and answers for it later is back.
    """
    parties: list[Party] = []
    for source, group in groupby(drafts, key=lambda draft: draft.source):
        listed = list(group)
        known = _load(session, source, listed, memory.recall(session, source) if memory else Known())
        parties += [_party(known, draft) for draft in listed]
        _write(session, known, clock.now())
        if memory:
            memory.keep(known)
    return parties


def _load(session: Session, source: str, drafts: Sequence[PartyDraft], before: Known) -> Known:
    accounts = dict.fromkeys([draft.account_external_id for draft in drafts])
    contacts = dict.fromkeys([draft.contact_external_id for draft in drafts])
    fresh_accounts = _load_accounts(session, source, [name for name in accounts if name not in before.accounts])
    fresh_contacts = _load_contacts(session, source, [name for name in contacts if name not in before.contacts])
    _one_row_each(fresh_accounts, before.accounts)
    _one_row_each(fresh_contacts, before.contacts)
    known = Known(
        {name: fresh_accounts.get(name) or before.accounts[name] for name in accounts},
        {name: fresh_contacts.get(name) or before.contacts[name] for name in contacts},
        before.roles,
    )
    _load_roles(session, known, fresh_accounts, fresh_contacts)
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


def _load_accounts(session: Session, source: str, wanted: list[str]) -> dict[str, AccountRow]:
    connection = session.connection()
    known = {row[1]: AccountRow(*row) for row in _ACCOUNTS_BY_NAME.rows(connection, {"names": wanted})}
    aliases = _aliases(connection, "account", source, [name for name in wanted if name not in known])
    if aliases:
        by_id = {row.id: row for row in known.values()}
        for row in _ACCOUNTS_BY_ID.rows(connection, {"ids": list(aliases.values())}):
            by_id.setdefault(row[0], AccountRow(*row))
        known |= {name: by_id[object_id] for name, object_id in aliases.items() if object_id in by_id}
    new = [name for name in wanted if name not in known]
    for row_id, name in zip(next_ids(session, _table(Account), len(new)), new, strict=True):
        known[name] = AccountRow(row_id, name, name, None, None, new=True)
    return known


def _load_contacts(session: Session, source: str, wanted: list[str]) -> dict[str, ContactRow]:
    connection = session.connection()
    known = {row[1]: ContactRow(*row) for row in _CONTACTS_BY_NAME.rows(connection, {"names": wanted})}
    aliases = _aliases(connection, "contact", source, [name for name in wanted if name not in known])
    if aliases:
        by_id = {row.id: row for row in known.values()}
        for row in _CONTACTS_BY_ID.rows(connection, {"ids": list(aliases.values())}):
            by_id.setdefault(row[0], ContactRow(*row))
        known |= {name: by_id[object_id] for name, object_id in aliases.items() if object_id in by_id}
    new = [name for name in wanted if name not in known]
    for row_id, name in zip(next_ids(session, _table(Contact), len(new)), new, strict=True):
        known[name] = ContactRow(row_id, name, None, None, None, new=True)
    return known


def _aliases(connection: sa.Connection, object_type: str, source: str, missing: list[str]) -> dict[str, int]:
    """Names that the source's system has for objects we know by another name."""
    if not missing:
        return {}
    found = _ALIASES.rows(connection, {"source": source, "object_type": object_type, "names": missing})
    return {row.external_id: row.object_id for row in found}


def _one_row_each(fresh: dict[str, Any], before: dict[str, Any]) -> None:
    """Whoever is remembered by another name stays one row."""
    if before and not all(row.new for row in fresh.values()):
        by_id = {row.id: row for row in before.values()}
        fresh.update({name: by_id[row.id] for name, row in fresh.items() if row.id in by_id})


def _load_roles(session: Session, known: Known, accounts: dict[str, AccountRow], contacts: dict[str, ContactRow]) -> None:
    """Roles of contacts that were just looked up, and whether accounts that were have any contact yet."""
    connection = session.connection()
    old_contacts = [row.id for row in contacts.values() if not row.new]
    by_id = {row.id: row for row in known.accounts.values()}
    if old_contacts:
        for account_id, contact_id, role, guessed, left_at in _ROLES.rows(connection, {"ids": old_contacts}):
            known.roles[account_id, contact_id] = RoleRow(_ROLE_OF[role], guessed, left_at)
            if account_id in by_id:
                by_id[account_id].has_contact = True
    unsure = [row.id for row in accounts.values() if not (row.new or row.has_contact)]
    if unsure:
        for (account_id,) in _HAVE_CONTACTS.rows(connection, {"ids": unsure}):
            by_id[account_id].has_contact = True


def _party(known: Known, draft: PartyDraft) -> Party:
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
        role = RoleRow(draft.contact_role or guess, draft.contact_role is None, new=True)
        known.roles[key] = known.touched[key] = role
        account.has_contact = True
    elif role.guessed and draft.contact_role is not None:
        role.role, role.guessed, role.changed = draft.contact_role, False, True
        known.touched[key] = role
    if role.left_at is not None and (draft.responded_at is None or draft.responded_at > role.left_at):
        role.left_at, role.returned = None, True
        known.touched[key] = role
    said = draft.contact_role or role.role
    language = contact.language or account.language
    return Party(account.id, contact.id, said, role.guessed, account.segment, account.region, language)


def _fill_account(account: AccountRow, draft: PartyDraft) -> None:
    # a name that only repeats the id is what we gave it when nobody had said one
    if draft.account_name and account.name == account.external_id != draft.account_name:
        account.name, account.filled = draft.account_name, True
    if draft.segment and account.segment is None:
        account.segment, account.filled = draft.segment, True
    if draft.region and account.region is None:
        account.region, account.filled = draft.region, True


def _fill_contact(contact: ContactRow, draft: PartyDraft) -> None:
    if draft.contact_name and contact.name is None:
        contact.name, contact.filled = draft.contact_name, True
    if draft.contact_email and contact.email is None:
        contact.email, contact.filled = draft.contact_email, True
    if draft.contact_time_zone and contact.time_zone is None:
        contact.time_zone, contact.filled = draft.contact_time_zone, True


def _write(session: Session, known: Known, now: datetime) -> None:
    accounts = {row.id: row for row in known.accounts.values() if row.new or row.filled}  # two names may mean one
    contacts = {row.id: row for row in known.contacts.values() if row.new or row.filled}
    _write_accounts(session, list(accounts.values()), now)
    _write_contacts(session, list(contacts.values()), now)
    _write_roles(session, known.touched, now)
    written: list[AccountRow | ContactRow] = [*accounts.values(), *contacts.values()]
    for row in written:
        row.new = row.filled = False
    for role in known.touched.values():
        role.new = role.changed = role.returned = False


def _write_accounts(session: Session, rows: Sequence[AccountRow], now: datetime) -> None:
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


def _write_contacts(session: Session, rows: Sequence[ContactRow], now: datetime) -> None:
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


def _write_roles(session: Session, roles: dict[tuple[int, int], RoleRow], now: datetime) -> None:
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
