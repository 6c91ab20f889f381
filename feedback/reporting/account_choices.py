"""Accounts to choose from: found as somebody types, and called by name and id."""

from collections.abc import Sequence

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.kernel.bulk import among

OFFERED = 20
Choice = tuple[int, str]


def find_choices(text: str, viewer: Viewer, *, permission: str) -> list[Choice]:
    """The first active accounts whose name or id holds the text, those that begin with it before the others."""
    text = text.strip()[:100]
    query = sa.select(Account.id, Account.name, Account.external_id)
    query = query.where(account_scope(viewer, permission), Account.status == AccountStatus.ACTIVE)
    if text:
        begins = Account.name.istartswith(text, autoescape=True) | Account.external_id.istartswith(text, autoescape=True)
        holds = Account.name.icontains(text, autoescape=True) | Account.external_id.icontains(text, autoescape=True)
        query = query.where(holds).order_by(begins.desc())
    rows = db.session.execute(query.order_by(Account.name, Account.id).limit(OFFERED))
    return [(account_id, _label(name, external_id)) for account_id, name, external_id in rows]


def choices_of(account_ids: Sequence[int], viewer: Viewer, *, permission: str) -> list[Choice]:
    """The accounts with these ids, by name."""
    query = sa.select(Account.id, Account.name, Account.external_id)
    query = query.where(account_scope(viewer, permission), among(Account.id, account_ids))
    rows = db.session.execute(query.order_by(Account.name, Account.id))
    return [(account_id, _label(name, external_id)) for account_id, name, external_id in rows]


def _label(name: str, external_id: str | None) -> str:
    return f"{name} · {external_id}" if external_id and external_id != name else name
