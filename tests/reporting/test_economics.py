"""Promoter economics over HTTP: the class of a year ago, what became of it, and what is published of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from feedback.access.rules import Role
from feedback.accounts.models import Account, Spend
from feedback.accounts.rules import AccountStatus
from feedback.accounts.upserts import upsert_accounts
from feedback.extensions import db
from feedback.kernel import clock
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import NOW, give_answer

START = date(2025, 11, 1)  # of the twelve months before NOW's
AT_START = (NOW - datetime(2025, 10, 20, tzinfo=UTC)).total_seconds() / 86400


def customer(score: int | None, *, monthly: float | None = 100.0, closed_on: date | None = None, **values: Any) -> int:
    """An account with a decision maker's answer shortly before the year, and a year of spend."""
    if closed_on is not None:
        values |= {"status": AccountStatus.CLOSED, "closed_on": closed_on}
    account = make_account(**values)
    contact = make_contact(account)
    if score is not None:
        give_answer(account, contact, score, days=AT_START)
    for month in range(12 if monthly is not None else 0):
        day = date(2025 + (10 + month) // 12, (10 + month) % 12 + 1, 1)
        if closed_on is None or day <= closed_on:
            insert(Spend, account_id=account, month=day, product_code="", amount=monthly, currency="EUR")
    return account


@pytest.fixture
def boss(app) -> int:
    with app.app_context():
        return make_user(Role.EXECUTIVE)


def report(client, boss: int) -> dict[str, Any]:
    with clock.frozen(NOW):
        answer = as_user(client, boss).get("/api/v1/economics")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def line(found: dict[str, Any], band: str) -> dict[str, Any]:
    return next(one for one in found["classes"] if one["band"] == band)


def test_the_class_is_that_of_the_first_day(client, app, boss):
    with app.app_context():
        account = customer(9)
        contact = db.session.scalar(sa.text("SELECT contact_id FROM account_contact WHERE account_id = :id"), {"id": account})
        give_answer(account, contact, 2, days=30)
    found = report(client, boss)
    assert (found["start"], found["end"]) == ("2025-11-01", "2026-11-01")
    assert (line(found, "promoter")["retention"]["n"], line(found, "detractor")["retention"]["n"]) == (1, 0)


def test_who_left_in_the_year_counts_as_lost_and_its_money_as_of_a_whole_year(client, app, boss):
    with app.app_context():
        customer(3, closed_on=date(2026, 1, 31))
        customer(3)
    found = line(report(client, boss), "detractor")
    assert (found["retention"]["hits"], found["retention"]["n"], found["losses"]) == (1, 2, 1)
    assert found["money"]["mean"] == pytest.approx(1200.0)


LEFT_OUT = {
    "closed before": {"closed_on": START},
    "came later": {"customer_since": START + timedelta(days=1)},
    "closed, nobody knows when": {"status": AccountStatus.CLOSED},
}


@pytest.mark.parametrize("values", LEFT_OUT.values(), ids=LEFT_OUT)
def test_who_was_no_customer_on_that_day_is_left_out(client, app, boss, values):
    with app.app_context():
        customer(9, **values)
    assert line(report(client, boss), "promoter")["retention"]["n"] == 0


def test_without_a_class_it_is_counted_beside(client, app, boss):
    with app.app_context():
        customer(None)
        customer(9, status=AccountStatus.CLOSED)
    found = report(client, boss)
    assert (found["unclassified"], found["unknown_end"]) == (1, 1)


def test_too_few_publish_the_range_of_the_literature_and_no_value(client, app, boss):
    with app.app_context():
        customer(9)
        customer(3)
    found = report(client, boss)
    assert (found["ratio"], found["worth"]) == (None, {"low": 3.0, "high": 7.0, "own": False})
    assert [one["lifetime_value"] for one in found["classes"]] == [None, None, None]


def test_enough_publish_a_ratio_of_their_own(client, app, boss):
    with app.app_context():
        for number in range(40):
            customer(10, monthly=200.0 + number, closed_on=date(2026, 3, 1) if number < 10 else None)
            customer(2, monthly=100.0 + number, closed_on=date(2026, 3, 1) if number < 20 else None)
    found = report(client, boss)
    expected = (219.5 * (0.75 / 0.35)) / (119.5 * (0.5 / 0.6))
    assert found["ratio"]["ratio"] == pytest.approx(expected, rel=1e-6)
    assert (found["ratio"]["method"], found["worth"]["own"], found["assumptions"]["own_retention"]) == ("bca", True, True)
    assert found["ratio"]["low"] < expected < found["ratio"]["high"]


def test_value_at_stake_is_the_detractors_of_today(client, app, boss):
    with app.app_context():
        account = customer(9)
        contact = make_contact(account, external_id="angry")
        give_answer(account, contact, 1, days=3)
    found = report(client, boss)["value_at_stake"]
    base = 1200.0 * 0.8 / 0.3
    assert (found["low"], found["high"]) == (pytest.approx(2 * base), pytest.approx(6 * base))
    assert [one["account_id"] for one in found["accounts"]] == [account]


def test_value_recovered_is_those_who_came_back_and_says_when_too_few_tell_why(client, app, boss):
    with app.app_context():
        account = make_account()
        contact = make_contact(account)
        give_answer(account, contact, 2, days=AT_START)
        give_answer(account, contact, 10, days=2)
        insert(Spend, account_id=account, month=START, product_code="", amount=100.0, currency="EUR")
    found = report(client, boss)["value_recovered"]
    assert ([one["account_id"] for one in found["accounts"]], found["claim"]) == ([account], None)


def test_money_in_a_currency_without_a_rate_is_left_out_and_said(client, app, boss):
    with app.app_context():
        account = customer(2, monthly=None)
        contact = make_contact(account, external_id="again")
        give_answer(account, contact, 2, days=3)
        insert(Spend, account_id=account, month=START, product_code="", amount=5.0, currency="XAF")
    found = report(client, boss)
    assert (line(found, "detractor")["money"], found["value_at_stake"]["left_out"]) == (None, 1)


def test_recommendations_count_by_the_class_of_who_recommended(client, app, boss):
    with app.app_context():
        customer(10, external_id="glad")
        make_account(referred_by="glad", customer_since=START + timedelta(days=30))
        make_account(referred_by="nobody we know", customer_since=START + timedelta(days=30))
        make_account(referred_by="glad", customer_since=START - timedelta(days=30))
    found = report(client, boss)["referrals"]
    assert (found["won"], found["by_class"], found["promoters"]["n"]) == (2, {"promoter": 1, "unknown": 1}, 1)


def test_the_accounts_at_stake_as_a_file(client, app, boss):
    with app.app_context():
        account = customer(9)
        give_answer(account, make_contact(account, external_id="angry"), 1, days=3)
    with clock.frozen(NOW):
        rows = as_user(client, boss).get("/api/v1/economics/at-stake/export").get_data(as_text=True).splitlines()
    assert rows[0].endswith("account_id,account,money_per_year,at_stake_low,at_stake_high,currency")
    assert rows[1].startswith(f"{account},")


def test_closing_an_account_keeps_the_day(client, app):
    headers = token(app)
    with app.app_context():
        account = make_account(external_id="A-1")
    with clock.frozen(NOW):
        closed = client.patch(f"/api/v1/accounts/{account}", json={"status": "closed"}, headers=headers).get_json()
        named = client.patch(f"/api/v1/accounts/{account}", json={"closed_date": "2026-10-01"}, headers=headers).get_json()
    assert (closed["closed_date"], named["closed_date"]) == ("2026-11-02", "2026-10-01")


def test_a_file_closes_with_its_day_or_today(app):
    with app.app_context(), clock.frozen(NOW):
        with transaction():
            upsert_accounts([{"external_id": "a", "name": "A", "status": AccountStatus.CLOSED}])
            upsert_accounts([{"external_id": "b", "name": "B", "status": AccountStatus.CLOSED, "closed_on": START}])
            upsert_accounts([{"external_id": "b", "name": "B", "status": AccountStatus.CLOSED}])
        found = dict(db.session.execute(sa.select(Account.external_id, Account.closed_on)).all())
    assert found == {"a": NOW.date(), "b": START}
