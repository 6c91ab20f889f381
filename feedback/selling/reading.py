"""Reading spend from the database into a ledger, and judging accounts by it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import holidays
import numpy as np
import sqlalchemy as sa
from flask import current_app

from feedback.accounts.exchange import Exchange, current_exchange
from feedback.accounts.models import Account, Spend
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.kernel import clock
from feedback.selling.models import SalesPlay
from feedback.selling.rules import SETTLES
from feedback.selling.spend.history import Booked, Ledger, ledger, month_number, month_of
from feedback.selling.spend.monitor import Known, Monitor, Reading

_PART = 20_000  # rows fetched at a time
_PEERS, _OTHERS = 40, 60  # accounts that one account is judged with
HISTORY_YEARS = 10


def company_monitor(until: date) -> Monitor | None:
    """The last month before a day of every active account with spend; None before the first complete month."""
    active = sa.select(Account.id).where(Account.status == AccountStatus.ACTIVE)
    return _monitor(Account.id.in_(active), None, until)


def monitor_of(account_id: int) -> tuple[Monitor, int] | None:
    """The same for one account among some of its industry and some others, and its place; None without complete months."""
    industry = db.session.scalar(sa.select(Account.industry).where(Account.id == account_id))
    same, others = sa.select(Account.id).where(Account.id != account_id), sa.select(Account.id).where(Account.id != account_id)
    peers = db.session.scalars(same.where(Account.industry == industry).order_by(Account.id).limit(_PEERS)).all()
    rest = db.session.scalars(others.order_by(Account.id).limit(_OTHERS)).all()
    ids = sorted({account_id, *peers, *rest})
    found = _monitor(Account.id.in_(ids), ids, clock.now().date())
    return None if found is None else (found, found.ledger.account_ids.index(account_id))


def working_days_of(country: str | None, month: int) -> tuple[int, int] | None:
    """Working days of a month and of the same month of the year before; None where the country has no known holidays."""
    if not country or country not in holidays.list_supported_countries(include_aliases=False):
        return None
    return _working_days(country, month), _working_days(country, month - 12)


def read_account(account_id: int) -> Reading | None:
    """What the last complete month of one account is; None where there is no spend at all."""
    found = monitor_of(account_id)
    if found is None:
        return None
    monitor, place = found
    country = db.session.scalar(sa.select(Account.country).where(Account.id == account_id))
    return monitor.reading(place, working_days_of(country, monitor.ledger.last))


@lru_cache(maxsize=2048)
def _working_days(country: str, month: int) -> int:
    start, end = month_of(month), month_of(month + 1)
    closed = holidays.country_holidays(country, years=start.year)
    days = (start + timedelta(days=count) for count in range((end - start).days))
    return sum(day.weekday() < 5 and day not in closed for day in days)


def _monitor(which: sa.ColumnElement[bool], ids: Collection[int] | None, until: date) -> Monitor | None:
    rows = db.session.execute(sa.select(Account.id, Account.industry).where(which).order_by(Account.id)).all()
    found = load_ledger([row.id for row in rows], ids, until=until, exchange=current_exchange())
    if found is None:
        return None
    least = current_app.extensions["closedloop_settings"].spend_materiality
    return Monitor(found, Known([row.industry for row in rows], least, _settled(ids)))


def load_ledger(account_ids: Sequence[int], only: Collection[int] | None, *, until: date, exchange: Exchange) -> Ledger | None:
    """The ledger of these accounts; `only` narrows what is read where they are few."""
    since = date(until.year - HISTORY_YEARS, 1, 1)
    query = sa.select(Spend.account_id, Spend.month, Spend.amount, Spend.currency).where(Spend.month >= since)
    if only is not None:
        query = query.where(Spend.account_id.in_(only))
    place = {account_id: index for index, account_id in enumerate(account_ids)}
    return ledger(account_ids, _booked(db.session.execute(query).yield_per(_PART).partitions(), place, exchange), until=until)


def _booked(parts: Iterable[Sequence[Any]], place: Mapping[int, int], exchange: Exchange) -> Booked:
    accounts, months, amounts = [], [], []
    numbers: dict[date, int] = {}
    rates: dict[str | None, float] = {}
    for part in parts:
        rows = [row for row in part if row[0] in place]
        for _id, month, _amount, currency in rows:
            if month not in numbers:
                numbers[month] = month_number(month)
            if currency not in rates:
                rate = exchange.rate(currency)
                rates[currency] = float("nan") if rate is None else rate
        accounts.append(np.array([place[row[0]] for row in rows], dtype=np.int64))
        months.append(np.array([numbers[row[1]] for row in rows], dtype=np.int64))
        amounts.append(np.array([row[2] * rates[row[3]] for row in rows], dtype=np.float64))
    nothing: list[Any] = [np.zeros(0)]
    columns = [np.concatenate(column or nothing) for column in (accounts, months, amounts)]
    return Booked(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])


def _settled(ids: Collection[int] | None) -> dict[int, list[tuple[int, int]]]:
    """Months whose level somebody said to be the new one: from half a year before the judged month to it."""
    query = sa.select(SalesPlay.account_id, SalesPlay.month).where(SalesPlay.answer.in_(SETTLES), SalesPlay.month.is_not(None))
    if ids is not None:
        query = query.where(SalesPlay.account_id.in_(ids))
    found: dict[int, list[tuple[int, int]]] = {}
    for account_id, month in db.session.execute(query):
        number = month_number(month) if month is not None else 0
        found.setdefault(account_id, []).append((number - 6, number + 6))
    return found
