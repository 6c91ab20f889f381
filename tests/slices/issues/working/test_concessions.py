"""Nobody gives anything away alone."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.working.models import Concession
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction
from tests.factories import make_user
from tests.logins import token
from tests.slices.issues.working.conftest import House


def ask(house: House, **more: object) -> int:
    made = house.post("/concessions", **{"issue_id": house.issue, "amount": 200, "reason": "Three weeks late"} | more)
    assert made.status_code == 201, made.json
    return int(made.json["id"])


def decide(house: House, concession_id: int, **said: object) -> tuple[int, str | None]:
    answer = house.put(f"/concessions/{concession_id}/decision", **said)
    return answer.status_code, answer.json.get("state")


def told(app: Flask, kind: str) -> list[int]:
    with app.app_context():
        rows = db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id))
        return [row["user_id"] for row in rows if row.get("kind") == kind]


def test_the_lead_is_asked_and_the_asker_hears(house: House, app: Flask) -> None:
    made = ask(house)
    assert told(app, "concession_requested") == [house.lead]
    assert decide(house.be(house.lead), made, approve=True) == (200, "approved")
    assert told(app, "concession_approved") == [house.ana]
    assert [event["kind"] for event in house.show()["history"]][-2:] == ["concession_requested", "concession_approved"]


def test_nobody_approves_their_own_not_even_a_lead(house: House, app: Flask) -> None:
    with app.app_context():
        boss = make_user(Role.EXECUTIVE)
    made = ask(house.be(house.lead))
    assert told(app, "concession_requested") == [boss]
    assert decide(house, made, approve=True)[0] == 403
    assert decide(house.be(boss), made, approve=True) == (200, "approved")


def test_the_database_keeps_that_too(house: House, app: Flask) -> None:
    ask(house)
    own = {"state": "approved", "decided_by_id": Concession.requested_by_id, "decided_at": Concession.requested_at}
    with app.app_context(), transaction() as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.update(Concession).values(**own))


def test_a_no_says_why_and_is_the_last_word(house: House) -> None:
    made = ask(house)
    house.be(house.lead)
    assert decide(house, made, approve=False)[0] == 422
    assert decide(house, made, approve=False, note="They pay late themselves") == (200, "declined")
    assert decide(house, made, approve=True)[0] == 409


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": 0.001}, {"reason": " "}, {"currency": "euro"}, {"currency": "ZZZ"}])
def test_what_makes_no_concession(house: House, wrong: dict[str, object]) -> None:
    body = {"issue_id": house.issue, "amount": 5, "reason": "x"} | wrong
    assert house.post("/concessions", **body).status_code == 422


def test_without_an_issue_nothing_is_given(house: House) -> None:
    assert house.post("/concessions", amount=5, reason="x").status_code == 422
    assert house.post("/concessions", issue_id=999, amount=5, reason="x").status_code == 404


def test_a_token_neither_asks_nor_approves(house: House, app: Flask) -> None:
    made = ask(house)
    headers, client = token(app), app.test_client()
    assert client.post("/api/v1/concessions", json={}, headers=headers).status_code == 403
    decision = client.put(f"/api/v1/concessions/{made}/decision", json={"approve": True}, headers=headers)
    assert decision.status_code == 403


def test_who_asked_takes_it_back(house: House) -> None:
    made = ask(house)
    assert house.be(house.manager).put(f"/concessions/{made}/withdrawal").status_code == 409
    assert house.be(house.ana).put(f"/concessions/{made}/withdrawal").json["state"] == "withdrawn"
    assert [one["state"] for one in house.get("/concessions").json["items"]] == ["withdrawn"]
