"""Which accounts a reach holds today."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import ngettext

from feedback.accounts.models import Account, Spend
from feedback.accounts.queries import account_ids_by_external_id, account_ids_ignoring_case
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
    """Their ids, in the order in which they are named.

    Raises:
        InvalidInput: some do not exist; the message names them.
    """
    found, missing = find_named(external_ids)
    if missing:
        text = ngettext("There is no account %(names)s.", "There are no accounts %(names)s.", len(missing), names=_named(missing))
        raise InvalidInput({"accounts": [text]})
    return found


def find_named(external_ids: Sequence[str]) -> tuple[tuple[int, ...], list[str]]:
    """(ids of those that there are, names that no account has). Capitals matter only where two ids differ in them alone."""
    exact = account_ids_by_external_id(external_ids)
    others = [one for one in external_ids if one not in exact]
    alike = account_ids_ignoring_case(others) if others else {}
    ids = (exact.get(one, alike.get(one.lower())) for one in external_ids)
    return tuple(dict.fromkeys(one for one in ids if one is not None)), [one for one in others if one.lower() not in alike]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    more = len(names) - SHOWN
    return ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", more, names=shown) if more > 0 else shown
