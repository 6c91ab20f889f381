"""The search of the header: accounts and people of the viewer by a few letters."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db

LIMIT = 6
_MAX_LENGTH = 100


@dataclass(frozen=True)
class Hit:
    """One thing that was found: `kind` is account or contact."""

    kind: str
    title: str
    detail: str
    link: str


def search_everything(viewer: Viewer, text: str) -> list[Hit]:
    """Up to six hits of each kind, whose name begins with the text before those that hold it elsewhere."""
    text = text.strip()[:_MAX_LENGTH]
    if not text:
        return []
    return [*_accounts(viewer, text), *_people(viewer, text)]


def _accounts(viewer: Viewer, text: str) -> list[Hit]:
    found = Account.name.icontains(text, autoescape=True) | (Account.external_id == text)
    query = (
        sa.select(Account.id, Account.name, Account.segment, Account.region)
        .where(account_scope(viewer), found)
        .order_by(Account.name.istartswith(text, autoescape=True).desc(), Account.name)
        .limit(LIMIT)
    )
    return [
        Hit("account", name, " · ".join(part for part in (segment, region) if part), f"/app/accounts/{account_id}")
        for account_id, name, segment, region in db.session.execute(query)
    ]


def _people(viewer: Viewer, text: str) -> list[Hit]:
    found = Contact.name.icontains(text, autoescape=True) | Contact.email.istartswith(text, autoescape=True)
    query = (
        sa.select(Contact.id, Contact.name, Contact.email, Account.id, Account.name)
        .join(AccountContact, AccountContact.contact_id == Contact.id)
        .join(Account, Account.id == AccountContact.account_id)
        .where(account_scope(viewer), AccountContact.left_at.is_(None), found)
        .order_by(sa.func.coalesce(Contact.name, Contact.email), Account.name)
        .limit(LIMIT)
    )
    return [
        Hit("contact", name or email or "?", account, f"/app/accounts/{account_id}?contact={contact_id}")
        for contact_id, name, email, account_id, account in db.session.execute(query)
    ]
