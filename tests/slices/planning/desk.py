"""A customer with a plan, its account manager, and the ways to talk to the API about it."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.permission.rules import Channel
from tests.factories import make_account, make_contact, make_user
from tests.logins import as_user
from tests.slices.gate.world import NOW, give_answer, give_consent, give_issue, give_wallet

PLANS = "/api/v1/account-plans"


class Desk:
    """Max looks after Nordbau, whose buyer Carla is a promoter and may be called; a serious issue is open there."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context(), clock.frozen(NOW):
            self.manager = make_user(Role.ACCOUNT_MANAGER, name="Max")
            self.other = make_user(Role.ACCOUNT_MANAGER, name="Ida")
            self.executive = make_user(Role.EXECUTIVE, name="Eva")
            self.account = make_account(name="Nordbau", owner_id=self.manager)
            self.contact = make_contact(self.account, name="Carla Ruiz", phone="+34 600 100 200")
            give_consent(self.contact, channel=Channel.PHONE)
            give_answer(self.account, self.contact, 9)
            give_wallet(self.account)
            self.issue = give_issue(self.account)
        self.client = as_user(app.test_client(), self.manager)

    def as_(self, user_id: int) -> FlaskClient:
        return as_user(self.app.test_client(), user_id)

    def make(self, **values: Any) -> dict[str, Any]:
        """A plan for the year of the tests."""
        body = {"account_id": self.account, "period": "year", "starts_on": "2026-11-02"} | values
        with clock.frozen(NOW):
            made = self.client.post(PLANS, json=body)
        assert made.status_code == 201, made.get_json()
        return made.get_json()

    def add(self, plan: dict[str, Any], part: str, **values: Any) -> dict[str, Any]:
        """The plan with one more part; `plan` says which version was seen."""
        with clock.frozen(NOW):
            answer = self.client.post(f"{PLANS}/{plan['id']}/{part}", json={"version": plan["version"], **values})
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()

    def shown(self, plan: dict[str, Any]) -> dict[str, Any]:
        with clock.frozen(NOW):
            return self.client.get(f"{PLANS}/{plan['id']}").get_json()
