"""Who gets no surveys by mail, by person, by address or by domain; entries are lifted, never deleted."""

from collections.abc import Sequence

import sqlalchemy as sa

from feedback.accounts.models import Contact
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.permission.models import Suppression
from feedback.permission.rules import SuppressionReason


def normalized(address: str) -> str:
    """An address, or "@domain", as it is compared."""
    return address.strip().lower()


def suppress(
    reason: SuppressionReason, *, actor: str, contact_id: int | None = None, address: str | None = None, note: str | None = None
) -> int:
    """Put a person, an address or a domain ("@example.com") on the list; call it inside `transaction()`.

    The same entry a second time changes nothing; answers the id of the one that stands.
    """
    value = normalized(address) if address else None
    same = (Suppression.contact_id == contact_id, Suppression.address == value, Suppression.reason == reason)
    standing = db.session.scalar(sa.select(Suppression.id).where(*same, Suppression.lifted_at.is_(None)))
    if standing is not None:
        return standing
    row = {"contact_id": contact_id, "address": value, "reason": reason, "note": note, "created_by": actor}
    statement = sa.insert(Suppression).values(**row, created_at=clock.now()).returning(Suppression.id)
    entry: int = db.session.execute(statement).scalar_one()
    audit.record(actor, "suppression.added", "suppression", entry, reason=reason.value, contact_id=contact_id)
    return entry


def lift(suppression_id: int, *, actor: str) -> bool:
    """Take an entry off the list; answers whether it stood there. Call it inside `transaction()`."""
    standing = (Suppression.id == suppression_id, Suppression.lifted_at.is_(None))
    statement = sa.update(Suppression).where(*standing).values(lifted_at=clock.now(), lifted_by=actor)
    lifted = db.session.execute(statement.returning(Suppression.id)).one_or_none() is not None
    if lifted:
        audit.record(actor, "suppression.lifted", "suppression", suppression_id)
    return lifted


def suppressed_contacts(contact_ids: Sequence[int]) -> dict[int, SuppressionReason]:
    """Which of these people get no mail, and why; of several reasons the newest."""
    address = sa.func.lower(Contact.email)
    domain = sa.func.substr(address, _position_of_at(address))
    hit = sa.or_(Suppression.contact_id == Contact.id, Suppression.address == address, Suppression.address == domain)
    query = (
        sa.select(Contact.id, Suppression.reason)
        .join(Suppression, hit)
        .where(Suppression.lifted_at.is_(None), among(Contact.id, contact_ids))
        .order_by(Suppression.id)
    )
    return {contact_id: reason for contact_id, reason in db.session.execute(query)}  # noqa: C416  typed rows


def _position_of_at(address: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Of the @ in an address: `instr` on SQLite, `strpos` on PostgreSQL."""
    name = "strpos" if db.engine.dialect.name == "postgresql" else "instr"
    found: sa.ColumnElement[int] = getattr(sa.func, name)(address, "@")
    return found
