"""Who gets no surveys by mail, by person, by address or by domain; entries are lifted, never deleted."""

from collections.abc import Sequence

import sqlalchemy as sa

from feedback.accounts.erased import identity_digest
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


_SEAL = "#"


def sealed(address: str) -> str:
    """An address of somebody who was erased, as it stays on the list: comparable, for this installation only."""
    return address if address.startswith((_SEAL, "@")) else _SEAL + identity_digest(normalized(address))


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
    """Which of these people get no mail, and why; of several reasons the newest.

    A hard bounce strikes off the address, not the person: with another one they can be asked again.
    """
    address = sa.func.lower(Contact.email)
    domain = sa.func.substr(address, _position_of_at(address))
    person = sa.or_(Suppression.reason != SuppressionReason.HARD_BOUNCE, Suppression.address.is_(None))
    hit = sa.or_(
        sa.and_(Suppression.contact_id == Contact.id, person), Suppression.address == address, Suppression.address == domain
    )
    query = (
        sa.select(Contact.id, Suppression.reason, Suppression.id)
        .join(Suppression, hit)
        .where(Suppression.lifted_at.is_(None), among(Contact.id, contact_ids))
    )
    rows = [(entry, contact_id, reason) for contact_id, reason, entry in db.session.execute(query)]
    return {contact_id: reason for _entry, contact_id, reason in sorted([*rows, *_hit_by_seal(contact_ids)])}


def _hit_by_seal(contact_ids: Sequence[int]) -> list[tuple[int, int, SuppressionReason]]:
    """People who have an address that an erased person had: the database holds only its digest."""
    entries = sa.select(Suppression.address, Suppression.id, Suppression.reason)
    standing = entries.where(Suppression.lifted_at.is_(None), Suppression.address.startswith(_SEAL)).order_by(Suppression.id)
    seals = {address: (entry, reason) for address, entry, reason in db.session.execute(standing)}
    if not seals:
        return []
    people = sa.select(Contact.id, Contact.email).where(among(Contact.id, contact_ids), Contact.email.is_not(None))
    found = ((contact_id, seals.get(sealed(email))) for contact_id, email in db.session.execute(people) if email)
    return [(hit[0], contact_id, hit[1]) for contact_id, hit in found if hit]


def _position_of_at(address: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Of the @ in an address: `instr` on SQLite, `strpos` on PostgreSQL."""
    name = "strpos" if db.engine.dialect.name == "postgresql" else "instr"
    found: sa.ColumnElement[int] = getattr(sa.func, name)(address, "@")
    return found
