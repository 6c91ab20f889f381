"""Amounts in several currencies, made comparable: everything that is added up or weighed is in the installation's currency."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db


class LeftOut(NamedTuple):
    """How many accounts have a revenue that counts nowhere, and in which currencies it is: no rate is set for them."""

    accounts: int
    currencies: tuple[str, ...]


class Exchange(NamedTuple):
    """The installation's currency and the rates into it, as a value that can be a key."""

    currency: str
    rates: tuple[tuple[str, float], ...] = ()

    def rate(self, currency: str | None) -> float | None:
        """What one unit is worth in the installation's currency, which an amount without a currency has; None: nobody said."""
        if currency is None or currency == self.currency:
            return 1.0
        return next((rate for name, rate in self.rates if name == currency), None)

    def converted(self, amount: float | None, currency: str | None) -> float | None:
        """The amount in the installation's currency; None where amount or rate are not known."""
        rate = self.rate(currency)
        return None if amount is None or rate is None else amount * rate

    def column(self, amount: Any, currency: Any) -> sa.ColumnElement[Any]:
        """The same in SQL."""
        if not self.rates:
            return sa.case((sa.or_(currency.is_(None), currency == self.currency), amount), else_=sa.null())
        foreign = [(currency == name, amount * rate) for name, rate in self.rates]
        return sa.case((sa.or_(currency.is_(None), currency == self.currency), amount), *foreign, else_=sa.null())

    @property
    def revenue(self) -> sa.ColumnElement[Any]:
        """The annual revenue of an account in the installation's currency; NULL where it is not known."""
        return self.column(Account.annual_revenue, Account.currency)


def left_out(currencies: Sequence[str]) -> LeftOut:
    """From the currency of each account that is left out."""
    return LeftOut(len(currencies), tuple(sorted(set(currencies))))


def current_exchange() -> Exchange:
    """The rates of this installation."""
    settings = current_app.extensions["closedloop_settings"]
    return Exchange(settings.currency, tuple(sorted(settings.exchange_rates.items())))


def left_out_accounts(exchange: Exchange) -> LeftOut:
    """The active accounts of the company whose revenue counts nowhere."""
    known = [exchange.currency, *(name for name, _rate in exchange.rates)]
    found = db.session.execute(
        sa.select(Account.currency, sa.func.count())
        .where(Account.currency.is_not(None), Account.currency.not_in(known))
        .where(Account.annual_revenue > 0, Account.status == AccountStatus.ACTIVE)
        .group_by(Account.currency)
        .order_by(Account.currency)
    ).all()
    return LeftOut(sum(count for _currency, count in found), tuple(currency or "" for currency, _count in found))
