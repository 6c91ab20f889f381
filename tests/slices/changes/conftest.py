"""A small company that has answered."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from feedback.access.rules import Role
from tests.factories import make_account, make_contact, make_defect, make_user
from tests.logins import as_user, token

Answer = Callable[..., int]


@pytest.fixture
def company(client: FlaskClient) -> dict[str, int]:
    """Two accounts with two people each, two defects, an experience manager and the owner of the first account."""
    with client.application.app_context():
        owner, manager = make_user(Role.ACCOUNT_MANAGER), make_user(Role.EXPERIENCE_MANAGER)
        acme = make_account(external_id="acme", owner_id=owner, segment="SME", region="west", annual_revenue=10_000.0)
        other = make_account(external_id="other", segment="Corporate", region="east", annual_revenue=50_000.0)
        people = {name: make_contact(acme, external_id=name) for name in ("ana", "ben")}
        people |= {name: make_contact(other, external_id=name) for name in ("cleo", "dan")}
        make_defect("late")
        make_defect("rude")
    return {"owner": owner, "manager": manager, "acme": acme, "other": other, **people}


@pytest.fixture
def answer(client: FlaskClient, company: dict[str, int]) -> Answer:
    """Hand in an answer; answers its id."""
    headers = token(client.application, "write")

    def hand_in(name: str = "a1", **values: Any) -> int:
        body = {"account_external_id": "acme", "contact_external_id": "ana", "score": 2, "external_id": name} | values
        stored = client.post("/api/v1/responses", json=body, headers=headers)
        assert stored.status_code == 201, stored.get_json()
        return stored.get_json()["id"]

    return hand_in


@pytest.fixture
def manager(client: FlaskClient, company: dict[str, int]) -> FlaskClient:
    """The experience manager's browser."""
    return as_user(client.application.test_client(), company["manager"])
