"""What the privacy officer has before them: names beside the numbers of ledger, stop list, policies and requests."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.models import Suppression
from feedback.permission.stop_list import SEAL

SHOWN = 200


def contact_names(ids: Collection[int | None]) -> dict[int, str]:
    """Who they are; whoever was erased is left out."""
    named = sa.func.coalesce(Contact.name, Contact.email, Contact.external_id)
    query = sa.select(Contact.id, named).where(Contact.id.in_([one for one in ids if one]), Contact.erased_at.is_(None))
    return {row[0]: row[1] for row in db.session.execute(query)}


def account_names(ids: Collection[int | None]) -> dict[int, str]:
    """What they are called."""
    query = sa.select(Account.id, Account.name).where(Account.id.in_([one for one in ids if one]))
    return {row[0]: row[1] for row in db.session.execute(query)}


def standing_entries() -> Sequence[Suppression]:
    """The newest entries of the stop list that stand today."""
    stands = (Suppression.lifted_at.is_(None), sa.or_(Suppression.until.is_(None), Suppression.until > clock.now()))
    return db.session.scalars(sa.select(Suppression).where(*stands).order_by(Suppression.id.desc()).limit(SHOWN)).all()


def is_sealed(address: str) -> bool:
    """Whether only a digest of the address is left."""
    return address.startswith(SEAL)
