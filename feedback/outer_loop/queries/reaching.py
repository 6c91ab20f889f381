"""Which accounts a reach holds today."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import ngettext

from feedback.accounts.models import Account, Spend
from feedback.accounts.queries import account_ids_by_external_id
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.rules.scope import Reach

BOUGHT_WITHIN = timedelta(days=366)
SHOWN = 10  # ids that a refusal names


def is_reached(reach: Reach) -> sa.ColumnElement[bool]:
    """The condition on `Account`, whatever its status."""
    if reach.is_everybody:
        return sa.true()
    conditions: list[sa.ColumnElement[bool]] = []
    if reach.regions:
        conditions.append(Account.region.in_(reach.regions))
    if reach.segments:
        conditions.append(Account.segment.in_(reach.segments))
    if reach.products:
        since = clock.now().date() - BOUGHT_WITHIN
        bought = sa.select(Spend.account_id).where(Spend.product_code.in_(reach.products), Spend.month >= since, Spend.amount > 0)
        conditions.append(Account.id.in_(bought))
    parts = [sa.and_(*conditions)] if conditions else []
    if reach.account_ids:
        parts.append(among(Account.id, reach.account_ids))
    return sa.or_(*parts)


def is_active_and_reached(reach: Reach) -> sa.ColumnElement[bool]:
    """The condition on `Account`, for those that are customers now."""
    return sa.and_(is_reached(reach), Account.status == AccountStatus.ACTIVE)


def count_reached(reach: Reach) -> int:
    """How many active accounts are in it."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Account).where(is_active_and_reached(reach))) or 0


def reached_accounts(reach: Reach) -> list[int]:
    """Ids of the active accounts in it."""
    query = sa.select(Account.id).where(is_active_and_reached(reach))
    return list(db.session.scalars(query.order_by(Account.id)))


def list_products() -> list[str]:
    """Codes of what accounts bought in the last twelve months."""
    since = clock.now().date() - BOUGHT_WITHIN
    query = sa.select(Spend.product_code).where(Spend.product_code != "", Spend.month >= since)
    return list(db.session.scalars(query.distinct().order_by(Spend.product_code)))


def named_accounts(external_ids: Sequence[str]) -> tuple[int, ...]:
    """Their ids.

    Raises:
        InvalidInput: some do not exist; the message names them.
    """
    found = account_ids_by_external_id(external_ids)
    missing = [one for one in external_ids if one not in found]
    if missing:
        text = ngettext("There is no account %(names)s.", "There are no accounts %(names)s.", len(missing), names=_named(missing))
        raise InvalidInput({"accounts": [text]})
    return tuple(found[one] for one in external_ids)


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    more = len(names) - SHOWN
    return ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", more, names=shown) if more > 0 else shown
