"""A team that works on a major issue, its lead, and the account manager who waits for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.kernel import clock
from tests.factories import make_account, make_contact, make_defect, make_team, make_user
from tests.logins import as_user
from tests.slices.issues.answers import accept, catch_all, make_answer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = (NOW + timedelta(days=5)).isoformat()


@dataclass
class House:
    """Everybody, and the client of whoever is logged in."""

    client: FlaskClient
    team: int
    ana: int  # owns the issue
    lead: int
    manager: int
    experience: int
    account: int
    contact: int
    issue: int

    def be(self, user_id: int) -> "House":
        """Log in as somebody else."""
        as_user(self.client, user_id)
        return self

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", json=body)

    def put(self, path: str, **body: Any) -> Any:
        return self.client.put(f"/api/v1{path}", json=body)

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(f"/api/v1{path}", json=body)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query)

    def log(self, **said: Any) -> Any:
        """Log a contact in one pass."""
        return self.post(f"/issues/{self.issue}/contact-logs", **{"said": "Called her"} | said)

    def show(self) -> Any:
        return self.get(f"/issues/{self.issue}").json


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> Iterator[House]:
    with clock.frozen(NOW):
        with app.app_context():
            team = make_team()
            ana = make_user(Role.FRONTLINE, team_id=team, name="Ana")
            manager = make_user(Role.ACCOUNT_MANAGER, name="Max")
            experience = make_user(Role.EXPERIENCE_MANAGER, name="Eva")
            catch_all(team)
            account = make_account(owner_id=manager, name="Iberseguros")
            contact = make_contact(account, name="Carla Ruiz", email="carla@example.com")
            defect = make_defect("late_claims")
            answer = make_answer(account, 2, contact_id=contact, defects=((defect, "service"),))
            issue = accept(answer)[answer.response_id]
            lead = make_user(Role.FRONTLINE, team_id=team, name="Lea", leads_team=True)
        yield House(as_user(client, ana), team, ana, lead, manager, experience, account, contact, issue)
