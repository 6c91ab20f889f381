"""The same key gives the same answer, one effect, in every order of events."""

import threading

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import Team
from feedback.extensions import db
from feedback.web import idempotency
from tests.logins import token

ECHO = "/api/v1/echo/"


@pytest.fixture
def system(app: Flask, client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_AUTHORIZATION"] = token(app)["Authorization"]
    return client


def _teams(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Team))


def _post(client: FlaskClient, key: str, **body: str):
    return client.post(ECHO, json={"code": "a"} | body, headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_stored_answer(app: Flask, system: FlaskClient) -> None:
    first, second = _post(system, "k"), _post(system, "k")
    assert (first.status_code, second.status_code, second.data) == (201, 201, first.data)
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")
    assert second.content_type == first.content_type
    assert _teams(app) == 1


def test_the_same_key_with_another_body_is_invalid(app: Flask, system: FlaskClient) -> None:
    _post(system, "k")
    response = _post(system, "k", code="b")
    assert (response.status_code, list(response.json["errors"])) == (422, ["Idempotency-Key"])
    assert _teams(app) == 1


def test_keys_of_two_systems_do_not_meet(app: Flask, system: FlaskClient) -> None:
    _post(system, "k")
    other = system.post(ECHO, json={"code": "b"}, headers={"Idempotency-Key": "k"} | token(app))
    assert other.status_code == 201


def test_a_refusal_of_the_domain_is_kept_and_changes_nothing(app: Flask, system: FlaskClient) -> None:
    first, second = _post(system, "k", fail="taken"), _post(system, "k", fail="taken")
    assert (first.status_code, second.status_code) == (409, 409)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert _teams(app) == 0


def test_a_failure_of_ours_frees_the_key(app: Flask, system: FlaskClient) -> None:
    assert _post(system, "k", fail="crash").status_code == 500
    assert _teams(app) == 0
    assert _post(system, "k").status_code == 201


def test_a_request_that_was_not_understood_frees_the_key(system: FlaskClient) -> None:
    assert _post(system, "k", code="").status_code == 422
    assert _post(system, "k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "", "a\tb"])
def test_an_unusable_key_is_refused(system: FlaskClient, key: str) -> None:
    assert _post(system, key).status_code == 422


def test_a_running_request_is_a_conflict(system: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_running", {("token:1", "k")})
    response = _post(system, "k")
    assert (response.status_code, "still running" in response.json["detail"]) == (409, True)


def test_parallel_repeats_take_effect_once(app: Flask, system: FlaskClient) -> None:
    header = {"Authorization": system.environ_base["HTTP_AUTHORIZATION"], "Idempotency-Key": "k"}
    statuses: list[int] = []
    gate = threading.Barrier(12)

    def send() -> None:
        gate.wait()
        statuses.append(app.test_client().post(ECHO, json={"code": "a"}, headers=header).status_code)

    threads = [threading.Thread(target=send) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert _teams(app) == 1


def test_the_answer_outlives_the_process(app: Flask, system: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _post(system, "k")
    with app.app_context():
        db.engine.dispose()
    monkeypatch.setattr(idempotency, "_running", set())
    assert _post(system, "k").data == first.data


def test_effect_and_answer_are_one_transaction(app: Flask, system: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_arguments: object) -> None:
        raise RuntimeError("the process dies before the answer is stored")

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_store", die)
        assert _post(system, "k").status_code == 500
    assert _teams(app) == 0
    assert _post(system, "k").status_code == 201
