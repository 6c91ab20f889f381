"""Customers with years of spend, for tests of sales plays."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.accounts.models import Spend
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.rules import Channel
from feedback.uow import transaction
from tests.slices.gate.world import NOW, give_consent, make_customer

PLAYS = "/api/v1/sales-plays"
LAST = 2026 * 12 + 9  # October 2026: NOW is in November
# a business that sells half as much in October as in summer
SEASON = (1.0, 0.95, 1.0, 1.05, 1.1, 1.2, 1.25, 1.2, 1.0, 0.6, 0.7, 0.9)


def seasonal(months: int = 48, level: float = 10_000) -> list[float]:
    """Spend month by month up to October, falling each October; a little noise that is the same each time."""
    numbers = range(LAST - months + 1, LAST + 1)
    return [level * SEASON[number % 12] * (1 + 0.01 * ((number * 7) % 5 - 2)) for number in numbers]


def steady(months: int = 48, level: float = 10_000) -> list[float]:
    """Spend that moves by two per cent."""
    return [level * (1 + 0.01 * ((number * 7) % 5 - 2)) for number in range(LAST - months + 1, LAST + 1)]


def falling(share: float = 0.6, months: int = 48) -> list[float]:
    """Steady spend until the last month, which keeps this share of it."""
    spend = steady(months)
    return [*spend[:-1], spend[-1] * share]


def give_spend(account_id: int, amounts: Sequence[float | None], **values: Any) -> None:
    """Book these amounts in the months up to October 2026; None books nothing."""
    rows = [
        {"account_id": account_id, "month": month_of(LAST - back), "amount": amount, "product_code": "", "currency": None}
        | values
        for back, amount in enumerate(reversed(amounts))
        if amount is not None
    ]
    with transaction():
        db.session.execute(sa.insert(Spend), rows)


def month_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def make_buyer(score: int | None = 9, amounts: Sequence[float] = (), **account: Any) -> tuple[int, int]:
    """(account, decision maker): a customer that may be called about offers, unless told otherwise, with its spend."""
    account_id, contact_id = make_customer(score, **account)
    give_consent(contact_id, channel=Channel.PHONE)
    if amounts:
        give_spend(account_id, amounts)
    return account_id, contact_id


def suggest(client: FlaskClient, account: str, headers: dict[str, str], **values: Any) -> Any:
    """Hand in a sales play at NOW."""
    body = {"source": "crm", "external_id": "p-1", "account_external_id": account, "trigger": "spend_drop", "payload": {}}
    with clock.frozen(NOW):
        return client.post(PLAYS, json=body | values, headers=headers)
