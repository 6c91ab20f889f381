"""What the ledger of consent keeps about a person: statements stay as statements about nobody, evidence goes."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases
from feedback.permission.models import ConsentEvent, Suppression


@erases("consent_event.evidence", "consent_event.basis")
def forget_evidence(person: Person) -> Counts:
    """Where a statement was written down, and what it rested on where that names the person."""
    mine = sa.update(ConsentEvent).where(ConsentEvent.contact_id == person.contact_id, ConsentEvent.evidence.is_not(None))
    emptied = db.session.execute(mine.values(evidence=None).returning(ConsentEvent.id)).all()
    for row in db.session.scalars(sa.select(ConsentEvent).where(ConsentEvent.contact_id == person.contact_id)):
        if person.is_in(row.basis):
            row.basis = person.cleared(row.basis)
    db.session.flush()
    return {"evidence": len(emptied)}


@erases("suppression.address", "suppression.note")
def forget_address(person: Person) -> Counts:
    """Entries of the stop list by address: the person has none any more, and is not stored again."""
    mine = Suppression.contact_id == person.contact_id
    if person.email:
        mine = sa.or_(mine, Suppression.address == person.email.lower())
    rows = sa.update(Suppression).where(mine).values(contact_id=person.contact_id, address=None, note=None)
    return {"stop_list_entries": len(db.session.execute(rows.returning(Suppression.id)).all())}
