"""Promises: due, kept, broken for good, and told to those who count on them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from jobs import watch_promises
from tests.slices.issues.working.conftest import LATER, NOW, House


def promise(house: House, hours: int, text: str = "Call back") -> int:
    due_at = (clock.now() + timedelta(hours=hours)).isoformat()
    return int(house.post(f"/issues/{house.issue}/commitments", text=text, due_at=due_at).json["id"])


def keep(house: House, promise_id: int) -> None:
    assert house.client.put(f"/api/v1/issues/{house.issue}/commitments/{promise_id}/fulfilment").status_code == 200


def listed(house: House, **query: object) -> list[str]:
    return [one["text"] for one in house.get("/commitments", **query).json["items"]]


def told(app: Flask, start: str) -> set[int]:
    with app.app_context():
        query = sa.select(OutboxMessage.payload).where(OutboxMessage.key.startswith(start))
        return {one["user_id"] for one in db.session.scalars(query)}


def test_a_promise_that_is_kept_late_stays_broken(house: House, app: Flask) -> None:
    made = promise(house, 2)
    with clock.frozen(NOW + timedelta(hours=3)), app.app_context():
        assert watch_promises.run() == "1 done, 0 failed"
    with clock.frozen(NOW + timedelta(hours=4)):
        house.be(house.ana)
        keep(house, made)
        (line,) = house.get("/commitments").json["items"]
        kept = house.get("/commitments/kept").json
    assert (line["state"], line["broken_at"] is not None) == ("kept_late", True)
    assert (kept["kept"], kept["broken"], kept["share"]) == (0, 1, 0.0)
    assert told(app, "promise-broken") == {house.ana, house.manager}


@pytest.mark.parametrize(
    ("state", "there"),
    [("open", ["Soon", "Later"]), ("due_today", ["Soon"]), ("overdue", []), ("kept", ["Done"]), ("broken", [])],
)
def test_each_list_holds_its_own(house: House, state: str, there: list[str]) -> None:
    promise(house, 3, "Soon")
    promise(house, 72, "Later")
    keep(house, promise(house, 5, "Done"))
    assert listed(house, state=state) == there


def test_a_reminder_comes_once_before_it_is_due(house: House, app: Flask) -> None:
    promise(house, 24)
    with clock.frozen(NOW + timedelta(hours=21)), app.app_context():
        assert watch_promises.run() == "1 done, 0 failed"
        assert watch_promises.run() is None
    assert told(app, "promise-due") == {house.ana}


def test_the_account_manager_sees_what_was_promised_to_the_own_customers(house: House) -> None:
    promise(house, 3)
    assert listed(house.be(house.manager)) == ["Call back"]
    assert listed(house, owner="me") == []


def test_pages_of_promises_follow_each_other(house: House) -> None:
    for hours in (3, 1, 2):
        promise(house, hours, str(hours))
    first = house.get("/commitments", state="open", limit=2).json
    second = house.get("/commitments", state="open", limit=2, cursor=first["next_cursor"]).json
    assert [one["text"] for one in first["items"] + second["items"]] == ["1", "2", "3"]
    assert second["next_cursor"] is None


def test_the_share_is_of_those_whose_time_has_come(house: House) -> None:
    keep(house, promise(house, 1))
    promise(house, 1)
    promise(house, 99)
    with clock.frozen(NOW + timedelta(hours=2)):
        kept = house.be(house.ana).get("/commitments/kept", owner="me").json
    assert (kept["n"], kept["open"], kept["share"]) == (2, 1, 0.5)
    assert 0 < kept["ci_low"] < 0.5 < kept["ci_high"] < 1


def end(house: House, promise_id: int, how: str, said: str = "Told her on the phone") -> object:
    return house.put(f"/issues/{house.issue}/commitments/{promise_id}/ending", how=how, said=said)


def close(house: House) -> object:
    house.log(to="fixed", diagnosis={"root_cause": "Paper"}, fix_summary="Done", fix={"due_at": LATER})
    house.post(f"/issues/{house.issue}/transitions", to="verified", note="She says yes")
    return house.post(f"/issues/{house.issue}/transitions", to="closed")


def test_an_open_promise_holds_the_issue_and_is_named(house: House) -> None:
    promise(house, 99, "Call back on Friday")
    refused = close(house)
    assert (refused.status_code, refused.json["missing"]) == (409, ["promises"])
    assert "Call back on Friday" in refused.json["detail"]


@pytest.mark.parametrize("how", ["kept", "not_kept", "withdrawn"])
def test_each_end_of_a_promise_lets_the_issue_close(house: House, how: str) -> None:
    made = promise(house, 99)
    {"kept": lambda: keep(house, made)}.get(how, lambda: end(house, made, how))()
    promise_of_the_way = {"text": "Second", "due_at": LATER}
    house.log(promise=promise_of_the_way)
    keep(house, house.show()["commitments"][-1]["id"])
    assert close(house).json["state"] == "closed"


def test_what_the_customer_was_told_stands_in_the_history_and_the_promise_is_broken(house: House) -> None:
    made = promise(house, 99)
    end(house, made, "not_kept", "The part comes a week later")
    shown, (line,) = house.show(), house.get("/commitments", state="broken").json["items"]
    assert shown["interactions"][0]["summary"] == "The part comes a week later"
    assert "commitment_given_up" in [event["kind"] for event in shown["history"]]
    assert (line["state"], line["broken_at"] is not None) == ("broken", True)


def test_a_promise_that_the_customer_does_without_counts_for_nothing(house: House) -> None:
    end(house, promise(house, 2), "withdrawn")
    with clock.frozen(NOW + timedelta(hours=3)):
        kept = house.be(house.ana).get("/commitments/kept").json
    assert (kept["n"], kept["open"], listed(house, state="open"), listed(house, state="broken")) == (0, 0, [], [])


def test_nobody_does_without_a_promise_whose_time_has_passed(house: House) -> None:
    made = promise(house, 2)
    with clock.frozen(NOW + timedelta(hours=3)):
        assert end(house.be(house.ana), made, "withdrawn").status_code == 409
        assert end(house, made, "not_kept").status_code == 200


def test_a_promise_ends_once_and_in_one_way(house: House) -> None:
    made = promise(house, 99)
    assert [end(house, made, how).status_code for how in ("not_kept", "not_kept", "withdrawn")] == [200, 200, 409]
    assert house.client.put(f"/api/v1/issues/{house.issue}/commitments/{made}/fulfilment").status_code == 409
    assert len(house.show()["interactions"]) == 1
