"""The shared tree of causes, and what a grave issue may not do without one."""

import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import Severity
from feedback.uow import transaction
from tests.slices.issues.working.conftest import LATER, House


def add(house: House, name: str, **more: object) -> int:
    return int(house.post("/root-causes", name=name, **more).json["id"])


def causes(house: House, **query: object) -> dict[str, tuple[int, int]]:
    """Path → issues, open issues."""
    return {one["path"]: (one["issues"], one["open"]) for one in house.get("/root-causes", **query).json["items"]}


def test_the_tree_counts_those_below(house: House) -> None:
    house.be(house.experience)
    training = add(house, "Training", parent_id=add(house, "Staff"))
    house.be(house.ana).log(to="diagnosed", diagnosis={"root_cause_id": training})
    assert causes(house) == {"Staff": (1, 1), "Staff › Training": (1, 1)}
    assert house.show()["root_cause"] == "Training"


def test_words_join_the_tree_and_the_same_words_are_the_same_cause(house: House) -> None:
    house.log(to="diagnosed", diagnosis={"root_cause": "Nobody  stood in"})
    house.put(f"/issues/{house.issue}/diagnosis", root_cause="nobody stood in")
    (one,) = house.get("/root-causes").json["items"]
    assert (one["name"], one["arranged"], one["issues"]) == ("Nobody stood in", False, 1)


def test_a_transition_takes_words_or_a_cause(house: House) -> None:
    house.log()
    made = house.post(f"/issues/{house.issue}/transitions", to="diagnosed", root_cause="No deputies").json
    assert (made["state"], made["diagnosis"]["path"]) == ("diagnosed", "No deputies")


def test_causes_are_joined_and_their_issues_with_them(house: House) -> None:
    house.log(to="diagnosed", diagnosis={"root_cause": "Leave"})
    (mine,) = house.get("/root-causes").json["items"]
    house.be(house.lead)
    kept = add(house, "Absence")
    assert house.post(f"/root-causes/{mine['id']}/joining", into_id=kept).status_code == 200
    assert causes(house) == {"Absence": (1, 1)}


def test_a_cause_does_not_stand_below_itself(house: House) -> None:
    house.be(house.lead)
    top = add(house, "Staff")
    low = add(house, "Training", parent_id=top)
    assert house.patch(f"/root-causes/{top}", parent_id=low).status_code == 422
    assert house.patch(f"/root-causes/{top}", parent_id=top).status_code == 422
    assert house.post(f"/root-causes/{top}/joining", into_id=low).status_code == 409


def test_names_are_not_taken_twice(house: House) -> None:
    house.be(house.lead)
    add(house, "Training")
    assert house.post("/root-causes", name="training").status_code == 422


def test_who_retires_a_cause_takes_it_out_of_the_choice(house: House) -> None:
    house.be(house.experience)
    old = add(house, "Fax")
    house.patch(f"/root-causes/{old}", retired=True)
    assert (causes(house), causes(house, retired=True)) == ({}, {"Fax": (0, 0)})
    assert house.be(house.ana).put(f"/issues/{house.issue}/diagnosis", root_cause_id=old).status_code == 422


def test_the_frontline_does_not_arrange_the_tree(house: House) -> None:
    assert house.post("/root-causes", name="Mine").status_code == 403


def test_six_whys_are_one_too_many(house: House) -> None:
    assert house.put(f"/issues/{house.issue}/diagnosis", root_cause="x", whys=list("abcdef")).status_code == 422


def test_an_issue_that_became_grave_is_not_closed_without_a_cause(house: House, app: Flask) -> None:
    house.log(to="contacted")
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).values(severity=Severity.MINOR))
    house.log(to="fixed", promise={"text": "Friday", "due_at": LATER}, fix_summary="Done")
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).values(severity=Severity.MAJOR))
        assert db.session.get(Issue, house.issue).root_cause is None
    said = house.post(f"/issues/{house.issue}/transitions", to="verified", note="She says yes")
    assert (said.status_code, said.json["missing"]) == (409, ["root_cause"])
    moves = house.show()["next_moves"]
    assert all("root_cause" in one["missing"] for one in moves if one["to"] in ("verified", "closed_unverified"))
    answer = house.post(f"/issues/{house.issue}/transitions", to="verified", note="She says yes", root_cause="No deputies")
    assert answer.json["state"] == "verified"
