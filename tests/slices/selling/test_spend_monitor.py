"""The spend monitor over all customers: one drop is one play, in the month whose books are closed."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.selling.models import SalesPlay
from feedback.selling.rules import PlayState
from jobs import watch_spend
from tests.factories import make_account, make_user
from tests.slices.gate.world import NOW
from tests.slices.selling.world import LAST, falling, give_spend, make_buyer, month_of, seasonal, steady

CLOSED = NOW + timedelta(days=8)  # 10 November: the books of October are closed


@pytest.fixture(autouse=True)
def somebody(app: Flask) -> None:
    with app.app_context():
        make_user(Role.FRONTLINE)


def watch(app: Flask, days: float = 0) -> Any:
    with app.app_context(), clock.frozen(CLOSED + timedelta(days=days)):
        return watch_spend.run()


def plays(app: Flask) -> list[SalesPlay]:
    with app.app_context():
        return list(db.session.scalars(sa.select(SalesPlay).order_by(SalesPlay.id)))


def make_company(*histories: list[float | None], **account: Any) -> list[int]:
    accounts = []
    for amounts in histories:
        accounts.append(make_account(**account))
        give_spend(accounts[-1], amounts)
    return accounts


def test_a_drop_becomes_one_play_and_a_season_none(app):
    with app.app_context():
        dropped, _buyer = make_buyer(9, falling())
        make_company(seasonal(), steady(), steady())
    assert watch(app) == "1 drops of spend to look at"
    assert watch(app, days=1) is None
    (play,) = plays(app)
    assert (play.account_id, play.source, play.state, play.month) == (
        dropped,
        "spend_monitor",
        PlayState.ACCEPTED,
        month_of(LAST),
    )


def test_a_drop_that_goes_on_is_the_same_drop(app):
    with app.app_context():
        account_id, _buyer = make_buyer(9, falling())
        others = make_company(steady(), steady())
    watch(app)
    with app.app_context():
        for one, amount in ((account_id, 6_000.0), *((other, 10_000.0) for other in others)):
            give_spend(one, [amount], month=month_of(LAST + 1))
    watch(app, days=31)
    assert len(plays(app)) == 1


def test_a_month_whose_books_are_open_is_not_judged(app):
    with app.app_context():
        make_company(falling(), steady(), steady())
    assert watch(app, days=-7) is None


def test_a_month_that_is_half_booked_is_not_judged(app):
    with app.app_context():
        make_company([*steady()[:-1], None], [*steady()[:-1], None], [*steady()[:-1], None], steady())
    assert watch(app) is None


def test_who_bought_nothing_in_a_month_that_was_booked_dropped(app):
    with app.app_context():
        make_buyer(9, [*steady()[:-1], None])
        make_company(steady(), steady(), steady())
    assert watch(app) is not None
    assert plays(app)[0].baseline["actual"] == 0


def test_a_fall_of_the_whole_industry_is_shown_and_screened_out(app):
    with app.app_context():
        make_company(falling(0.7), falling(0.7), falling(0.7), falling(0.7), industry="Shipping")
    watch(app)
    assert {(play.state, *play.reasons) for play in plays(app)} == {(PlayState.SCREENED_OUT, "peer_move")}


def test_a_credit_note_is_no_lost_order(app):
    with app.app_context():
        account_id, *_others = make_company(steady(), steady(), steady())
        give_spend(account_id, [-5_000.0], product_code="credit")
    watch(app)
    assert [play.reasons for play in plays(app)] == [["data_correction"]]


def test_a_fall_of_little_money_is_none(app):
    with app.app_context():
        make_company([amount / 20 for amount in falling()], steady(), steady())
    assert watch(app) is None


def test_a_currency_without_a_rate_is_not_judged(app):
    with app.app_context():
        other = make_account()
        give_spend(other, falling(), currency="XAF")
        make_company(steady(), steady())
    assert watch(app) is None
