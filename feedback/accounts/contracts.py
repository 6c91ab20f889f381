"""Contracts and sites: what an account has signed, about which place, and when it decides whether to go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contract, Site
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import ContractStatus
from feedback.extensions import db
from feedback.kernel.paging import Page, decode_numbers, encode_cursor


@dataclass(frozen=True)
class ContractLine:
    """A contract with the names of what it is about."""

    id: int
    external_id: str
    account_id: int
    account: str
    name: str
    site_external_id: str | None
    site: str | None
    renewal_on: date | None
    annual_value: float | None
    currency: str | None
    ended: bool

    @property
    def status(self) -> ContractStatus:
        """Whether it runs."""
        return ContractStatus.ENDED if self.ended else ContractStatus.RUNNING


def as_stored(said: dict[str, Any]) -> dict[str, Any]:
    """A row as it is written: the state of a contract is whether it has ended; None: nobody said."""
    status = said.get("status")
    ended = None if status is None else status is ContractStatus.ENDED
    return {name: value for name, value in said.items() if name != "status"} | {"ended": ended}


def contract_account(contract_id: int) -> int | None:
    """The account of a contract; None when there is no such contract."""
    return db.session.scalar(sa.select(Contract.account_id).where(Contract.id == contract_id))


def contract_ids(external_ids: Sequence[str]) -> dict[str, int]:
    """Ids of the contracts that exist, by the identity that files use."""
    query = sa.select(Contract.external_id, Contract.id).where(Contract.external_id.in_(external_ids))
    found = db.session.execute(query).all()
    return {row.external_id: row.id for row in found}


def _lines() -> Any:
    return (
        sa.select(
            Contract.id,
            Contract.external_id,
            Contract.account_id,
            Account.name,
            Contract.name,
            Site.external_id,
            Site.name,
            Contract.renewal_on,
            Contract.annual_value,
            Contract.currency,
            Contract.ended,
        )
        .join(Account, Account.id == Contract.account_id)
        .outerjoin(Site, Site.id == Contract.site_id)
    )


def list_contracts(
    viewer: Viewer, *, account_id: int | None = None, limit: int | None = None, cursor: str | None = None
) -> Page[ContractLine]:
    """Contracts of the accounts in the viewer's scope, the oldest first."""
    query = _lines().where(account_scope(viewer)).order_by(Contract.id)
    if account_id is not None:
        query = query.where(Contract.account_id == account_id)
    if cursor is not None:
        query = query.where(Contract.id > decode_numbers(cursor, size=1)[0])
    rows = db.session.execute(query if limit is None else query.limit(limit + 1)).all()
    found = [ContractLine(*row) for row in rows]
    if limit is None or len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], encode_cursor(found[limit - 1].id))


def get_contract(external_id: str) -> ContractLine:
    """A contract that was written just now."""
    return ContractLine(*db.session.execute(_lines().where(Contract.external_id == external_id)).one())


def list_sites(viewer: Viewer, *, limit: int, cursor: str | None = None) -> Page[Site]:
    """Sites that a contract of an account in the viewer's scope is about, the oldest first."""
    seen = sa.select(Contract.site_id).join(Account, Account.id == Contract.account_id).where(account_scope(viewer))
    query = sa.select(Site).where(Site.id.in_(seen)).order_by(Site.id)
    if cursor is not None:
        query = query.where(Site.id > decode_numbers(cursor, size=1)[0])
    found = list(db.session.scalars(query.limit(limit + 1)))
    return Page(found[:limit], encode_cursor(found[limit - 1].id) if len(found) > limit else None)
