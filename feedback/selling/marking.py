"""Open plays whose standing may have changed are looked at again at once. It runs with every group of answers, hence prepared."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.selling.models import OPEN, SalesPlay

_plays: Any = SalesPlay.__table__
_CHUNK = 5000
_ANY_OPEN = Prepared(sa.select(_plays.c.id).where(OPEN).limit(1))
_MARK = Prepared(
    sa.update(_plays)
    .where(OPEN, in_list(_plays.c.account_id, "ids"), _plays.c.screen_due_at > sa.bindparam("now"))
    .values(screen_due_at=sa.bindparam("now"))
)


def look_again_soon(account_ids: Collection[int]) -> int:
    """Open plays of these accounts are due now; answers how many. Call inside `transaction()`."""
    db.session.flush()
    connection, ids = db.session.connection(), sorted(set(account_ids))
    if not ids or not _ANY_OPEN.rows(connection, {}):
        return 0
    now = clock.now()
    parts = [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
    return sum(_MARK.change(connection, {"ids": part, "now": now}) for part in parts)


def look_again_soon_everywhere() -> None:
    """Every open play is due now: what all of them are screened by has changed."""
    db.session.flush()
    now = clock.now()
    db.session.execute(sa.update(_plays).where(OPEN, _plays.c.screen_due_at > now).values(screen_due_at=now))


def look_again_soon_at_contacts(contact_ids: Collection[int]) -> int:
    """The same for the accounts of these contacts."""
    ids = sorted(set(contact_ids))
    if not ids or not _ANY_OPEN.rows(db.session.connection(), {}):
        return 0
    found: set[int] = set()
    for start in range(0, len(ids), _CHUNK):
        part = AccountContact.contact_id.in_(ids[start : start + _CHUNK])
        found.update(db.session.scalars(sa.select(AccountContact.account_id).where(part)))
    return look_again_soon(found)
