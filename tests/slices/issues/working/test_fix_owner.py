"""No fix begins without somebody who owes it, and whoever owes it has it in their queue."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.concessions import count_to_decide
from feedback.issues.working.models import IssueDiagnosis
from feedback.outbox.models import OutboxMessage
from feedback.outbox.wording import wording
from feedback.reporting.issue_board import issue_detail, issue_queue
from tests.factories import make_team, make_user
from tests.logins import token
from tests.slices.issues.working.conftest import LATER, NOW, House

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


@pytest.fixture
def owed(diagnosed: House, app: Flask) -> tuple[House, int]:
    """Ana's issue is in fix; Eva of another team owes the fix."""
    with app.app_context():
        eva = make_user(Role.FRONTLINE, team_id=make_team(), name="Eva")
    assert diagnosed.be(eva).get(f"/issues/{diagnosed.issue}").status_code == 404
    move(diagnosed.be(diagnosed.ana), **FIX, fix_owner_id=eva)
    return diagnosed, eva


def listed(house: House, person: int) -> list[int]:
    return [line["id"] for line in house.be(person).get("/issues", owner="me").json["items"]]


def test_who_owes_the_fix_has_the_issue_among_their_own(owed: tuple[House, int], app: Flask) -> None:
    house, eva = owed
    assert (listed(house, eva), listed(house, house.ana), listed(house, house.lead)) == ([house.issue], [house.issue], [])
    with app.app_context():
        queue = issue_queue(get_viewer(eva), "mine")
    assert ([line.id for line in queue.lines], queue.counts["mine"]) == ([house.issue], 1)


def test_who_owes_the_fix_records_it_and_reads_on_what_the_customer_says(owed: tuple[House, int]) -> None:
    house, eva = owed
    assert house.be(eva).show()["owner"]["id"] == house.ana
    assert house.get(f"/accounts/{house.account}").status_code == 200
    fixed = house.post(f"/issues/{house.issue}/transitions", to="fixed", fix_summary="No paper any more")
    assert (fixed.status_code, fixed.json["state"]) == (200, "fixed")
    assert (house.show()["state"], listed(house, eva)) == ("fixed", [])
    assert house.post(f"/issues/{house.issue}/transitions", to="verified", note="Yes").status_code == 404


def test_when_the_issue_is_closed_it_is_no_longer_theirs_to_read(owed: tuple[House, int]) -> None:
    house, eva = owed
    house.be(eva).post(f"/issues/{house.issue}/transitions", to="fixed", fix_summary="No paper any more")
    made = house.be(house.ana).post(f"/issues/{house.issue}/transitions", to="verified", note="Yes").json["commitments"]
    house.put(f"/issues/{house.issue}/commitments/{made[0]['id']}/fulfilment")
    assert house.post(f"/issues/{house.issue}/transitions", to="closed").status_code == 200
    assert house.be(eva).get(f"/issues/{house.issue}").status_code == 404
    assert house.get(f"/accounts/{house.account}").status_code == 404


def test_who_stands_in_for_the_owner_of_a_fix_is_told_and_has_it_too(diagnosed: House, app: Flask) -> None:
    with app.app_context():
        eva, luis = (make_user(Role.FRONTLINE, team_id=make_team(), name=name) for name in ("Eva", "Luis"))
    days = {"first_day": NOW.date().isoformat(), "last_day": NOW.date().isoformat()}
    assert diagnosed.be(eva).post("/absences", user_id=eva, deputy_id=luis, **days).status_code == 201
    move(diagnosed.be(diagnosed.ana), **FIX, fix_owner_id=eva)
    assert (listed(diagnosed, luis), diagnosed.show()["state"]) == ([diagnosed.issue], "in_fix")
    with app.app_context():
        told = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.key.startswith("fix-given"))).all()
        titles = [wording(one["kind"], one["params"]).title for one in told]
    assert [one["user_id"] for one in told] == [eva, luis]
    assert titles[1].startswith("Eva is asked to fix")


def test_a_fix_handed_on_leaves_the_queue_of_whoever_owed_it(owed: tuple[House, int]) -> None:
    house, eva = owed
    assert house.be(house.ana).put(f"/issues/{house.issue}/fix", owner_id=house.lead).status_code == 200
    assert (listed(house, eva), listed(house, house.lead)) == ([], [house.issue])


def test_who_owes_a_fix_approves_nothing_about_it(owed: tuple[House, int], app: Flask) -> None:
    house, eva = owed
    assert house.be(house.ana).post("/concessions", issue_id=house.issue, amount=50, reason="Late").status_code == 201
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == eva).values(leads_team=True))
        assert count_to_decide(get_viewer(eva)) == 0


def test_a_fix_is_given_only_to_who_works_on_issues(diagnosed: House, app: Flask) -> None:
    with app.app_context():
        seller, chief = (make_user(role, name="Olga") for role in (Role.ACCOUNT_MANAGER, Role.EXECUTIVE))
    for person in (seller, chief):
        refused = diagnosed.put(f"/issues/{diagnosed.issue}/fix", owner_id=person)
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["fix_owner_id"])
    with app.app_context(), db.session.begin():
        offered = [name for _id, name in issue_detail(get_viewer(diagnosed.ana), diagnosed.issue).working.staff]
        assert ("Olga" in offered, "Lea" in offered) == (False, True)


def test_whoever_is_asked_to_fix_it_can_read_what_about_at_once(diagnosed: House, app: Flask) -> None:
    with app.app_context():
        eva = make_user(Role.FRONTLINE, team_id=make_team(), name="Eva")
    assert diagnosed.put(f"/issues/{diagnosed.issue}/fix", owner_id=eva).status_code == 200
    assert diagnosed.be(eva).get(f"/issues/{diagnosed.issue}").status_code == 200
    assert diagnosed.post(f"/issues/{diagnosed.issue}/transitions", **FIX).status_code == 404, "it is not in fix yet"
