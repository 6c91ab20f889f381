"""Surveys and teams are called by their names in the reader's language, wherever a person reads them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.issues.queries.single import names_of
from feedback.reporting.defect_board import list_surveys
from feedback.surveys.rules import SurveyKind
from feedback.surveys.service import ensure_default_surveys, ensure_survey
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_team, make_user
from tests.logins import token
from tests.slices.gate.world import give_issue


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Relationship survey"), ("es", "Encuesta de relación"), ("ru", "Опрос об отношениях")]
)
def test_the_survey_that_every_installation_has(app: Flask, language: str, name: str) -> None:
    with app.app_context(), transaction():
        ensure_default_surveys()
        reader = make_user(Role.EXECUTIVE, locale=language)
    with viewing(app, reader) as viewer:
        assert ("relationship", name) in list_surveys()
        assert name in texts(body_of(viewer, "/app/surveys"))


def test_a_survey_without_a_name_in_the_language_has_its_plain_one(app: Flask) -> None:
    with app.app_context(), transaction():
        ensure_survey("claim", name="After a claim", names={"es": "Tras un siniestro"}, kind=SurveyKind.TRANSACTIONAL)
        reader = make_user(Role.EXECUTIVE, locale="ru")
    with viewing(app, reader):
        assert ("claim", "After a claim") in list_surveys()


def test_an_issue_names_its_team_in_the_language(app: Flask) -> None:
    with app.app_context():
        team = make_team(name="Claims", names={"es": "Siniestros"})
        issue = give_issue(make_account(), team_id=team)
        reader = make_user(Role.EXECUTIVE, locale="es")
    with viewing(app, reader):
        assert names_of([issue])[issue].team == "Siniestros"


def test_the_api_takes_shows_and_changes_the_names_of_a_team(app: Flask, client: FlaskClient) -> None:
    headers = token(app, "admin")
    made = client.post("/api/v1/teams", headers=headers, json={"code": "claims", "name": "Claims", "names": {"es": "Siniestros"}})
    changed = client.patch(f"/api/v1/teams/{made.json['id']}", headers=headers, json={"names": {"ru": "Убытки"}})
    refused = client.patch(f"/api/v1/teams/{made.json['id']}", headers=headers, json={"names": {"tlh": "x"}})
    assert (made.json["names"], changed.json["names"], refused.status_code) == ({"es": "Siniestros"}, {"ru": "Убытки"}, 422)
