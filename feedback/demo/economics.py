"""A year of the demo's customers: who left and when, and who came on whose recommendation."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.accounts.upserts import upsert_accounts
from feedback.demo.generate import hash_fraction
from feedback.extensions import db
from feedback.gate.limits import current_limits
from feedback.gate.rules import Advocacy
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.reporting.economics.cohorts import bands_at, last_year
from feedback.uow import transaction

_LEAVE = {Advocacy.DETRACTOR: 0.3, Advocacy.PASSIVE: 0.12, Advocacy.PROMOTER: 0.05}  # of those nobody works for now
_RECOMMENDED = 24


def play_economics(end: datetime) -> None:
    """Some left in the year, most of them unhappy, and some were recommended, most of them by promoters."""
    start, _stop = last_year(end.date())
    with clock.frozen(end):
        accounts = _accounts()
        bands = bands_at(start, current_limits().validity)
        with transaction():
            upsert_accounts(_leavers(accounts, bands, start))
            upsert_accounts(_recommended(accounts, bands, start))


def _accounts() -> Sequence[Account]:
    return list(db.session.scalars(sa.select(Account).order_by(Account.annual_revenue.desc(), Account.id)))


def _chance(account: Account, about: str) -> float:
    return hash_fraction(f"{about}:{account.external_id}")


def _leavers(accounts: Sequence[Account], bands: dict[int, Advocacy], start: date) -> list[dict[str, object]]:
    """Those nobody works for today, more of the unhappy."""
    busy = set(db.session.scalars(sa.select(Issue.account_id).where(Issue.closed_at.is_(None))))
    gone = [
        one
        for one in accounts
        if one.id not in busy and _chance(one, "leaves") < _LEAVE.get(bands.get(one.id, Advocacy.UNKNOWN), 0.0)
    ]
    return [
        {
            "external_id": one.external_id,
            "status": AccountStatus.CLOSED,
            "closed_on": start + timedelta(days=60 + int(250 * _chance(one, "day"))),
        }
        for one in gone
    ]


def _recommended(accounts: Sequence[Account], bands: dict[int, Advocacy], start: date) -> list[dict[str, object]]:
    """New customers, most of them on the word of a promoter."""
    glad = [one for one in accounts if bands.get(one.id) is Advocacy.PROMOTER]
    others = [one for one in accounts if bands.get(one.id) is Advocacy.PASSIVE]
    fresh = [one for one in reversed(accounts) if bands.get(one.id, Advocacy.UNKNOWN) is Advocacy.UNKNOWN][:_RECOMMENDED]
    rows = []
    for place, one in enumerate(fresh):
        pool = others if place % 5 == 4 else glad
        if pool:
            since = start + timedelta(days=10 + int(300 * _chance(one, "since")))
            referrer = pool[place % len(pool)].external_id
            rows.append({"external_id": one.external_id, "customer_since": since, "referred_by": referrer})
    return rows
