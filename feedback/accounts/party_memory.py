"""What the customer record says about who gave an answer, while a list is stored, and from list to list of one import."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.models import Contact
from feedback.accounts.rules import ContactRole


@dataclass(slots=True)
class AccountRow:
    """An account as far as answers tell about it."""

    id: int
    external_id: str
    name: str
    segment: str | None
    region: str | None
    language: str | None = None
    has_contact: bool = False


@dataclass(slots=True)
class ContactRow:
    """A contact as far as answers tell about it."""

    id: int
    external_id: str
    name: str | None
    email: str | None
    time_zone: str | None
    language: str | None = None


class RoleRow(NamedTuple):
    """The role of a contact in an account. Those who never left share a few rows (`role_row`)."""

    role: ContactRole
    guessed: bool
    left_at: datetime | None = None


@lru_cache(maxsize=64)
def role_row(role: ContactRole, guessed: bool) -> RoleRow:
    """The role of somebody who has not left."""
    return RoleRow(role, guessed)


Roles = dict[tuple[int, int], RoleRow]  # by (account id, contact id)
Row = TypeVar("Row", AccountRow, ContactRow)


@dataclass(slots=True)
class Known:
    """Accounts and contacts by the name that a source has for them, their roles, and what is still to be written, by id."""

    accounts: dict[str, AccountRow] = field(default_factory=dict)
    contacts: dict[str, ContactRow] = field(default_factory=dict)
    roles: Roles = field(default_factory=dict)
    new_accounts: dict[int, AccountRow] = field(default_factory=dict)
    new_contacts: dict[int, ContactRow] = field(default_factory=dict)
    new_roles: Roles = field(default_factory=dict)
    filled_accounts: dict[int, AccountRow] = field(default_factory=dict)
    filled_contacts: dict[int, ContactRow] = field(default_factory=dict)
    changed_roles: Roles = field(default_factory=dict)
    returned: list[tuple[int, int]] = field(default_factory=list)
    has_aliases: bool = False

    def learn(self, accounts: dict[str, AccountRow], contacts: dict[str, ContactRow]) -> None:
        """Add those that were just looked up or will be created; whoever is known by another name stays one row."""
        self.has_aliases = self.has_aliases or _any_alias(accounts) or _any_alias(contacts)
        if self.has_aliases:
            _one_row_each(accounts, self.accounts)
            _one_row_each(contacts, self.contacts)
        self.accounts.update(accounts)
        self.contacts.update(contacts)

    def written(self) -> None:
        """Nothing is left to be written."""
        for waiting in (self.new_accounts, self.new_contacts, self.new_roles, self.filled_accounts, self.filled_contacts):
            waiting.clear()
        self.changed_roles.clear()
        self.returned.clear()


def _any_alias(rows: dict[str, Row]) -> bool:
    return any(row.external_id != name for name, row in rows.items())


def _one_row_each(fresh: dict[str, Row], before: dict[str, Row]) -> None:
    by_id = {row.id: row for row in before.values()}
    fresh.update({name: by_id[row.id] for name, row in fresh.items() if row.id in by_id})


class PartyMemory:
    """The parties of the earlier lists of one import, so that they are looked up once.

    SQLite only, where a connection can ask whether another one has written since; then everything is forgotten, as it is
    when a transaction is taken back, and when it becomes too much to keep. The process that uses it must not change accounts,
    contacts, roles or identities in another way meanwhile: SQLite does not tell a connection what it wrote itself.
    """

    def __init__(self, session: Session, most: int = 100_000) -> None:
        """`most`: accounts and contacts that are kept; the default takes some 40 MB."""
        self._most = most
        self._source, self._version, self._known = "", (0, 0), Known()
        self._newest_before = session.scalar(sa.select(sa.func.max(Contact.id))) or 0
        self.joined: set[int] = set()  # contacts of earlier times who got a role in another account
        sa.event.listen(session, "after_rollback", lambda _session: self._forget())

    def recall(self, session: Session, source: str) -> Known:
        """What is still true of what was kept, to be added to; call it inside the write transaction."""
        version, known = _version(session), self._known
        too_much = len(known.accounts) + len(known.contacts) > self._most
        if too_much or (source, version) != (self._source, self._version) or not version[1]:
            self._forget()
        self._source, self._version = source, version
        return self._known

    def note_joined(self, new_roles: Roles) -> None:
        """Remember who was a contact before this import and is one of a further account now. Ids ascend and never return."""
        newest = self._newest_before
        self.joined.update(contact_id for _, contact_id in new_roles if contact_id <= newest)

    def _forget(self) -> None:
        self._known = Known()


def _version(session: Session) -> tuple[int, int]:
    """Which connection it is, and what changes when another one commits; 0 where nothing tells."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return 0, 0
    return id(connection.connection.driver_connection), connection.exec_driver_sql("PRAGMA data_version").scalar_one()
