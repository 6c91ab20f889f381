"""Each input changed through its own public route, and what the very next decision says."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.permission.rules import Purpose
from tests.factories import make_account, make_contact, make_team, make_user
from tests.logins import token
from tests.slices.gate.world import EVALUATE, give_answer, give_consent, give_wallet, question
from tests.slices.issues.answers import catch_all


class World:
    """One promoter with a low share, and everything that may be done through HTTP. Nothing is frozen: routes read the clock."""

    def __init__(self, client: FlaskClient, app: Flask) -> None:
        self.client, self.headers = client, token(app)
        with app.app_context():
            team_id = make_team()
            make_user(Role.FRONTLINE, team_id=team_id)
            catch_all(team_id)
            self.account_id = make_account(external_id="acme")
            self.contact_id = make_contact(self.account_id, external_id="ana")
            give_consent(self.contact_id)
            give_answer(self.account_id, self.contact_id, 9)
            give_wallet(self.account_id)

    def call(self, method: str, path: str, status: int, **body: Any) -> Any:
        response = self.client.open(f"/api/v1/{path}", method=method, json=body, headers=self.headers)
        assert response.status_code == status, response.text
        return response.get_json()

    def decide(self, **values: Any) -> dict[str, Any]:
        response = self.client.post(EVALUATE, json=question(self.account_id, **values), headers=self.headers)
        assert response.status_code == 200, response.text
        return response.get_json()

    def state(self, decision: dict[str, Any]) -> str:
        return self.call("GET", f"gate/decisions/{decision['decision_id']}", 200)["state"]

    def answer(self, score: int) -> dict[str, Any]:
        return self.call("POST", "responses", 201, account_external_id="acme", contact_external_id="ana", score=score)

    def say(self, action: str) -> None:
        body = {"purpose": "offers", "channel": "email", "action": action, "basis": "consent", "evidence": "call"}
        self.call("POST", f"contacts/{self.contact_id}/consents", 201, **body, occurred_at=clock.now().isoformat())


@pytest.fixture
def world(client: FlaskClient, app: Flask) -> World:
    return World(client, app)


def test_an_answer(world: World) -> None:
    before = world.decide()
    answer = world.answer(3)
    after = world.decide()
    assert (before["outcome"], after["outcome"], after["inputs"]["advocacy"]) == ("allow", "hold", "detractor")
    assert after["inputs"]["issues"] == "major_open"
    assert answer["issue_id"] is not None
    assert world.state(before) == "invalidated"


@pytest.mark.parametrize(("action", "outcome"), [("withdrawn", "block"), ("refused", "block"), ("objected", "block")])
def test_consent(world: World, action: str, outcome: str) -> None:
    before = world.decide()
    world.say(action)
    assert (world.decide()["outcome"], world.state(before)) == (outcome, "invalidated")


def test_a_new_grant_opens_again_but_not_after_an_objection(world: World) -> None:
    for action, outcome in (("withdrawn", "block"), ("granted", "allow"), ("objected", "block"), ("granted", "block")):
        world.say(action)
        assert world.decide()["outcome"] == outcome


def test_consent_is_listed_and_repeated_without_effect(world: World) -> None:
    body = {"purpose": "offers", "channel": "phone", "action": "granted", "occurred_at": "2026-01-05T10:00:00Z"}
    first = world.call("POST", f"contacts/{world.contact_id}/consents", 201, **body)
    again = world.call("POST", f"contacts/{world.contact_id}/consents", 200, **body)
    listed = world.call("GET", f"contacts/{world.contact_id}/consents", 200)
    assert (first["id"], first["state"]) == (again["id"], "allowed")
    assert {(one["purpose"], one["channel"], one["state"]) for one in listed["states"]} == {
        (Purpose.OFFERS, "email", "allowed"),
        (Purpose.OFFERS, "phone", "allowed"),
    }


def test_consent_from_the_future_is_refused(world: World) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    body = {"purpose": "offers", "channel": "phone", "action": "granted", "occurred_at": later}
    problem = world.call("POST", f"contacts/{world.contact_id}/consents", 422, **body)
    assert list(problem["errors"]) == ["occurred_at"]


@pytest.mark.parametrize("said", ["2026-05-03", "2026-05-03T10:00:00", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_consent_without_its_moment_is_refused(world: World, said: str) -> None:
    body = {"purpose": "offers", "channel": "phone", "action": "granted", "occurred_at": said}
    problem = world.call("POST", f"contacts/{world.contact_id}/consents", 422, **body)
    assert "such as 2026-05-03T10:00:00+02:00" in problem["errors"]["occurred_at"][0]


def test_not_now(world: World) -> None:
    until = (clock.now() + timedelta(days=30)).date()
    world.call("PATCH", f"contacts/{world.contact_id}", 200, not_now_until=until.isoformat())
    found = world.decide()
    assert (found["outcome"], found["next_review_at"][:10]) == ("defer", until.isoformat())


def test_a_wallet_estimate(world: World) -> None:
    day = clock.now().date().isoformat()
    world.call("POST", f"accounts/{world.account_id}/wallets", 201, category="all", total_spend=100, our_spend=80, as_of=day)
    assert world.decide()["play"] == "protect_and_refer"


def test_an_issue_opened_by_staff(world: World) -> None:
    before = world.decide()
    world.call("POST", "issues", 201, account_id=world.account_id, title="Invoice wrong", category="service", severity="major")
    assert (world.decide()["outcome"], world.state(before)) == ("hold", "invalidated")


def test_both_keys_through_their_routes(world: World) -> None:
    issue = world.answer(3)["issue_id"]
    due = (clock.now() + timedelta(days=3)).isoformat()
    moves: list[dict[str, Any]] = [
        {"to": "contacted", "note": "called"},
        {"to": "diagnosed", "root_cause": "stock"},
        {"to": "in_fix", "fix_due_at": due, "commitment": "new part by Friday"},
        {"to": "fixed", "fix_summary": "part replaced"},
        {"to": "verified", "note": "Ana says so"},
    ]
    seen = []
    for move in moves:
        made = world.call("POST", f"issues/{issue}/transitions", 200, **move)["commitments"]
        seen.append(world.decide()["inputs"]["issues"])
    world.call("PUT", f"issues/{issue}/commitments/{made[0]['id']}/fulfilment", 200)
    world.call("POST", f"issues/{issue}/transitions", 200, to="closed")
    seen.append(world.decide()["inputs"]["issues"])
    assert seen == ["major_open", "major_open", "major_open", "fixed_unverified", "none", "none"]
    assert world.decide()["inputs"]["advocacy"] == "detractor"
    world.answer(9)
    assert world.decide()["outcome"] == "allow"
