"""The defect catalogue over HTTP."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.audit.models import AuditEvent
from feedback.defects.catalogue import create_defects, defects_by_code
from feedback.defects.rules import DefectCategory
from feedback.extensions import db
from feedback.uow import transaction
from tests.logins import token

DEFECTS = "/api/v1/defects"


@pytest.fixture
def system(app: Flask, client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_AUTHORIZATION"] = token(app, "read", "write")["Authorization"]
    return client


def test_a_new_defect_is_named_after_its_code_and_recorded(app: Flask, system: FlaskClient) -> None:
    answer = system.post(DEFECTS, json={"code": "late_claims", "wording": {"es": "Tarde"}})
    assert answer.status_code == 201
    assert system.get(f"{DEFECTS}/{answer.json['id']}").json == answer.json
    shown = {name: answer.json[name] for name in ("name", "category", "active", "wording")}
    assert shown == {"name": "Late claims", "category": "service", "active": True, "wording": {"es": "Tarde"}}
    with app.app_context():
        actions = db.session.scalars(sa.select(AuditEvent.action).where(AuditEvent.object_type == "defect")).all()
    assert actions == ["defect.created"]


def test_a_code_is_given_once(system: FlaskClient) -> None:
    system.post(DEFECTS, json={"code": "late"})
    answer = system.post(DEFECTS, json={"code": "late", "category": "price"})
    assert answer.status_code == 409


def test_changing_leaves_the_code(system: FlaskClient) -> None:
    made = system.post(DEFECTS, json={"code": "late"}).json
    path = f"{DEFECTS}/{made['id']}"
    answer = system.patch(path, json={"name": "Too late", "category": "product", "active": False})
    assert answer.json == made | {"name": "Too late", "category": "product", "active": False}
    named = system.patch(path, json={"names": {"es": "Tarde", "ru": "Поздно"}}).json
    assert named["names"] == {"es": "Tarde", "ru": "Поздно"}
    assert system.get(path).json == named
    assert system.patch(path, json={"code": "early"}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "a b"},
        {"code": "a:b"},
        {"code": "a;b"},
        {"code": ""},
        {"code": "a", "category": "x"},
        {"code": "a", "names": {"de": "Spät"}},
    ],
)
def test_nonsense_is_refused(system: FlaskClient, body: dict) -> None:
    assert system.post(DEFECTS, json=body).status_code == 422


def test_a_missing_defect_is_not_found(system: FlaskClient) -> None:
    assert system.get(f"{DEFECTS}/99").status_code == 404
    assert system.patch(f"{DEFECTS}/99", json={"name": "x"}).status_code == 404


def test_the_list_goes_on_where_it_stopped(system: FlaskClient) -> None:
    for code in ("c", "a", "b"):
        system.post(DEFECTS, json={"code": code})
    first = system.get(DEFECTS, query_string={"limit": 2}).json
    second = system.get(DEFECTS, query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [item["code"] for item in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second["next_cursor"] is None


def test_a_reader_may_not_write(app: Flask, client: FlaskClient) -> None:
    assert client.post(DEFECTS, json={"code": "late"}, headers=token(app, "read")).status_code == 403


def test_creating_many_leaves_what_exists(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        create_defects(session, [("a", DefectCategory.PRICE)])
        create_defects(session, [("a", DefectCategory.SERVICE), ("b", DefectCategory.PRODUCT)])
        found = defects_by_code(session)
    assert {code: (key.ordinal, key.category) for code, key in found.items()} == {
        "a": (0, DefectCategory.PRICE),
        "b": (1, DefectCategory.PRODUCT),
    }
