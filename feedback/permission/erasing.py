"""What the ledger of consent keeps about a person: statements stay as statements about nobody, evidence goes."""

from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.bulk import among
from feedback.kernel.clearing import change, clear_texts, rewrite
from feedback.kernel.erasing import Counts, Person, erases
from feedback.permission.models import ConsentEvent, SubjectRequest, Suppression
from feedback.permission.suppressions import sealed


@erases("consent_event.evidence", "consent_event.basis")
def forget_evidence(person: Person) -> Counts:
    """Where a statement was written down, and what it rested on where that names the person."""
    session, mine = db.session(), ConsentEvent.contact_id == person.contact_id
    emptied = change(session, person, ConsentEvent, mine, ConsentEvent.evidence.is_not(None), evidence=None)
    clear_texts(session, person, [ConsentEvent.basis], mine)
    return {"evidence": emptied}


@erases("suppression.address", "suppression.note")
def forget_address(person: Person) -> Counts:
    """Entries of the stop list by address become digests: whoever else has the address is protected as before."""
    addresses = {*person.mailed_at, *map(sealed, person.mailed_at)}

    def find(row: sa.Row[Any]) -> dict[str, Any]:
        return {"address": sealed(row.address) if row.address else None, "note": None}

    mine = sa.or_(Suppression.contact_id == person.contact_id, among(Suppression.address, sorted(addresses)))
    return {"stop_list_entries": rewrite(db.session(), person, [Suppression.address, Suppression.note], find, mine)}


@erases("subject_request.note", "subject_request.extended_because", "subject_request.result")
def forget_requests(person: Person) -> Counts:
    """That something was asked for and done stays on record; what was written about it goes."""
    words = {"note": None, "extended_because": None, "result": None}
    mine = SubjectRequest.contact_id == person.contact_id
    return {"requests": change(db.session(), person, SubjectRequest, mine, **words)}
