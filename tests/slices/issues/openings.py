"""A house that hears of problems in every way: what opens issues is tried in it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.rules import ValueTier
from feedback.extensions import db
from feedback.issues.work_items import find_contact_gaps, open_work_items
from feedback.uow import transaction
from tests.factories import make_account, make_defect, make_team, make_user
from tests.logins import as_user, token
from tests.slices.issues.answers import catch_all

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class House:
    """An account with a person who works on its issues, and a token that hands in answers."""

    app: Flask
    client: FlaskClient
    account: int
    ana: int
    bearer: dict[str, str]
    buyer: int = 0
    team: int = 0

    def answer(self, person: str, score: int, **said: Any) -> Any:
        body = {"account_external_id": "ACME", "contact_external_id": person, "score": score, **said}
        return self.client.post("/api/v1/responses", json=body, headers=self.bearer).json

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/issues{path}", json=body)

    def issue(self, issue_id: int) -> Any:
        return self.client.get(f"/api/v1/issues/{issue_id}").json

    def count(self, model: Any) -> int:
        with self.app.app_context():
            return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    def look_for_gaps(self) -> int:
        with self.app.app_context(), transaction():
            return open_work_items(find_contact_gaps())

    def only_issue(self) -> Any:
        (found,) = self.client.get("/api/v1/issues").json["items"]
        return found

    def defects(self, *codes: str) -> None:
        with self.app.app_context():
            for code in codes:
                make_defect(code)

    def complain(self, **said: Any) -> Any:
        body = {"source": "complaint", "account_id": self.account, "text": "The bill is wrong", **said}
        return self.client.post("/api/v1/issues", json=body, headers=self.bearer)


def found_house(app: Flask, client: FlaskClient) -> House:
    """One account whose issues go to Ana."""
    with app.app_context():
        team = make_team()
        catch_all(team)
        ana = make_user(Role.FRONTLINE, team_id=team)
        account = make_account(external_id="ACME", value_tier=ValueTier.A, team_id=team)
    as_user(client, ana)
    return House(app, client, account, ana, token(app, "read", "write", "admin"), team=team)
