"""What the customer record says about who gave an answer, while a list is stored, and from list to list of one import."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.rules import ContactRole


@dataclass(slots=True)
class AccountRow:
    """An account as far as answers tell about it. `new`, `filled`: still to be written."""

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
class ContactRow:
    """A contact as far as answers tell about it. `new`, `filled`: still to be written."""

    id: int
    external_id: str
    name: str | None
    email: str | None
    time_zone: str | None
    language: str | None = None
    new: bool = False
    filled: bool = False


@dataclass(slots=True)
class RoleRow:
    """The role of a contact in an account. `new`, `changed`, `returned`: still to be written."""

    role: ContactRole
    guessed: bool
    left_at: datetime | None = None
    new: bool = False
    changed: bool = False
    returned: bool = False


@dataclass(slots=True)
class Known:
    """Accounts and contacts by the name that a source has for them, roles by (account id, contact id)."""

    accounts: dict[str, AccountRow] = field(default_factory=dict)
    contacts: dict[str, ContactRow] = field(default_factory=dict)
    roles: dict[tuple[int, int], RoleRow] = field(default_factory=dict)
    touched: dict[tuple[int, int], RoleRow] = field(default_factory=dict)  # new or changed roles


class PartyMemory:
    """The parties of the earlier lists of one import, so that they are looked up once.

    SQLite only, where a connection can ask whether another one has written since; then everything is forgotten, as it is
    when a transaction is taken back, and when it becomes too much to keep. The process that uses it must not change accounts,
    contacts, roles or identities in another way meanwhile: SQLite does not tell a connection what it wrote itself.
    """

    def __init__(self, session: Session, most: int = 80_000) -> None:
        """`most`: accounts and contacts that are kept; the default takes some 40 MB."""
        self._most = most
        self._source, self._version, self._known = "", (0, 0), Known()
        sa.event.listen(session, "after_rollback", lambda _session: self._forget())

    def recall(self, session: Session, source: str) -> Known:
        """What is still true of what was kept; call it inside the write transaction."""
        version = _version(session)
        if (source, version) != (self._source, self._version) or not version[1]:
            self._forget()
        self._source, self._version = source, version
        return self._known

    def keep(self, known: Known) -> None:
        """Remember what was read or written."""
        kept = self._known
        if len(kept.accounts) + len(kept.contacts) > self._most:
            self._forget()
            return
        kept.accounts.update(known.accounts)
        kept.contacts.update(known.contacts)

    def _forget(self) -> None:
        self._known = Known()


def _version(session: Session) -> tuple[int, int]:
    """Which connection it is, and what changes when another one commits; 0 where nothing tells."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return 0, 0
    return id(connection.connection.driver_connection), connection.exec_driver_sql("PRAGMA data_version").scalar_one()
