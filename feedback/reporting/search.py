"""The search of the header: accounts, people and issues of the viewer by a few letters."""

import re
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import account_scope
from feedback.defects.models import Defect
from feedback.defects.naming import is_called, shown_name
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import issue_scope

LIMIT = 6
_MAX_LENGTH = 100


@dataclass(frozen=True)
class Hit:
    """One thing that was found: `kind` is account, contact or issue."""

    kind: str
    title: str
    detail: str
    link: str


def search_everything(viewer: Viewer, text: str) -> list[Hit]:
    """Up to six hits of each kind, whose name begins with the text before those that hold it elsewhere."""
    text = text.strip()[:_MAX_LENGTH]
    if not text:
        return []
    return [*_accounts(viewer, text), *_people(viewer, text), *_issues(viewer, text)]


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


def _issues(viewer: Viewer, text: str) -> list[Hit]:
    if scope_of(viewer, "issue.read") is Scope.NONE:
        return []
    numbered = re.fullmatch(r"#?([0-9]{1,9})", text)
    found = [Issue.title.icontains(text, autoescape=True), is_called(text)]
    if numbered:
        found.append(Issue.number == int(numbered.group(1)))
    query = (
        sa.select(Issue.id, Issue.number, sa.func.coalesce(Issue.title, shown_name()), Account.name)
        .join(Account, Account.id == Issue.account_id)
        .outerjoin(Defect, Defect.id == Issue.defect_id)
        .where(issue_scope(viewer), sa.or_(*found))
        .order_by(Issue.closed_at.is_not(None), Issue.number.desc())
        .limit(LIMIT)
    )
    return [
        Hit("issue", f"#{number} {title}" if title else f"#{number}", account, f"/app/issues/{issue_id}")
        for issue_id, number, title, account in db.session.execute(query)
    ]
