"""Whose customers an initiative or a disruption names, its readers see only as far as they may."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role, Viewer
from feedback.issues.service import NewIssue, open_issue
from feedback.outer_loop.disruptions import DisruptionDraft, declare_disruption
from feedback.outer_loop.initiatives import InitiativeDraft, propose_initiative
from feedback.outer_loop.rules.scope import Reach
from feedback.uow import transaction
from tests.factories import make_account, make_user
from tests.logins import as_user

SYSTEM = Viewer(kind="token", name="test")
ADMIN = Viewer(kind="token", name="test", token_scopes=frozenset({"admin", "write"}))


class Company:
    """Two account managers with a customer and an issue each; both are named in an initiative and in a disruption."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.managers = [make_user(Role.ACCOUNT_MANAGER) for _ in range(2)]
        self.boss = make_user(Role.EXECUTIVE)
        self.accounts = [make_account(owner_id=manager) for manager in self.managers]
        reach = Reach(account_ids=tuple(self.accounts))
        with transaction():
            self.issues = [open_issue(NewIssue(account, title="Late"), viewer=ADMIN).id for account in self.accounts]
            propose_initiative(InitiativeDraft("Faster", issue_ids=self.issues, reach=reach), viewer=SYSTEM)
            declare_disruption(DisruptionDraft("Down", reach), viewer=SYSTEM)

    def get(self, person: int, path: str) -> dict[str, Any]:
        as_user(self.client, person)
        one = self.client.get(f"/api/v1/{path}/1").get_json()
        assert self.client.get(f"/api/v1/{path}").get_json()["items"] == [one]
        return one


@pytest.fixture
def company(app: Flask, client: FlaskClient) -> Company:
    with app.app_context():
        return Company(client)


@pytest.mark.parametrize("path", ["initiatives", "disruptions"])
def test_accounts_of_others_are_not_named(company: Company, path: str) -> None:
    for place, manager in enumerate(company.managers):
        assert company.get(manager, path)["reach"]["account_ids"] == [company.accounts[place]]
    assert company.get(company.boss, path)["reach"]["account_ids"] == company.accounts


def test_issues_of_others_are_not_named(company: Company) -> None:
    seen = [company.get(person, "initiatives")["issue_ids"] for person in (*company.managers, company.boss)]
    assert seen == [[company.issues[0]], [company.issues[1]], company.issues]
