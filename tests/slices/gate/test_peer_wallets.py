"""An estimate from customers of the segment, through HTTP and on the page: marked, also in decisions, and no basis for others."""

import pytest

from dashboards.pages.account.callbacks import guess_wallet
from feedback.access.rules import Role
from feedback.kernel import clock
from tests.dashboards.viewing import viewing
from tests.factories import make_account, make_user
from tests.logins import token
from tests.slices.gate.world import NOW, ask, give_wallet, make_customer


def guess(client, app, account_id):
    with clock.frozen(NOW):
        return client.post(f"/api/v1/accounts/{account_id}/wallets/from-peers", headers=token(app))


@pytest.fixture
def peers(app):
    """Ten customers of a segment who buy a fifth to a quarter of what they need from us."""
    with app.app_context():
        for number in range(10):
            give_wallet(make_account(segment="Retail"), 0.2 + 0.005 * number)


@pytest.fixture
def unknown(app):
    with app.app_context():
        return make_customer(9, share=None, segment="Retail", annual_revenue=100.0)[0]


@pytest.mark.usefixtures("peers")
def test_the_estimate_is_marked_and_counts(client, app, unknown):
    made = guess(client, app, unknown).get_json()
    assert (made["method"], made["source"]) == ("segment_peers", "10 customers of the segment Retail")
    assert made["total_spend"] == pytest.approx(100 / 0.2225, abs=0.01)
    found = ask(client, unknown, token(app))
    assert (found["inputs"]["share_of_wallet"], found["play"]) == ("low", "upsell")
    assert "It probably buys 22% of what it needs from us" in found["summary"]


def test_too_few_peers_are_said(client, app, unknown):
    answer = guess(client, app, unknown)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["segment"])


@pytest.mark.usefixtures("peers")
def test_what_it_buys_from_us_has_to_be_known(client, app):
    with app.app_context():
        account_id = make_customer(9, share=None, segment="Retail")[0]
    assert list(guess(client, app, account_id).get_json()["errors"]) == ["annual_revenue"]


@pytest.mark.usefixtures("peers")
def test_a_guess_takes_no_real_estimates_place(client, app, unknown):
    with app.app_context():
        give_wallet(unknown, 0.9)
    assert guess(client, app, unknown).status_code == 409


@pytest.mark.usefixtures("peers")
def test_a_guess_is_no_basis_for_another(client, app, unknown):
    guess(client, app, unknown)
    with app.app_context():
        other = make_customer(9, share=None, segment="Retail", annual_revenue=50.0)[0]
    assert guess(client, app, other).get_json()["source"].startswith("10 customers")


@pytest.mark.usefixtures("peers")
def test_the_account_manager_guesses_on_the_page(app):
    with app.app_context():
        ana = make_user(Role.ACCOUNT_MANAGER)
        account_id = make_customer(9, share=None, segment="Retail", annual_revenue=100.0, owner_id=ana)[0]
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        assert guess_wallet(viewer, 1, f"/app/accounts/{account_id}") > 0
