"""What notices call things."""

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue


def account_name(issue: Issue) -> str:
    """What the account of an issue is called."""
    return db.session.scalar(sa.select(Account.name).where(Account.id == issue.account_id)) or "?"
