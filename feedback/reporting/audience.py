"""What an audience can be chosen by."""

from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db


def known_segments() -> list[str]:
    """Segments of active accounts, by name."""
    return _known(Account.segment)


def known_regions() -> list[str]:
    """Regions of active accounts, by name."""
    return _known(Account.region)


def known_countries() -> list[str]:
    """Countries of active accounts."""
    return _known(Account.country)


def known_industries() -> list[str]:
    """Industries of active accounts."""
    return _known(Account.industry)


def known_owners() -> list[tuple[int, str]]:
    """(id, name) of the account managers who have accounts."""
    owned = sa.select(Account.owner_id).where(Account.status == AccountStatus.ACTIVE, Account.owner_id.is_not(None))
    query = sa.select(User.id, User.name).where(User.id.in_(owned)).order_by(User.name, User.id)
    return [(user_id, name) for user_id, name in db.session.execute(query)]


def _known(column: Any) -> list[str]:
    query = sa.select(column).where(Account.status == AccountStatus.ACTIVE, column.is_not(None)).distinct().order_by(column)
    return list(db.session.scalars(query))
