"""Accounts, contacts and roles out of what answers say about them, whole lists at a time.

What an answer says fills what is empty and never overwrites: the customer record has better sources than a survey file.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity
from feedback.accounts.party_memory import AccountRow, ContactRow, Known, PartyMemory, RoleRow, role_row
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.audit import service as audit
from feedback.kernel import clock
from feedback.kernel.bulk import in_list, insert_columns, next_ids
from feedback.kernel.db import microseconds
from feedback.kernel.prepared import Prepared

Said = Mapping[str, Sequence[Any]]  # what answers say about who gave them, by column: `source` and those of `_SAYS`
_SAYS = (
    "account_external_id",
    "contact_external_id",
    "account_name",
    "segment",
    "region",
    "contact_name",
    "contact_email",
    "contact_time_zone",
    "contact_role",
    "responded_at",  # microseconds since 1970; None: now
)
ITSELF = "account:"  # before an account's id: the contact that stands for it where the id alone is somebody else


class Parties(NamedTuple):
    """Who gave each answer, as the customer record knows it at that moment, by column."""

    account_id: Sequence[int]
    contact_id: Sequence[int]
    role: Sequence[ContactRole]
    role_guessed: Sequence[bool]
    segment: Sequence[str | None]
    region: Sequence[str | None]
    language: Sequence[str | None]

    def take(self, places: Sequence[int]) -> "Parties":
        """Those at these ascending places."""
        if len(places) == len(self.account_id):
            return self
        columns: list[list[Any]] = [[column[place] for place in places] for column in self]
        return Parties(*columns)


def ensure_parties(session: Session, said: Said, memory: PartyMemory | None = None) -> Parties:
    """Find or create account, contact and role of each answer, as if they came one after the other.

    A name is looked up as the account's (contact's) own id first, then among the identities of the answer's source. A contact
    without a said role becomes `decision_maker` when the account has no contact yet, else `user`, marked as guessed; a said
    role replaces a guessed one, and nothing else. Somebody who left the account and answers for it later is back. A contact
    called like its account stands for the account; it is never a contact of that name whom only other accounts have.
    """
    rows: list[tuple[Any, ...]] = []
    start = 0
    for source, group in groupby(said["source"]):
        stop = start + len(list(group))
        part = {name: said[name][start:stop] for name in _SAYS}
        known = memory.recall(session, source) if memory else Known()
        _load(session, source, part, known)
        _part_from_namesakes(session, source, part, known)
        rows += _parties(known, part)
        if memory:
            memory.note_joined(known.new_roles)
        _write(session, known, clock.now())
        start = stop
    return Parties(*zip(*rows, strict=True)) if rows else Parties((), (), (), (), (), (), ())


def _load(session: Session, source: str, said: Said, known: Known) -> None:
    """Add to what is known whom these answers name."""
    names, people = (dict.fromkeys(said[column]) for column in ("account_external_id", "contact_external_id"))
    unknown = [name for name in names if name not in known.accounts]
    accounts = _load_accounts(session, source, unknown, known.new_accounts)
    unknown = [name for name in people if name not in known.contacts]
    contacts = _load_contacts(session, source, unknown, known.new_contacts)
    known.learn(accounts, contacts)
    _load_roles(session, known, [known.accounts[name] for name in names], accounts, contacts)


def _part_from_namesakes(session: Session, source: str, part: dict[str, Sequence[Any]], known: Known) -> None:
    """Give accounts whose id is the name of somebody else's contact a contact of their own.

    Without a contact an answer means the account itself, by its id. Ids of customers and of people are numbered from 1 by many
    systems: customer 17 of one has nothing to do with passenger 17 of another.
    """
    pairs = list(zip(part["account_external_id"], part["contact_external_id"], strict=True))
    strangers = {name for account, name in pairs if account == name and _has_no_role(known, name)}
    if not strangers:
        return
    elsewhere = {contact_id for _, contact_id in known.roles}
    taken = {name for name in strangers if known.contacts[name].id in elsewhere}
    if taken:
        own = [f"{ITSELF}{name}" if name in taken and name == account else name for account, name in pairs]
        part["contact_external_id"] = own
        _write(session, known, clock.now())  # what has an id must be stored before further ids are asked for
        _load(session, source, part, known)


def _has_no_role(known: Known, name: str) -> bool:
    """Whether the stored contact of this name has no role in the account of this name."""
    contact_id = known.contacts[name].id
    return contact_id not in known.new_contacts and (known.accounts[name].id, contact_id) not in known.roles


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


def _load_accounts(session: Session, source: str, wanted: list[str], added: dict[int, AccountRow]) -> dict[str, AccountRow]:
    if not wanted:
        return {}
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
        added[row_id] = known[name] = AccountRow(row_id, name, name, None, None)
    return known


def _load_contacts(session: Session, source: str, wanted: list[str], added: dict[int, ContactRow]) -> dict[str, ContactRow]:
    if not wanted:
        return {}
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
        added[row_id] = known[name] = ContactRow(row_id, name, None, None, None)
    return known


def _aliases(connection: sa.Connection, object_type: str, source: str, missing: list[str]) -> dict[str, int]:
    """Names that the source's system has for objects we know by another name."""
    if not missing:
        return {}
    found = _ALIASES.rows(connection, {"source": source, "object_type": object_type, "names": missing})
    return {row.external_id: row.object_id for row in found}


def _load_roles(
    session: Session,
    known: Known,
    named: Sequence[AccountRow],
    accounts: Mapping[str, AccountRow],
    contacts: Mapping[str, ContactRow],
) -> None:
    """Roles of contacts that were just looked up, and whether accounts that were have any contact yet."""
    connection = session.connection()
    old_contacts = [row.id for row in contacts.values() if row.id not in known.new_contacts]
    if old_contacts:
        by_id = {row.id: row for row in named}
        for account_id, contact_id, role, guessed, left_at in _ROLES.rows(connection, {"ids": old_contacts}):
            row = role_row(_ROLE_OF[role], guessed)
            known.roles[account_id, contact_id] = row if left_at is None else row._replace(left_at=left_at)
            if account_id in by_id:
                by_id[account_id].has_contact = True
    unsure = {row.id: row for row in accounts.values() if not (row.has_contact or row.id in known.new_accounts)}
    if unsure:
        for (account_id,) in _HAVE_CONTACTS.rows(connection, {"ids": list(unsure)}):
            unsure[account_id].has_contact = True


def _parties(known: Known, said: Said) -> list[tuple[Any, ...]]:
    """The rows of `Parties`."""
    rows = []
    accounts, contacts, roles = known.accounts, known.contacts, known.roles
    for of_account, of_contact, name, segment, region, *person, said_role, at in zip(
        *(said[name] for name in _SAYS), strict=True
    ):
        account, contact = accounts[of_account], contacts[of_contact]
        if name or segment or region:
            _fill_account(known, account, name, segment, region)
        if any(person):
            _fill_contact(known, contact, *person)
        role = roles.get((account.id, contact.id))
        if role is None or said_role is not None or role.left_at is not None:
            role = _settle_role(known, account, contact.id, said_role, at)
        language = contact.language or account.language
        stands = said_role or role.role
        rows.append((account.id, contact.id, stands, role.guessed, account.segment, account.region, language))
    return rows


def _settle_role(known: Known, account: AccountRow, contact_id: int, said: ContactRole | None, at: int | None) -> RoleRow:
    """The role after an answer of which the role is new, said or of somebody who left."""
    key = account.id, contact_id
    role = known.roles.get(key)
    if role is None:
        guess = ContactRole.USER if account.has_contact else ContactRole.DECISION_MAKER
        role = known.new_roles[key] = role_row(said or guess, said is None)
        account.has_contact = True
    elif role.guessed and said is not None:
        role = RoleRow(said, False, role.left_at)
        if key in known.new_roles:
            known.new_roles[key] = role
        else:
            known.changed_roles[key] = role
    if role.left_at is not None and (at is None or at > microseconds(role.left_at)):
        role = role._replace(left_at=None)
        known.returned.append(key)
    known.roles[key] = role
    return role


def _fill_account(known: Known, account: AccountRow, name: str | None, segment: str | None, region: str | None) -> None:
    # a name that only repeats the id is what we gave it when nobody had said one
    named = bool(name) and account.name == account.external_id != name
    if named:
        account.name = name or ""
    placed = bool(segment) and account.segment is None
    if placed:
        account.segment = segment
    found = bool(region) and account.region is None
    if found:
        account.region = region
    if (named or placed or found) and account.id not in known.new_accounts:
        known.filled_accounts[account.id] = account


def _fill_contact(known: Known, contact: ContactRow, name: str | None, email: str | None, time_zone: str | None) -> None:
    filled = False
    for field, value in (("name", name), ("email", email), ("time_zone", time_zone)):
        if value and getattr(contact, field) is None:
            setattr(contact, field, value)
            filled = True
    if filled and contact.id not in known.new_contacts:
        known.filled_contacts[contact.id] = contact


def _write(session: Session, known: Known, now: datetime) -> None:
    _write_accounts(session, list(known.new_accounts.values()), list(known.filled_accounts.values()), now)
    _write_contacts(session, list(known.new_contacts.values()), list(known.filled_contacts.values()), now)
    _write_roles(session, known, now)
    known.written()


def _write_accounts(session: Session, new: Sequence[AccountRow], filled: Sequence[AccountRow], now: datetime) -> None:
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
    if filled:
        names = ("id", "name", "segment", "region")
        values = [{name: getattr(row, name) for name in names} for row in filled]
        session.execute(sa.update(Account), [row | {"updated_at": now} for row in values])


def _write_contacts(session: Session, new: Sequence[ContactRow], filled: Sequence[ContactRow], now: datetime) -> None:
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
    if filled:
        names = ("id", "name", "email", "time_zone")
        values = [{name: getattr(row, name) for name in names} for row in filled]
        session.execute(sa.update(Contact), [row | {"updated_at": now} for row in values])


def _write_roles(session: Session, known: Known, now: datetime) -> None:
    keys, new = list(known.new_roles), list(known.new_roles.values())
    columns: dict[str, list[Any]] = {
        "account_id": [account_id for account_id, _ in keys],
        "contact_id": [contact_id for _, contact_id in keys],
        "role": [row.role for row in new],
        "role_guessed": [row.guessed for row in new],
        "since": [now] * len(new),
    }
    insert_columns(session, _table(AccountContact), columns)
    if known.changed_roles:
        link = AccountContact
        statement = (
            sa.update(link)
            .where(link.account_id == sa.bindparam("of_account"), link.contact_id == sa.bindparam("of_contact"))
            .values(role=sa.bindparam("said"), role_guessed=False)
        )
        rows = [{"of_account": key[0], "of_contact": key[1], "said": row.role} for key, row in known.changed_roles.items()]
        session.connection().execute(statement, rows)
    _bring_back(session, known.returned)


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
