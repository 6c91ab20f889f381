"""What an audience can be chosen by."""

from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db


def known_segments() -> list[str]:
    """Segments of active accounts, by name."""
    return _known(Account.segment)


def known_regions() -> list[str]:
    """Regions of active accounts, by name."""
    return _known(Account.region)


def _known(column: Any) -> list[str]:
    query = sa.select(column).where(Account.status == AccountStatus.ACTIVE, column.is_not(None)).distinct().order_by(column)
    return list(db.session.scalars(query))
