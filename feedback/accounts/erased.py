"""Who was erased: digests of ids and addresses, asked before anybody is stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from feedback.access.passwords import derive
from feedback.accounts.models import Contact, ErasedIdentity
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared

_table: Any = ErasedIdentity.__table__
_ANY = Prepared(sa.select(_table.c.digest).limit(1))
_FOUND = Prepared(
    sa.select(_table.c.digest, _table.c.contact_id, _table.c.erased_at, Contact.external_id)
    .join(Contact, Contact.id == _table.c.contact_id)
    .where(in_list(_table.c.digest, "digests"))
)


class Erased(NamedTuple):
    """What is left of somebody: an id that means nothing outside, and the moment."""

    contact_id: int
    external_id: str
    erased_at: datetime


def identity_digest(value: str) -> str:
    """Of an id or an address, whatever its case: only who has the secret of the installation can compute it."""
    secret = current_app.extensions["closedloop_settings"].secret_key.get_secret_value()
    return derive(secret, "erased identity", value.strip().casefold())


def find_erased(session: Session, values: Iterable[str | None]) -> dict[str, Erased]:
    """Which of these ids and addresses belong to somebody who was erased; meeting them is counted."""
    connection = session.connection()
    if not _ANY.rows(connection, {}):
        return {}
    wanted = {identity_digest(value): value for value in {value for value in values if value}}
    rows = _FOUND.rows(connection, {"digests": list(wanted)})
    if rows:
        met = sa.update(_table).where(_table.c.digest.in_([row.digest for row in rows]))
        session.execute(met.values(met_again=_table.c.met_again + 1, last_met_at=clock.now()))
    return {wanted[row.digest]: Erased(row.contact_id, row.external_id, row.erased_at) for row in rows}


def remember(session: Session, contact_id: int, values: Sequence[str], at: datetime) -> None:
    """Keep the digests of an erased person's ids and addresses."""
    digests = {identity_digest(value) for value in values if value.strip()}
    known = set(session.scalars(sa.select(ErasedIdentity.digest).where(ErasedIdentity.digest.in_(digests))))
    new = [{"digest": one, "contact_id": contact_id, "erased_at": at, "met_again": 0} for one in sorted(digests - known)]
    if new:
        session.execute(sa.insert(ErasedIdentity), new)


def refusal(row: Mapping[str, Any], erased: Mapping[str, Erased]) -> dict[str, list[str]]:
    """Why a contact cannot be stored; empty when it can."""
    return {
        name: [f"belongs to somebody who was erased on {erased[value].erased_at:%Y-%m-%d}; leave the person out at the source"]
        for name in ("external_id", "email")
        if (value := str(row.get(name) or "")) in erased
    }
