"""What the answers kept for repeated requests say about a person."""

import json

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases
from feedback.web.models import IdempotencyRecord


@erases("idempotency_record.body")
def forget_replies(person: Person) -> Counts:
    """Drop those that name the person: a repeated request is then done anew, and meets the ledger of the erased."""
    record = IdempotencyRecord
    rows = db.session.execute(sa.select(record.principal, record.key, record.body).where(record.body.is_not(None))).all()
    named = [(principal, key) for principal, key, body in rows if body and _names(person, body)]
    for principal, key in named:
        db.session.execute(sa.delete(record).where(record.principal == principal, record.key == key))
    return {"stored_replies": len(named)}


def _names(person: Person, body: bytes) -> bool:
    """JSON may write letters as escapes, so it is read as what it says."""
    try:
        said = json.loads(body)
    except ValueError:
        return person.is_in(body.decode("utf-8", "replace"))
    return bool(person.cleared(said) != said)
