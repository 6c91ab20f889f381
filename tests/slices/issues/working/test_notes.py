"""A note for colleagues moves nothing, and reaches who works on the issue and who watches it."""

import pytest
from flask import Flask

from feedback.access.rules import Role
from tests.factories import make_user
from tests.logins import token
from tests.slices.issues.working.conftest import House
from tests.slices.issues.working.test_concessions import told

TEXT = "Their assistant answers the phone on Fridays"


def write(house: House, note: str = TEXT) -> int:
    return int(house.post(f"/issues/{house.issue}/notes", note=note).status_code)


def test_it_stands_in_the_history_and_moves_nothing(house: House) -> None:
    before = house.show()
    assert write(house) == 201
    after = house.show()
    assert (after["history"][-1]["kind"], after["history"][-1]["data"]) == ("noted", {"note": TEXT})
    moving = ("state", "next_due_at", "next_owed_at", "first_contact_due_at", "clocks", "waiting_since", "interactions")
    assert {name: after[name] for name in moving} == {name: before[name] for name in moving}


def test_the_owner_hears_of_what_others_write(house: House, app: Flask) -> None:
    write(house)
    assert told(app, "issue_noted") == []
    for one in (house.manager, house.lead):
        assert write(house.be(one)) == 201
    assert told(app, "issue_noted") == [house.ana, house.ana]


def test_who_watches_hears_too(house: House, app: Flask) -> None:
    house.be(house.manager).put(f"/issues/{house.issue}/watch")
    write(house.be(house.ana))
    assert told(app, "issue_watched") == [house.manager]


def test_it_can_be_written_on_a_closed_issue(house: House) -> None:
    made = house.be(house.manager).post("/issues", account_id=house.account, title="Wrong").json["id"]
    claim = house.post(f"/issues/{made}/mistakes", reason="Another customer").json["id"]
    house.be(house.lead).put(f"/mistakes/{claim}/decision", confirm=True)
    assert house.be(house.manager).post(f"/issues/{made}/notes", note=TEXT).status_code == 201


@pytest.mark.parametrize("note", ["", "   "])
def test_nothing_is_no_note(house: House, note: str) -> None:
    assert write(house, note) == 422


def test_not_on_the_issue_of_somebody_else(house: House, app: Flask) -> None:
    with app.app_context():
        other = make_user(Role.ACCOUNT_MANAGER)
    assert write(house.be(other)) == 404


def test_another_system_may_write_one(house: House, app: Flask) -> None:
    wrote = app.test_client().post(f"/api/v1/issues/{house.issue}/notes", json={"note": TEXT}, headers=token(app))
    assert wrote.status_code == 201
    assert told(app, "issue_noted") == [house.ana]
