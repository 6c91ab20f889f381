"""Amounts in other currencies: converted by the rates of the installation in every sum, left out where there is none."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Spend, WalletEstimate
from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.defects.nps import nps_by
from feedback.defects.rules import NpsQuery, NpsWeighting
from feedback.extensions import db
from feedback.gate.models import GatePolicy
from feedback.gate.policies import ensure_policy
from feedback.gate.standing import standing_of
from feedback.issues.models import Issue
from feedback.issues.sweeps import refresh_priorities
from feedback.kernel import clock
from feedback.reporting.accounts import AccountFilters, list_account_lines
from feedback.reporting.defect_board import BoardFilters, defect_board
from feedback.reporting.defect_details import defect_details
from feedback.reporting.readiness import ReadinessFilters, readiness
from feedback.uow import transaction
from tests import factories
from tests.dashboards.viewing import body_of, texts, viewing
from tests.logins import as_user, token

YEN = 5_000_000_000.0


@pytest.fixture
def rates(app: Flask) -> Iterator[dict[str, float]]:
    """The rates of the installation, none at first; what a test sets counts at once."""
    found = app.extensions["closedloop_settings"].exchange_rates
    found.clear()
    yield found
    found.clear()


@pytest.fixture
def admin(app: Flask) -> int:
    """Who sees a company of three accounts: 1,000 in no currency, 2,000 EUR, and 5 thousand million yen."""
    with app.app_context():
        factories.make_defect("slow")
        named = {"plain": (1000.0, None), "euro": (2000.0, "EUR"), "yen": (YEN, "JPY")}
        for place, (name, (revenue, currency)) in enumerate(named.items()):
            account = factories.make_account(external_id=name, name=name, annual_revenue=revenue, currency=currency)
            factories.make_contact(account, ContactRole.DECISION_MAKER, external_id=f"{name}-buyer")
            draft = AnswerDraft(
                name, (9, 7, 3)[place], f"{name}-buyer", comment=name, defects=("slow",), responded_at=clock.now()
            )
            with transaction():
                accept_answers([draft], AcceptOptions())
        return factories.make_user(Role.ADMIN)


def test_readiness_adds_up_one_currency(app: Flask, admin: int, rates: dict[str, float]) -> None:
    with viewing(app, admin) as viewer:
        report = readiness(viewer, ReadinessFilters())
        assert (report.total, report.left_out) == ((3, 3000.0), (1, ("JPY",)))
        rates["JPY"] = 0.0001
        report = readiness(viewer, ReadinessFilters())
        assert (report.total, report.left_out) == ((3, 503_000.0), (0, ()))


@pytest.mark.parametrize(("rate", "comparable"), [(None, ("", "")), (0.0001, ("500000.0", "EUR"))])
def test_the_export_has_what_was_recorded_and_what_it_is_worth(
    client: FlaskClient, admin: int, rates: dict[str, float], rate: float | None, comparable: tuple[str, str]
) -> None:
    rates.update({"JPY": rate} if rate else {})
    rows = csv.DictReader(io.StringIO(as_user(client, admin).get("/app/readiness.csv").text.lstrip("\ufeff")))
    found = {row["account"]: row for row in rows}
    assert (found["yen"]["annual_revenue"], found["yen"]["currency"]) == ("5000000000.0", "JPY")
    assert (found["yen"]["comparable_revenue"], found["yen"]["comparable_currency"]) == comparable
    assert (found["plain"]["currency"], found["plain"]["comparable_revenue"]) == ("EUR", "1000.0")


def test_revenue_affected_adds_up_one_currency(app: Flask, client: FlaskClient, admin: int, rates: dict[str, float]) -> None:
    headers = token(app, "read")
    affected = lambda: client.get("/api/v1/defects/ranking", headers=headers).json["items"][0]["revenue_affected"]  # noqa: E731
    assert affected() == 3000.0
    rates["JPY"] = 0.0001
    assert affected() == 503_000.0


def test_nps_is_weighed_in_one_currency(app: Flask, admin: int, rates: dict[str, float]) -> None:
    with app.app_context():
        (line,) = nps_by(NpsQuery(weighting=NpsWeighting.REVENUE))
        assert line.nps == pytest.approx(100 * 1000 / 3000)
        rates["JPY"] = 0.0000002  # 1,000
        (line,) = nps_by(NpsQuery(weighting=NpsWeighting.REVENUE))
        assert line.nps == pytest.approx(0)


def test_the_board_names_what_it_leaves_out(app: Flask, admin: int, rates: dict[str, float]) -> None:
    with viewing(app, admin) as viewer:
        board = defect_board(viewer, BoardFilters())
        assert board.left_out == (1, ("JPY",))
        details = defect_details(viewer, board, "slow", by_value=True)
        assert details is not None
        assert [(line.name, line.currency) for line in details.accounts] == [("euro", "EUR"), ("plain", "EUR"), ("yen", "JPY")]
        assert [line.comment for line in details.verbatims] == ["euro", "plain", "yen"]


@pytest.mark.parametrize(("rate", "order"), [(None, ["euro", "plain", "yen"]), (1e-6, ["yen", "euro", "plain"])])
def test_accounts_are_sorted_in_one_currency(
    app: Flask, admin: int, rates: dict[str, float], rate: float | None, order: list[str]
) -> None:
    rates.update({"JPY": rate} if rate else {})
    with viewing(app, admin) as viewer:
        lines, _total = list_account_lines(viewer, AccountFilters(sort="-revenue"), offset=0, limit=10)
    assert [line.name for line in lines] == order
    assert next(line for line in lines if line.name == "yen").revenue == YEN


def test_an_issue_has_the_priority_of_a_revenue_that_is_known(app: Flask, admin: int, rates: dict[str, float]) -> None:
    with app.app_context():
        priority = db.session.query(Issue.priority)
        unknown = priority.scalar()
        rates["JPY"] = 1.0
        with transaction():
            assert refresh_priorities() == 1
        assert priority.scalar() == pytest.approx(unknown + 25)


@pytest.mark.parametrize(
    ("spent", "rate", "share"),
    [
        ([(300.0, None)], None, 0.3),
        ([(300.0, "USD")], None, None),
        ([(300.0, "USD")], 0.5, 0.15),
        ([(300.0, "USD"), (100.0, "EUR")], 0.5, 0.25),
        ([(300.0, "USD"), (100.0, "EUR")], None, None),  # a sum without a part of it would be too small
    ],
)
def test_share_of_wallet_takes_spend_in_one_currency(
    app: Flask, rates: dict[str, float], spent: list[tuple[float, str | None]], rate: float | None, share: float | None
) -> None:
    rates.update({"USD": rate} if rate else {})
    with app.app_context():
        account, today = factories.make_account(annual_revenue=None), clock.now().date()
        wallet = {"category": "all", "total_spend": 1000.0, "confidence": 0.9, "as_of": today, "created_at": clock.now()}
        factories.insert(WalletEstimate, account_id=account, **wallet)
        month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        for place, (amount, currency) in enumerate(spent):
            money = {"amount": amount, "currency": currency, "product_code": str(place)}
            factories.insert(Spend, account_id=account, month=month, **money)
        assert standing_of(account, clock.now()).share == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(("currency", "status"), [("jpy", 200), ("JPY", 200), ("¥", 422), ("euro", 422), ("E1R", 422)])
def test_a_currency_is_a_code_of_three_letters(app: Flask, client: FlaskClient, currency: str, status: int) -> None:
    with app.app_context():
        account = factories.make_account()
    answer = client.patch(f"/api/v1/accounts/{account}", json={"currency": currency}, headers=token(app, "read", "write"))
    assert answer.status_code == status, answer.json
    assert answer.json.get("currency", "JPY") == "JPY"


@pytest.mark.parametrize("address", ["/app/readiness", "/app/defects"])
def test_a_page_says_what_its_sums_leave_out(app: Flask, admin: int, rates: dict[str, float], address: str) -> None:
    sentence = "Revenue leaves out 1 account in a currency without an exchange rate (JPY)."
    with viewing(app, admin) as viewer:
        assert sentence in texts(body_of(viewer, address))
        rates["JPY"] = 0.006
        assert "Revenue leaves out" not in texts(body_of(viewer, address))


def test_a_list_shows_the_amount_that_was_recorded(app: Flask, admin: int, rates: dict[str, float]) -> None:
    rates["JPY"] = 0.0001
    with viewing(app, admin) as viewer:
        shown = texts(body_of(viewer, "/app/readiness"))
    assert "¥5B" in shown
    assert "€503K revenue a year" in shown


def test_a_decision_names_the_rates_it_was_taken_with(app: Flask, rates: dict[str, float]) -> None:
    with app.app_context(), transaction():
        before = ensure_policy()
        rates["USD"] = 0.5
        after = ensure_policy()
        stored = db.session.query(GatePolicy.tables).filter_by(version=after).scalar()
    assert before != after
    assert (stored["limits"]["currency"], stored["limits"]["exchange_rates"]) == ("EUR", {"USD": 0.5})
