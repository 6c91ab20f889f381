"""A value in the address that names nothing: the page says which and what it shows, a file and the API refuse it."""

import html

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboards import router
from feedback.access.rules import Role
from tests import factories
from tests.dashboards.viewing import texts, viewing
from tests.logins import as_user, token


@pytest.fixture
def boss(app: Flask) -> int:
    with app.app_context():
        return factories.make_user(Role.EXECUTIVE)


def written(component: object) -> str:
    """Texts and HTML of everything below the head."""
    if isinstance(component, list | tuple):
        return " ".join(map(written, component))
    return html.unescape(getattr(component, "html", "")) + texts(component) + written(getattr(component, "children", None) or [])


def shown(app: Flask, user_id: int, address: str) -> str:
    path, _, search = address.partition("?")
    with viewing(app, user_id, path) as viewer:
        page = router.first_page(viewer, path, "?" + search)
        assert page.shown is not None, texts(page.body)
        return written(page.body)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/app/defects?period=7", "“7” is not known as “Period”: “12 months” is shown instead."),
        ("/app/defects?order=x", "“x” is not known as “Order”: “By points lost” is shown instead."),
        ("/app/defects?severity=x", "“x” is not known as “Upward axis”: “Up: correlation” is shown instead."),
        ("/app/defects?category=x", "“x” is not known as “Category” and is left out."),
        ("/app/defects?defect=x", "“x” is not known as “Defect” and is left out."),
        ("/app/defects?survey=x", "“x” is not known as “Survey”: only what carries just this"),
        ("/app/defects?segment=x", "“x” is not known as “Segment”: only what carries just this"),
        ("/app/defects?region=x", "“x” is not known as “Region”: only what carries just this"),
        ("/app/surveys?period=7", "“7” is not known as “Period”: “12 months” is shown instead."),
        ("/app/surveys?survey=x", "“x” is not known as “Survey”: only what carries just this"),
        ("/app/readiness?owner=x", "“x” is not known as “Account manager”: only what carries just this"),
        ("/app/readiness?region=x", "“x” is not known as “Region”: only what carries just this"),
        ("/app/readiness?play=x", "“x” is not known as “Play”: only what carries just this"),
        ("/app/readiness?group=x", "“x” is not known as “Group”: only what carries just this"),
        ("/app/readiness?advocacy=x", "“x” is not known as “Advocacy”: only what carries just this"),
        ("/app/readiness?share=x", "“x” is not known as “Share of wallet”: only what carries just this"),
        ("/app/issues?tab=mine", "“mine” is not known as “Queue”: “Everybody” is shown instead."),
        ("/app/issues?order=x", "“x” is not known as “Order”: “By next due” is shown instead."),
        ("/app/accounts?segment=x", "“x” is not known as “Segment”: only what carries just this"),
        ("/app/accounts?sort=x", "“x” is not known as “Order”: “By name” is shown instead."),
    ],
)
def test_a_page_says_what_it_does_not_know(app: Flask, boss: int, address: str, says: str) -> None:
    with app.app_context():
        factories.make_account()
    assert says in shown(app, boss, address)


def test_a_page_says_nothing_when_it_knows_everything(app: Flask, boss: int) -> None:
    assert "is not known" not in shown(app, boss, "/app/defects?period=24&order=article&category=price&page=2")


def test_a_person_of_another_customer_is_nobody_here(app: Flask, boss: int) -> None:
    with app.app_context():
        account_id = factories.make_account()
    assert "“77” is nobody here" in shown(app, boss, f"/app/accounts/{account_id}?contact=77")


@pytest.mark.parametrize("address", ["/app/issues?cursor=x", "/app/issues/{issue}?cursor=WzFd"])
def test_a_damaged_place_in_the_queue_shows_it_from_its_beginning(
    app: Flask, client: FlaskClient, boss: int, address: str
) -> None:
    answer = {"account_external_id": "acme", "contact_external_id": "ana", "score": 1, "comment": "Nobody called."}
    issue = client.post("/api/v1/responses", json=answer, headers=token(app, "write")).get_json()["issue_id"]
    page = shown(app, boss, address.format(issue=issue))
    assert "The address names no place in this list; it is shown from its beginning." in page
    assert "Nobody called." in page


def test_an_unreadable_account_manager_is_not_everybody(app: Flask, boss: int) -> None:
    with app.app_context():
        factories.make_account(name="Acme")
    assert "No account fits these filters" in shown(app, boss, "/app/readiness?owner=abc")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/app/defects.csv?period=7", "period"),
        ("/app/defects.xlsx?order=x", "order"),
        ("/app/defects.csv?category=x", "category"),
        ("/app/defects.csv?survey=x", "survey"),
        ("/app/readiness.csv?owner=x", "owner"),
        ("/app/readiness.csv?play=x", "play"),
        ("/app/readiness.csv?group=x", "group"),
        ("/app/readiness.csv?advocacy=x", "advocacy"),
        ("/app/readiness.csv?share=x", "share"),
    ],
)
def test_a_file_is_refused_rather_than_filled_with_other_rows(
    app: Flask, client: FlaskClient, boss: int, address: str, name: str
) -> None:
    answer = as_user(client, boss).get(address)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert list(answer.get_json()["errors"]) == [name]
    assert f"is not a value of {name}. Choose from:" in answer.get_json()["detail"]


def test_a_person_reads_why_there_is_no_file(client: FlaskClient, boss: int) -> None:
    answer = as_user(client, boss).get("/app/defects.csv?period=7", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "“7” is not a value of period. Choose from: 3, 6, 12, 24, all." in answer.text


def test_the_api_refuses_a_play_that_there_is_not(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/api/v1/accounts?play=buy", headers=token(app, "read"))
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["play"])


def test_the_api_refuses_a_survey_that_there_is_not(app: Flask, client: FlaskClient) -> None:
    for path in ("responses", "nps", "defects/ranking"):
        answer = client.get(f"/api/v1/{path}?survey=nope", headers=token(app, "read"))
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["survey"]), path
