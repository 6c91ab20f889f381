"""Named reads of the customer record, and the one condition that says whose accounts a viewer may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, AccountContact, Contact, WalletEstimate
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.staffing.queries import stood_in_for

# Issues stand above accounts, so their tables are named here without importing their models.
_issue = sa.table("issue", *map(sa.column, ("id", "account_id", "team_id", "owner_id", "state", "reopen_count")))
_diagnosis = sa.table("issue_diagnosis", *map(sa.column, ("issue_id", "round", "fix_owner_id")))


def account_scope(viewer: Viewer, permission: str = "account.read") -> sa.ColumnElement[bool]:
    """The condition on `Account` that the viewer's scope for `permission` amounts to; denies by default."""
    scope = scope_of(viewer, permission)
    if scope is Scope.ALL:
        return sa.true()
    if viewer.user_id is None or scope is Scope.NONE:
        return sa.false()
    own = Account.owner_id == viewer.user_id
    if scope is Scope.REGION:
        return sa.or_(own, Account.region == viewer.region) if viewer.region else own
    return sa.or_(own, *_team_conditions(viewer)) if scope is Scope.TEAM else own


def _team_conditions(viewer: Viewer) -> list[sa.ColumnElement[bool]]:
    whose = {viewer.user_id} if viewer.user_id is None else {viewer.user_id, *stood_in_for(viewer.user_id)}
    mine = _issue.c.owner_id.in_(sorted(whose))
    if viewer.team_id is None:
        return [_issue_at_account(mine), _fix_at_account(viewer)]
    owing = _fix_at_account(viewer)
    return [Account.team_id == viewer.team_id, owing, _issue_at_account(sa.or_(mine, _issue.c.team_id == viewer.team_id))]


def _issue_at_account(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    # IN over an uncorrelated list: the few issues of one team are found by index, then their accounts
    return Account.id.in_(sa.select(_issue.c.account_id).where(condition))


def _fix_at_account(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whoever owes a fix that is under way reads about the customer who waits for it."""
    this_round = sa.and_(_diagnosis.c.issue_id == _issue.c.id, _diagnosis.c.round == _issue.c.reopen_count)
    owed = (_diagnosis.c.fix_owner_id == viewer.user_id, _issue.c.state == "in_fix")
    return Account.id.in_(sa.select(_issue.c.account_id).join(_diagnosis, this_round).where(*owed))


def access_account(account_id: int, *, viewer: Viewer, permission: str = "account.read") -> Account:
    """The account, if the viewer's scope holds it.

    Raises:
        NotFound: missing or somebody else's.
    """
    found = db.session.scalar(sa.select(Account).where(Account.id == account_id, account_scope(viewer, permission)))
    if found is None:
        raise NotFound
    return found


def access_contact(contact_id: int, *, viewer: Viewer, permission: str = "account.read") -> Contact:
    """The contact, if one of its accounts (left ones too) is in the viewer's scope.

    Raises:
        NotFound: missing or somebody else's.
    """
    found: Contact | None = db.session.scalar(_visible_contacts(viewer, permission).where(Contact.id == contact_id))
    if found is None:
        raise NotFound
    return found


def check_may_name(external_id: str | None, *, viewer: Viewer, contact: bool = False) -> None:
    """Whether the viewer may give this id to an account, or a contact, that is being added.

    Who sees only a part of the customers may not choose ids: the answer would tell which ones others use. Contacts that they see
    already may be named, to give them a role in a second account.

    Raises:
        InvalidInput: the same for an id that is free and for somebody else's.
    """
    if external_id is None or scope_of(viewer, "identity.write") is Scope.ALL:
        return
    if contact and db.session.scalar(_visible_contacts(viewer, "account.write").where(Contact.external_id == external_id)):
        return
    message = _("Leave the id out, and a new one is made. Only who sees all customers may choose it.")
    raise InvalidInput({"external_id": [message]})


def _visible_contacts(viewer: Viewer, permission: str) -> sa.Select[Any]:
    accounts = sa.select(AccountContact.contact_id).join(Account).where(account_scope(viewer, permission))
    return sa.select(Contact).where(Contact.id.in_(accounts))


def get_contact_in(account_id: int, contact_id: int) -> AccountContact:
    """The contact's role in an account that was accessed before.

    Raises:
        NotFound: the contact has never had a role there.
    """
    found = db.session.get(AccountContact, (account_id, contact_id))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class AccountFilter:
    """What `list_accounts` is asked for; None means "any"."""

    owner_id: int | None = None
    search: str | None = None
    segment: str | None = None
    region: str | None = None


def list_accounts(
    viewer: Viewer, wanted: AccountFilter, *, after: tuple[str, int] | None = None, limit: int | None = None
) -> list[Account]:
    """Accounts in the viewer's scope by name, starting behind the (name, id) `after`."""
    query = sa.select(Account).where(account_scope(viewer), *_conditions(wanted))
    if after is not None:
        query = query.where(sa.tuple_(Account.name, Account.id) > after)
    return list(db.session.scalars(query.order_by(Account.name, Account.id).limit(limit)))


def _conditions(wanted: AccountFilter) -> list[sa.ColumnElement[bool]]:
    conditions = []
    for column, value in (
        (Account.owner_id, wanted.owner_id),
        (Account.segment, wanted.segment),
        (Account.region, wanted.region),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.search:
        text = wanted.search
        found = Account.name.icontains(text, autoescape=True) | Account.external_id.icontains(text, autoescape=True)
        conditions.append(found)
    return conditions


def account_ids_by_external_id(external_ids: Iterable[str]) -> dict[str, int]:
    """Ids of the accounts that exist, by the identity that files use."""
    return _ids_by_external_id(Account, external_ids)


def account_ids_ignoring_case(external_ids: Iterable[str]) -> dict[str, int]:
    """Ids of the accounts that exist by their identity in small letters; not where several are the same but for capitals."""
    wanted, lowered = sorted({one.lower() for one in external_ids}), sa.func.lower(Account.external_id)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        query = sa.select(lowered, sa.func.min(Account.id)).where(lowered.in_(wanted[start : start + 500]))
        rows = db.session.execute(query.group_by(lowered).having(sa.func.count() == 1))
        found.update((name, id_) for name, id_ in rows)
    return found


def contact_ids_by_external_id(external_ids: Iterable[str]) -> dict[str, int]:
    """Ids of the contacts that exist, by the identity that files use."""
    return _ids_by_external_id(Contact, external_ids)


def _ids_by_external_id(model: type[Account] | type[Contact], external_ids: Iterable[str]) -> dict[str, int]:
    wanted = list(dict.fromkeys(external_ids))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows = db.session.execute(sa.select(model.external_id, model.id).where(model.external_id.in_(part)))
        found.update((external_id, id_) for external_id, id_ in rows)
    return found


def list_wallets(account_id: int) -> list[WalletEstimate]:
    """The account's wallet estimates, newest first."""
    query = sa.select(WalletEstimate).where(WalletEstimate.account_id == account_id)
    return list(db.session.scalars(query.order_by(WalletEstimate.as_of.desc(), WalletEstimate.id.desc())))
