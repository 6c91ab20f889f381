"""What the answers kept for repeated requests say about a person."""

import json
from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import drop, rewrite
from feedback.kernel.erasing import Counts, Person, erases
from feedback.web.models import IdempotencyRecord


@erases("idempotency_record.body")
def forget_replies(person: Person) -> Counts:
    """Drop those that name the person: a repeated request is then done anew, and meets the ledger of the erased."""
    session, record, named = db.session(), IdempotencyRecord, []

    def find(row: sa.Row[Any]) -> dict[str, Any]:
        if _names(person, row.body):
            named.append((row.principal, row.key))
        return {}

    rewrite(session, person, [record.body], find, record.body.is_not(None))
    for principal, key in named:
        drop(session, person, record, record.principal == principal, record.key == key)
    return {"stored_replies": len(named)}


def _names(person: Person, body: bytes) -> bool:
    """JSON may write letters as escapes, so it is read as what it says."""
    text = body.decode("utf-8", "replace")
    try:
        return person.is_in(json.dumps(json.loads(text), ensure_ascii=False))
    except ValueError:
        return person.is_in(text)
