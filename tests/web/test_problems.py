"""Errors: one form for programs, one for people, and nothing that a hostile body turns into a failure of ours."""

import json
import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.auth import public
from tests.logins import token

ECHO = "/api/v1/echo/"


@pytest.fixture
def system(app: Flask, client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_AUTHORIZATION"] = token(app)["Authorization"]
    return client


def test_a_problem_has_type_title_status_and_detail(client: FlaskClient) -> None:
    response = client.get("/api/v1/nothing")
    assert response.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail"} == set(response.json)
    assert (response.status_code, response.json["status"], response.json["title"]) == (404, 404, "Not Found")


def test_invalid_input_names_each_field(system: FlaskClient) -> None:
    response = system.post(ECHO, json={"code": "", "surprise": 1})
    assert response.status_code == 422
    assert set(response.json["errors"]) == {"code", "surprise"}
    assert response.json["errors"]["surprise"] == ["Unknown field."]


def test_an_unknown_query_parameter_is_refused(client: FlaskClient) -> None:
    response = client.get(ECHO + "?limits=3")
    assert response.status_code == 422
    assert response.json["errors"] == {"limits": ["Unknown field."]}


def test_malformed_json_says_where(system: FlaskClient) -> None:
    response = system.post(ECHO, data='{"code":\n  oops}', content_type="application/json")
    assert response.status_code == 400
    assert "line 2, column 3" in response.json["detail"]


HOSTILE = {
    "nul": '{"code": "a\\u0000b"}',
    "raw nul": '{"code": "a\x00b"}',
    "lone surrogate": '{"code": "\\ud800"}',
    "lone surrogate as key": '{"\\udfff": 1}',
    "nan": '{"code": NaN}',
    "deep": '{"code": "a", "extra": ' + '{"a":' * 100 + "1" + "}" * 101,
    "very deep": "[" * 100_000,
    "digits": '{"code": ' + "1" * 5000 + "}",
    "latin-1": b'{"code": "\xe9"}',
    "not json": "code=a",
    "name twice": '{"code": "a", "code": "b"}',
    "name twice, spelled differently": '{"code": "a", "cod\\u0065": "b"}',
    "name twice, further down": '{"code": "a", "extra": [{"x": 1, "y": 2, "x": 1}]}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused(system: FlaskClient, body: str | bytes) -> None:
    response = system.post(ECHO, data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.json["detail"].startswith("The body is not valid")


@pytest.mark.parametrize("text", ["a😀b", "a\\u0000b", "é", "[[[[" * 10])
def test_unusual_text_is_not_mistaken_for_hostile(system: FlaskClient, text: str) -> None:
    assert system.post(ECHO, data=json.dumps({"code": text}), content_type="application/json").status_code == 201


def test_a_body_that_is_not_json_is_an_unsupported_type(system: FlaskClient) -> None:
    assert system.post(ECHO, data="code=a", content_type="application/x-www-form-urlencoded").status_code == 415


def test_a_list_where_an_object_belongs_is_invalid_input(system: FlaskClient) -> None:
    response = system.post(ECHO, json=[1])
    assert (response.status_code, list(response.json["errors"])) == (422, ["body"])


@pytest.mark.parametrize("query", ["cursor=%00", "limit=0", "limit=201", "limit=x", "limit=1e3"])
def test_a_bad_query_is_invalid_input(client: FlaskClient, query: str) -> None:
    assert client.get(f"{ECHO}?{query}").status_code == 422


@pytest.mark.parametrize("number", [str(2**31), str(2**63), "9" * 5000, "-1", "x"])
def test_an_impossible_id_is_the_same_404_as_a_missing_route(client: FlaskClient, number: str) -> None:
    response, missing = client.get(ECHO + number), client.get("/api/v1/nothing")
    assert (response.status_code, response.data) == (404, missing.data)


def test_a_refused_step_names_what_is_missing(system: FlaskClient) -> None:
    response = system.post(ECHO, json={"code": "a", "fail": "rule"})
    assert (response.status_code, response.json["missing"]) == (409, ["root_cause"])


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    response = client.delete(ECHO)
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_body_over_the_limit_is_refused(app: Flask, system: FlaskClient) -> None:
    response = system.post(ECHO, data=b" " * (app.config["MAX_CONTENT_LENGTH"] + 1), content_type="application/json")
    assert (response.status_code, response.content_type) == (413, "application/problem+json")


def test_a_failure_is_logged_under_the_request_id(system: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "closedloop.errors"):
        response = system.post(ECHO, json={"code": "a", "fail": "crash"})
    assert (response.status_code, "boom" in response.text) == (500, False)
    assert response.json["request_id"] in caplog.text
    assert "RuntimeError: boom" in caplog.text


def test_a_route_without_a_mark_is_closed(system: FlaskClient) -> None:
    assert system.get(ECHO + "unmarked").status_code == 403


def test_a_person_gets_a_page(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "There is nothing here" in response.text


def test_a_program_gets_a_problem_on_a_page_address(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers={"Accept": "application/json"})
    assert response.mimetype == "application/problem+json"


def test_public_marks_a_view_as_open() -> None:
    assert public(lambda: "")._permission is None  # type: ignore[attr-defined]
