"""The CRM suggests: a season that looks like a loss, a real one, an angry customer, and one that a person must judge."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Spend
from feedback.accounts.upserts import record_spend
from feedback.extensions import db
from feedback.gate.evaluation import Question
from feedback.gate.rules import Advocacy, Initiation, IssueBand, offers_permitted
from feedback.gate.service import Decision, evaluate_all
from feedback.gate.standing import standings
from feedback.kernel import clock
from feedback.permission.rules import Channel, Purpose
from feedback.selling.rules import Trigger
from feedback.selling.service import Suggested, receive_play
from feedback.uow import transaction

CRM = Viewer(kind="token", name="CRM", token_scopes=frozenset({"gate"}))
YEARS = 4
# spend by month of the year, as a share of the average: quiet in late autumn, busy in summer
SEASON = (0.95, 0.92, 1.0, 1.05, 1.1, 1.2, 1.25, 1.15, 1.05, 0.8, 0.62, 0.9)
LOST = 0.58  # what is left of the last month where a customer turns away


def play_suggestions(end: datetime) -> None:
    """Four plays in the inbox, each with years of spend behind it where its story has them."""
    with clock.frozen(end - timedelta(hours=4)):
        glad, angry = _sellable(3), _angry(1)
        stories = [(account, story) for account, story in zip([*glad, *angry], (_season, _loss, _low, _loss), strict=False)]
        with transaction():
            for account, story in stories:
                record_spend(_rows(account, story(end.date()), end.date()))
        for number, account in enumerate([*glad, *angry], 1):
            told = Suggested("crm", f"opportunity-{number}", Trigger.SPEND_DROP, {"product_code": None})
            with transaction():
                receive_play(told, account.external_id, CRM)


def _candidates() -> list[Account]:
    """The most valuable customers."""
    query = sa.select(Account).where(Account.annual_revenue.is_not(None)).order_by(Account.annual_revenue.desc(), Account.id)
    return list(db.session.scalars(query.limit(150)))


def _angry(count: int) -> list[Account]:
    candidates = _candidates()
    stand = standings([one.id for one in candidates], clock.now())
    return [one for one in candidates if stand[one.id].advocacy is Advocacy.DETRACTOR][:count]


def _sellable(count: int) -> list[Account]:
    """Those who may be approached by mail about an offer, and have no open issue."""
    candidates = _candidates()
    asked = [Question(Purpose.OFFERS, Channel.EMAIL, Initiation.OUTBOUND, account_id=one.id) for one in candidates]
    with transaction():
        answers = evaluate_all([(question, CRM) for question in asked])
    found = []
    for account, answer in zip(candidates, answers, strict=True):
        sells = isinstance(answer, Decision) and offers_permitted(answer.finding.verdict.outcome)
        if sells and isinstance(answer, Decision) and answer.finding.inputs.issues is IssueBand.NONE:
            found.append(account)
    return found[:count]


def _season(today: date) -> list[float]:
    """The low of each year falls into the month that has just ended."""
    low = SEASON.index(min(SEASON))
    newest = today.year * 12 + today.month - 2
    return [SEASON[(low - back) % 12] * _noise(newest - back) for back in reversed(range(YEARS * 12))]


def _loss(today: date) -> list[float]:
    newest = today.year * 12 + today.month - 2
    shares = [_noise(newest - back) for back in reversed(range(YEARS * 12))]
    return [*shares[:-1], shares[-1] * LOST]


def _low(_today: date) -> list[float]:
    """One low month after the eighteen that everybody has."""
    return [LOST]


def _noise(month: int) -> float:
    return 1 + 0.012 * ((month * 7) % 5 - 2)


def _rows(account: Account, shares: Sequence[float], today: date) -> list[dict[str, Any]]:
    newest, monthly = today.year * 12 + today.month - 2, (account.annual_revenue or 0) / 12
    months = [newest - back for back in reversed(range(len(shares)))]
    stored = dict(_products(account))
    return [
        {
            "account_external_id": account.external_id,
            "month": date(month // 12, month % 12 + 1, 1),
            "amount": round(monthly * share, 2),
            "currency": account.currency,
            "product_code": stored.get(date(month // 12, month % 12 + 1, 1), ""),
        }
        for month, share in zip(months, shares, strict=True)
    ]


def _products(account: Account) -> list[tuple[date, str]]:
    """Which product each month was booked under: the same row is booked anew."""
    query = sa.select(Spend.month, Spend.product_code).where(Spend.account_id == account.id)
    return [(month, code) for month, code in db.session.execute(query)]
