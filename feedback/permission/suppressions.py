"""Who gets no surveys, no offers or neither: by person, account, address or domain; entries are lifted, never deleted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.accounts.erased import identity_digest
from feedback.accounts.models import AccountContact, Contact
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.bulk import among
from feedback.kernel.errors import InvalidInput
from feedback.permission.events import ConsentChanged
from feedback.permission.models import SEALED, Suppression
from feedback.permission.rules import Channel, Coverage, SuppressionReason
from feedback.permission.stop_list import SEAL, DomainOf


def normalized(address: str) -> str:
    """An address, or "@domain", as it is compared."""
    return address.strip().lower()


def sealed(address: str) -> str:
    """An address of somebody who was erased, as it stays on the list: comparable, for this installation only."""
    return address if address.startswith((SEAL, "@")) else SEAL + identity_digest(normalized(address))


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an entry concerns, exactly one of the three, and what it keeps from them; `until` None: for good."""

    contact_id: int | None = None
    account_id: int | None = None
    address: str | None = None
    channel: Channel | None = None
    covers: Coverage = Coverage.SURVEYS
    until: datetime | None = None


def suppress(
    reason: SuppressionReason, *, actor: str, contact_id: int | None = None, address: str | None = None, note: str | None = None
) -> int:
    """Put a person, an address or a domain ("@example.com") on the list of those who get no surveys; see `add_entry`."""
    return _add(reason, Reach(contact_id=contact_id, address=address), actor=actor, note=note)


def add_entry(reason: SuppressionReason, reach: Reach, *, actor: str, note: str | None = None) -> int:
    """Put somebody on the stop list; open decisions about them end. Call it inside `transaction()`.

    The same entry a second time changes nothing; answers the id of the one that stands.

    Raises:
        InvalidInput: it names nobody, or several things at once.
    """
    named = [name for name in ("contact_id", "account_id", "address") if getattr(reach, name) is not None]
    if len(named) != 1:
        raise InvalidInput({"contact_id": [_("Name a person, an account or an address, and only one of them.")]})
    return _add(reason, reach, actor=actor, note=note)


def _add(reason: SuppressionReason, reach: Reach, *, actor: str, note: str | None) -> int:
    value = normalized(reach.address) if reach.address else None
    said = {**asdict(reach), "address": value, "reason": reason}
    same = [getattr(Suppression, name) == wanted for name, wanted in said.items()]
    standing = db.session.scalar(sa.select(Suppression.id).where(*same, Suppression.lifted_at.is_(None)))
    if standing is not None:
        return standing
    row = said | {"note": note, "created_by": actor}
    statement = sa.insert(Suppression).values(**row, created_at=clock.now()).returning(Suppression.id)
    entry: int = db.session.execute(statement).scalar_one()
    audit.record(actor, "suppression.added", "suppression", entry, reason=reason.value, contact_id=reach.contact_id)
    _tell(entry)
    return entry


def lift(suppression_id: int, *, actor: str) -> bool:
    """Take an entry off the list; answers whether it stood there. Call it inside `transaction()`."""
    standing = (Suppression.id == suppression_id, Suppression.lifted_at.is_(None))
    statement = sa.update(Suppression).where(*standing).values(lifted_at=clock.now(), lifted_by=actor)
    lifted = db.session.execute(statement.returning(Suppression.id)).one_or_none() is not None
    if lifted:
        audit.record(actor, "suppression.lifted", "suppression", suppression_id)
        _tell(suppression_id)
    return lifted


def _tell(entry: int) -> None:
    """What keeps offers from people takes effect on the next decision and ends the open ones."""
    concerned = sa.select(Contact.id).join(Suppression, _hits()).where(Suppression.id == entry)
    people = db.session.scalars(concerned.where(Suppression.covers != Coverage.SURVEYS)).all()
    if people:
        events.publish(ConsentChanged(tuple(people)))


def _hits() -> sa.ColumnElement[bool]:
    """Whether an entry concerns a contact: by person, by address, by domain or by an account."""
    link = AccountContact
    theirs = sa.select(link.account_id).where(link.contact_id == Contact.id, link.left_at.is_(None))
    return sa.or_(
        Suppression.contact_id == Contact.id,
        Suppression.address == sa.func.lower(Contact.email),
        Suppression.address == DomainOf(Contact.email),
        Suppression.account_id.in_(theirs),
    )


def suppressed_contacts(contact_ids: Sequence[int], channel: Channel = Channel.EMAIL) -> dict[int, SuppressionReason]:
    """Which of these people get no surveys, and why; of several reasons the newest.

    A hard bounce strikes off the address, not the person: with another one they can be asked again.
    """
    person = sa.or_(
        Suppression.reason != SuppressionReason.HARD_BOUNCE,
        Suppression.address.is_(None),
        Suppression.address == sa.func.lower(Contact.email),
    )
    query = (
        sa.select(Contact.id, Suppression.reason, Suppression.id)
        .join(Suppression, sa.and_(_hits(), person))
        .where(*_standing(channel), among(Contact.id, contact_ids))
    )
    rows = [(entry, contact_id, reason) for contact_id, reason, entry in db.session.execute(query)]
    return {contact_id: reason for _entry, contact_id, reason in sorted([*rows, *_hit_by_seal(contact_ids, channel)])}


def _standing(channel: Channel) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Suppression.lifted_at.is_(None),
        Suppression.covers != Coverage.OFFERS,
        sa.or_(Suppression.channel.is_(None), Suppression.channel == channel),
        sa.or_(Suppression.until.is_(None), Suppression.until > clock.now()),
    )


def _hit_by_seal(contact_ids: Sequence[int], channel: Channel) -> list[tuple[int, int, SuppressionReason]]:
    """People who have an address that an erased person had: the database holds only its digest."""
    entries = sa.select(Suppression.address, Suppression.id, Suppression.reason)
    standing = entries.where(*_standing(channel), sa.text(SEALED)).order_by(Suppression.id)
    seals = {address: (entry, reason) for address, entry, reason in db.session.execute(standing)}
    if not seals:
        return []
    people = sa.select(Contact.id, Contact.email).where(among(Contact.id, contact_ids), Contact.email.is_not(None))
    found = ((contact_id, seals.get(sealed(email))) for contact_id, email in db.session.execute(people) if email)
    return [(hit[0], contact_id, hit[1]) for contact_id, hit in found if hit]
