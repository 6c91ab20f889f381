"""How the gate is tried: two managers and one customer, a buyer on holiday, a withdrawal, a policy for everybody, last year."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from feedback.access.rules import Role
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.kernel import clock
from feedback.permission.rules import Channel
from tests.factories import make_user
from tests.logins import as_user, token
from tests.slices.gate.world import EVALUATE, NOW, ask, give_consent, make_customer, question

PHONE = {"channel": "phone"}


class Company:
    """Two account managers of whom one looks after the customer, and a system that tells us things."""

    def __init__(self, client, app) -> None:
        self.client, self.app, self.token = client, app, token(app)
        with app.app_context():
            self.ana, self.maja = (make_user(Role.ADMIN, name=name) for name in ("Ana Torres", "Maja Lind"))
            self.boss = make_user(Role.EXECUTIVE)
            self.account_id, self.contact_id = make_customer(9, time_zone="UTC")
            give_consent(self.contact_id, channel=Channel.PHONE)

    def ask(self, who: int, later: timedelta = timedelta(), **values: Any) -> dict[str, Any]:
        with clock.frozen(NOW + later):
            body = question(self.account_id, **PHONE | values)
            return as_user(self.client, who).post(EVALUATE, json=body).get_json()

    def tell(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        with clock.frozen(NOW + timedelta(minutes=2)):
            client = self.app.test_client()
            answer = client.open(f"/api/v1/{path}", method=method, json=body or None, headers=self.token)
        assert answer.status_code < 300, answer.text
        return answer.get_json()

    def withdraw(self) -> None:
        said = {"purpose": "offers", "channel": "phone", "action": "withdrawn", "basis": "consent", "evidence": "call"}
        self.tell("POST", f"contacts/{self.contact_id}/consents", **said, occurred_at=NOW.isoformat())

    def call(self, **values: Any) -> dict[str, Any]:
        with self.app.app_context():
            account = db.session.get_one(Account, self.account_id).external_id
            contact = db.session.get_one(Contact, self.contact_id).external_id
        whom = {"account_external_id": account, "contact_external_id": contact, "channel": "phone"}
        return self.tell("POST", "sales-contacts", **whom, outcome="interested", **values)

    def stored(self, decision: dict[str, Any], replay: int = 1) -> dict[str, Any]:
        return self.tell("GET", f"gate/decisions/{decision['decision_id']}?replay={replay}")


@pytest.fixture
def company(client, app) -> Company:
    return Company(client, app)


def codes(decision: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in decision["reasons"]]


def test_the_second_of_two_managers_hears_of_the_first(company):
    first, second = company.ask(company.ana), company.ask(company.maja)
    assert ("colleague_may_call" in codes(first), "colleague_may_call" in codes(second)) == (False, True)
    assert "Ana Torres may sell here too until" in second["summary"]
    assert (first["outcome"], second["outcome"]) == ("allow", "allow")


def test_who_calls_first_ends_the_others_yes(company):
    company.ask(company.ana)
    second = company.ask(company.maja)
    company.call(occurred_at=(NOW + timedelta(seconds=30)).isoformat())
    assert company.stored(second)["state"] == "invalidated"
    again = company.ask(company.maja, timedelta(minutes=5))
    assert (again["outcome"], "other_team_contact_recent" in codes(again)) == ("defer", True)


@pytest.mark.parametrize("values", [{"initiation": "requested"}, {"channel": "email"}])
def test_one_who_asks_about_something_else_hears_of_nobody_or_of_the_same(company, values):
    company.ask(company.ana)
    said = "colleague_may_call" in codes(company.ask(company.maja, **values))
    assert said == ("initiation" not in values)


def test_a_no_and_a_system_hold_nothing(company):
    ask(company.app.test_client(), company.account_id, company.token, **PHONE)
    company.ask(company.ana, channel="sms")  # nobody allowed it
    assert "colleague_may_call" not in codes(company.ask(company.maja))


def test_what_a_colleague_holds_is_replayed_with_the_decision(company):
    company.ask(company.ana)
    stored = company.stored(company.ask(company.maja))
    assert (stored["replay"]["agrees"], "colleague_may_call" in stored["replay"]["reasons"]) == (True, True)


def test_a_buyer_on_holiday_is_asked_about_again_when_back(company):
    before = company.ask(company.ana)
    company.tell("PATCH", f"contacts/{company.contact_id}", not_now_until="2026-11-09", not_now_reason="holiday")
    away = company.ask(company.ana, timedelta(minutes=3))
    assert (company.stored(before)["state"], away["outcome"]) == ("invalidated", "defer")
    assert "is away until Nov 9, 2026" in away["summary"]
    assert away["next_review_at"].startswith("2026-11-09T")
    assert company.ask(company.ana, timedelta(days=7))["outcome"] == "allow"


def test_a_call_after_a_withdrawal_has_no_decision_behind_it_whatever_was_said_before(company):
    decision = company.ask(company.ana)
    company.withdraw()
    assert company.stored(decision)["state"] == "invalidated"
    assert company.call()["matched"] == "without"


def test_a_call_after_a_withdrawal_that_the_caller_was_told_of_is_against_the_gate(company):
    company.ask(company.ana)
    company.withdraw()
    assert company.ask(company.ana, timedelta(seconds=90))["outcome"] == "block"
    assert company.call()["matched"] == "against"


def test_a_policy_that_would_open_three_hundred_says_so_and_opens_nobody_alone(company):
    with company.app.app_context():
        for number in range(300):
            make_customer(9, share=0.9, annual_revenue=1000.0, external_id=f"more-{number}", time_zone="UTC")
    draft = _draft(company, {"rows": {"R09": {"stance": "limited", "play": "upsell"}}})
    with clock.frozen(NOW):
        simulated = as_user(company.client, company.ana).put(f"/api/v1/gate-policies/{draft}/simulation").get_json()["simulation"]
        alone = as_user(company.client, company.ana).put(f"/api/v1/gate-policies/{draft}/decision", json={"approve": True})
    assert "300" in str(simulated)
    assert alone.status_code == 403


def _draft(company: Company, changes: dict[str, Any]) -> int:
    body = {"title": "Open", "why": "Target", "changes": changes}
    with clock.frozen(NOW):
        return as_user(company.client, company.ana).post("/api/v1/gate-policies", json=body).get_json()["id"]


def test_a_decision_of_last_year_replays_after_everything_has_changed(company):
    decision = company.ask(company.ana)
    draft = _draft(company, {"limits": {"cut": 0.1, "decision_hours": 1}})
    with clock.frozen(NOW):
        as_user(company.client, company.ana).put(f"/api/v1/gate-policies/{draft}/simulation")
        as_user(company.client, company.boss).put(f"/api/v1/gate-policies/{draft}/decision", json={"approve": True})
    company.withdraw()
    with clock.frozen(NOW + timedelta(days=365)):
        path = f"/api/v1/gate/decisions/{decision['decision_id']}?replay=1"
        stored = company.app.test_client().get(path, headers=company.token).get_json()
    assert (stored["outcome"], stored["replay"]["outcome"], stored["replay"]["agrees"]) == ("allow", "allow", True)
    assert stored["replay"]["policy_version"] != company.ask(company.ana, timedelta(days=365))["policy_version"]


def test_a_preview_says_the_same_and_keeps_nothing(company):
    decision = company.ask(company.ana)
    with clock.frozen(NOW):
        body = question(company.account_id, **PHONE)
        shown = as_user(company.client, company.ana).post("/api/v1/gate/preview", json=body).get_json()
    assert shown == {name: value for name, value in decision.items() if name != "decision_id"}
    with company.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GateDecision)) == 1


def test_a_preview_of_somebody_elses_customer_is_not_found(company):
    with company.app.app_context():
        stranger = make_user(Role.ACCOUNT_MANAGER)
    answer = as_user(company.client, stranger).post("/api/v1/gate/preview", json=question(company.account_id))
    assert answer.status_code == 404
