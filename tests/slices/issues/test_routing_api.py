"""Routing rules and service levels over HTTP: replaced as a whole, checked as a whole."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from tests.factories import make_account, make_defect, make_team, make_user
from tests.logins import as_user, token
from tests.slices.issues.answers import accept, make_answer

RULES, LEVELS = "/api/v1/routing-rules", "/api/v1/service-levels"


def test_the_rules_come_back_in_their_order_and_decide_who_gets_the_next_issue(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        claims, others, defect = make_team(), make_team(), make_defect("late_claims")
        owner = make_user(Role.FRONTLINE, team_id=claims)
        make_user(Role.FRONTLINE, team_id=others)
    rules = [{"defect": "late_claims", "region": "north", "team_id": claims}, {"team_id": others}]
    answer = client.put(RULES, json={"items": rules}, headers=token(app))
    assert answer.status_code == 200, answer.json
    stored = client.get(RULES, headers=token(app)).json["items"]
    assert [{name: value for name, value in rule.items() if value is not None} for rule in stored] == rules
    with app.app_context():
        voice = make_answer(make_account(region="North"), defects=((defect, "service"),))
        issue = accept(voice)[voice.response_id]
    assert client.get(f"/api/v1/issues/{issue}", headers=token(app)).json["owner"]["id"] == owner


def test_a_rule_may_name_a_category_and_a_tier(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        team = make_team()
    every = dict.fromkeys(("category", "defect", "segment", "region", "language", "value_tier", "team_id", "user_id"))
    rules = [
        every | {"category": "price", "language": "es", "segment": "Broker", "value_tier": "A", "team_id": team},
        every | {"team_id": team},
    ]
    answer = client.put(RULES, json={"items": rules}, headers=token(app))
    assert (answer.status_code, answer.json) == (200, {"items": rules})
    assert client.get(RULES, headers=token(app)).json == {"items": rules}


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ([], "items"),
        ([{"category": "weather", "team_id": 1}, {"team_id": 1}], "items.0.category"),
        ([{"segment": "x", "team_id": 1}], "items"),
        ([{"team_id": 99}], "items.0.team_id"),
        ([{"user_id": 99}], "items.0.user_id"),
        ([{"defect": "no_such", "team_id": 1}, {"team_id": 1}], "items.0.defect"),
        ([{"team_id": 1, "user_id": 1}], "items.0"),
        ([{"team_id": 1, "colour": "red"}], "items.0.colour"),
    ],
)
def test_a_list_that_is_not_right_changes_nothing(app: Flask, client: FlaskClient, rules: list[Any], field: str) -> None:
    with app.app_context():
        team = make_team()
    client.put(RULES, json={"items": [{"team_id": team}]}, headers=token(app))
    refused = client.put(RULES, json={"items": rules}, headers=token(app))
    assert (refused.status_code, field in refused.json["errors"]) == (422, True), refused.json
    assert len(client.get(RULES, headers=token(app)).json["items"]) == 1


def test_all_nine_cells_are_there_from_the_start_and_are_set_together(app: Flask, client: FlaskClient) -> None:
    levels = client.get(LEVELS, headers=token(app)).json["items"]
    assert len({(cell["severity"], cell["value_tier"]) for cell in levels}) == 9
    faster = [cell | {"first_contact_hours": 1} for cell in levels]
    assert client.put(LEVELS, json={"items": faster}, headers=token(app)).json["items"] == faster


@pytest.mark.parametrize("spoil", [lambda cells: cells[1:], lambda cells: [*cells[1:], cells[1]]])
def test_an_empty_or_a_double_cell_is_refused(app: Flask, client: FlaskClient, spoil: Any) -> None:
    levels = client.get(LEVELS, headers=token(app)).json["items"]
    assert client.put(LEVELS, json={"items": spoil(levels)}, headers=token(app)).status_code == 422


@pytest.mark.parametrize("hours", [0, -1, 1.5, 10**9, "x", None])
def test_hours_that_are_none_are_refused(app: Flask, client: FlaskClient, hours: Any) -> None:
    levels = client.get(LEVELS, headers=token(app)).json["items"]
    levels[0]["resolution_hours"] = hours
    assert client.put(LEVELS, json={"items": levels}, headers=token(app)).status_code == 422


@pytest.mark.parametrize("path", [RULES, LEVELS])
@pytest.mark.parametrize("role", [Role.FRONTLINE, Role.ACCOUNT_MANAGER, Role.EXECUTIVE])
def test_only_administrators_see_and_set_them(app: Flask, client: FlaskClient, path: str, role: Role) -> None:
    with app.app_context():
        person = make_user(role)
    as_user(client, person)
    assert [client.get(path).status_code, client.put(path, json={"items": []}).status_code] == [403, 403]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"severity": "minor", "rung": "owner", "hours": 0}] * 2,
        [{"severity": "minor", "rung": "owner", "hours": 5}, {"severity": "minor", "rung": "lead", "hours": 4}],
        [{"severity": "minor", "rung": "owner", "hours": 10_000}],
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused(app: Flask, client: FlaskClient, steps: list[Any]) -> None:
    assert client.put("/api/v1/escalation-steps", json={"items": steps}, headers=token(app)).status_code == 422
