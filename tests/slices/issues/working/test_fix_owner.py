"""No fix begins without somebody who owes it."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.models import IssueDiagnosis
from feedback.outbox.models import OutboxMessage
from tests.logins import token
from tests.slices.issues.working.conftest import LATER, House

FIX = {"to": "in_fix", "fix_due_at": LATER, "commitment": "A decision by Saturday"}


@pytest.fixture
def diagnosed(house: House) -> House:
    assert house.log(to="diagnosed", diagnosis={"root_cause": "Two people on leave"}).status_code == 201
    return house


def move(house: House, **said: object) -> object:
    moved = house.post(f"/issues/{house.issue}/transitions", **said)
    assert moved.status_code == 200, moved.text
    return moved.json["diagnosis"]["fix_owner"]


def orphan(house: House, app: Flask) -> dict[str, str]:
    """The owner of the issue has left; answers the headers of a system, which owes nothing."""
    headers = token(app)
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == house.ana).values(active=False))
        db.session.commit()
    return headers


def test_whoever_begins_a_fix_owes_it(diagnosed: House) -> None:
    assert move(diagnosed, **FIX) == {"id": diagnosed.ana, "name": "Ana"}


def test_a_colleague_can_owe_it_and_is_told(diagnosed: House, app: Flask) -> None:
    assert move(diagnosed, **FIX, fix_owner_id=diagnosed.lead) == {"id": diagnosed.lead, "name": "Lea"}
    with app.app_context():
        told = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.key.startswith("fix-given"))).all()
    assert [one["user_id"] for one in told] == [diagnosed.lead]


def test_who_was_named_before_stays_named(diagnosed: House) -> None:
    diagnosed.put(f"/issues/{diagnosed.issue}/fix", owner_id=diagnosed.lead)
    assert move(diagnosed, **FIX) == {"id": diagnosed.lead, "name": "Lea"}


def test_a_progress_update_hands_the_fix_on(diagnosed: House) -> None:
    move(diagnosed, **FIX)
    assert move(diagnosed, to="in_fix", note="Lea goes on", fix_owner_id=diagnosed.lead) == {"id": diagnosed.lead, "name": "Lea"}


def test_a_contact_in_one_pass_names_an_owner_too(house: House) -> None:
    promise = {"text": "A decision", "due_at": LATER}
    made = house.log(to="in_fix", promise=promise, diagnosis={"root_cause": "Two people on leave"})
    assert made.json["diagnosis"]["fix_owner"] == {"id": house.ana, "name": "Ana"}


def test_a_system_that_names_nobody_leaves_the_fix_to_the_owner(diagnosed: House, app: Flask) -> None:
    path, headers = f"/api/v1/issues/{diagnosed.issue}/transitions", token(app)
    moved = app.test_client().post(path, json=FIX, headers=headers)
    assert (moved.status_code, moved.json["diagnosis"]["fix_owner"]["id"]) == (200, diagnosed.ana)


def test_where_nobody_can_owe_it_the_fix_does_not_begin(diagnosed: House, app: Flask) -> None:
    path, headers = f"/api/v1/issues/{diagnosed.issue}", orphan(diagnosed, app)
    refused = app.test_client().post(f"{path}/transitions", json=FIX, headers=headers)
    assert (refused.status_code, refused.json["missing"]) == (409, ["fix_owner"])
    shown = app.test_client().get(path, headers=headers).json["next_moves"]
    assert shown == [{"to": "in_fix", "missing": ["fix_owner", "fix_due_at", "commitment"]}]


def test_a_contact_in_one_pass_is_refused_for_the_same_reason(diagnosed: House, app: Flask) -> None:
    headers = orphan(diagnosed, app)
    said = {"said": "Called", "to": "in_fix", "promise": {"text": "A decision", "due_at": LATER}}
    refused = app.test_client().post(f"/api/v1/issues/{diagnosed.issue}/contact-logs", json=said, headers=headers)
    assert (refused.status_code, refused.json["missing"]) == (409, ["fix_owner"])


def test_who_has_left_owes_nothing(diagnosed: House, app: Flask) -> None:
    diagnosed.put(f"/issues/{diagnosed.issue}/fix", owner_id=diagnosed.lead)
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == diagnosed.lead).values(active=False))
        db.session.commit()
    assert move(diagnosed, **FIX) == {"id": diagnosed.ana, "name": "Ana"}


def test_nobody_is_chosen_who_is_not_there(diagnosed: House, app: Flask) -> None:
    refused = diagnosed.post(f"/issues/{diagnosed.issue}/transitions", **FIX, fix_owner_id=999)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["fix_owner_id"])
    with app.app_context():
        assert db.session.scalar(sa.select(Issue.in_fix_at)) is None
        assert db.session.scalar(sa.select(IssueDiagnosis.fix_owner_id)) is None
