"""An issue that is none: one says so, another confirms it, and it counts nowhere."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.gate.standing import standing_of
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueSource
from feedback.issues.rules.opening import Cause
from feedback.issues.working.mistake_lines import count_to_confirm
from feedback.issues.working.models import IssueMistake
from feedback.kernel import clock
from feedback.reporting.loop_speed import SpeedFilter, loop_speed
from feedback.reporting.recovery_checklist import recovery_checklist
from feedback.surveys.models import Response
from feedback.uow import transaction
from tests.factories import make_user
from tests.logins import token
from tests.slices.issues.answers import accept, make_answer
from tests.slices.issues.working.conftest import LATER, House
from tests.slices.issues.working.test_concessions import told


@pytest.fixture
def wrong(house: House) -> int:
    """A complaint that was written down for the wrong customer."""
    said = {"account_id": house.account, "source": "complaint", "text": "The lift does not work", "severity": "major"}
    entered = house.be(house.manager).post("/issues", **said)
    assert entered.status_code == 201, entered.json
    house.be(house.ana)
    return int(entered.json["id"])


def claim(house: House, issue: int, reason: str = "It was about another company") -> Any:
    return house.post(f"/issues/{issue}/mistakes", reason=reason)


def decide(house: House, mistake: int, *, confirm: bool = True, note: str = "") -> Any:
    return house.put(f"/mistakes/{mistake}/decision", confirm=confirm, note=note)


def issue_of(house: House, issue: int) -> Any:
    return house.get(f"/issues/{issue}").json


def test_it_stays_open_until_the_lead_confirms_it(house: House, wrong: int, app: Flask) -> None:
    made = claim(house, wrong)
    assert (made.status_code, issue_of(house, wrong)["state"]) == (201, "routed")
    assert told(app, "mistake_claimed") == [house.lead]
    assert decide(house.be(house.lead), made.json["id"]).json["state"] == "confirmed"
    now = issue_of(house, wrong)
    assert (now["state"], now["withdrawn_at"], now["next_due_at"]) == ("closed", now["closed_at"], None)
    assert told(app, "mistake_confirmed") == [house.ana]
    assert [event["kind"] for event in now["history"]][-2:] == ["mistake_claimed", "withdrawn"]


def counted(house: House, app: Flask) -> tuple[int, set[int | None]]:
    """Issues in the speed of the loop, and those that stand in the way of selling there again."""
    with app.app_context():
        boss = get_viewer(make_user(Role.EXECUTIVE))
        loop = loop_speed(boss, SpeedFilter()).issues
        checks = recovery_checklist(standing_of(house.account, clock.now()), clock.now())
        return loop, {line.issue_id for check in checks for line in check.evidence}


def test_it_counts_nowhere_any_more(house: House, wrong: int, app: Flask) -> None:
    loop, named = counted(house, app)
    made = claim(house, wrong).json["id"]
    decide(house.be(house.lead), made)
    assert wrong in named
    assert counted(house, app) == (loop - 1, named - {wrong})


def test_nobody_confirms_their_own_nor_without_the_right(house: House, wrong: int) -> None:
    made = claim(house.be(house.lead), wrong).json["id"]
    assert decide(house, made).status_code == 403
    assert decide(house.be(house.ana), made).status_code == 403
    assert decide(house.be(house.manager), made).status_code == 403
    assert issue_of(house, wrong)["state"] == "routed"


def test_the_database_keeps_that_too(house: House, wrong: int, app: Flask) -> None:
    claim(house, wrong)
    own = {"state": "confirmed", "decided_by_id": IssueMistake.claimed_by_id, "decided_at": IssueMistake.claimed_at}
    with app.app_context(), transaction() as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.update(IssueMistake).values(**own))


def test_a_no_says_why_and_the_issue_stays(house: House, wrong: int, app: Flask) -> None:
    made = claim(house, wrong).json["id"]
    house.be(house.lead)
    assert decide(house, made, confirm=False).status_code == 422
    assert decide(house, made, confirm=False, note="They did call").json["state"] == "refused"
    assert (issue_of(house, wrong)["state"], told(app, "mistake_refused")) == ("routed", [house.ana])
    assert decide(house, made).status_code == 409
    assert claim(house.be(house.ana), wrong).status_code == 201, "with a better reason it may be said again"


def test_who_said_so_takes_it_back(house: House, wrong: int) -> None:
    made = claim(house, wrong).json["id"]
    assert claim(house, wrong).status_code == 409
    assert house.be(house.lead).put(f"/mistakes/{made}/withdrawal").status_code == 409
    assert house.be(house.ana).put(f"/mistakes/{made}/withdrawal").json["state"] == "taken_back"
    assert decide(house.be(house.lead), made).status_code == 409


def test_what_a_customer_scored_is_no_mistake(house: House) -> None:
    refused = claim(house, house.issue)
    assert (refused.status_code, refused.json["missing"]) == (409, ["customer"])


def test_what_was_promised_comes_first(house: House, wrong: int) -> None:
    promised = house.post(f"/issues/{wrong}/commitments", text="A new lift", due_at=LATER)
    assert promised.status_code == 201
    assert claim(house, wrong).json["missing"] == ["promises"]


def test_what_changed_meanwhile_is_looked_at_again(house: House, wrong: int, app: Flask) -> None:
    made = claim(house, wrong).json["id"]
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).where(Issue.id == wrong).values(reopen_count=1))
    assert decide(house.be(house.lead), made).json["missing"] == ["customer"]


@pytest.mark.parametrize("reason", ["", "  "])
def test_nobody_says_so_without_a_reason(house: House, wrong: int, reason: str) -> None:
    assert claim(house, wrong, reason).status_code == 422


def test_a_token_says_nothing(house: House, wrong: int, app: Flask) -> None:
    headers, client = token(app), app.test_client()
    assert client.post(f"/api/v1/issues/{wrong}/mistakes", json={"reason": "x"}, headers=headers).status_code == 403


def test_the_lead_sees_how_many_wait(house: House, wrong: int, app: Flask) -> None:
    made = claim(house, wrong).json["id"]
    with app.app_context():
        counts = [count_to_confirm(get_viewer(one)) for one in (house.ana, house.lead)]
    assert counts == [0, 1]
    assert [line["id"] for line in house.get("/mistakes", state="claimed").json["items"]] == [made]
    decide(house.be(house.lead), made)
    assert house.get("/mistakes", state="claimed").json["items"] == []


def test_words_that_a_rule_read_wrongly_stay_readable(house: House, app: Flask) -> None:
    with app.app_context():
        answer = make_answer(house.account, 9, causes=(Cause(IssueSource.KEYWORD),), contact_id=house.contact)
        with transaction() as session:
            session.execute(sa.update(Response).where(Response.id == answer.response_id).values(comment="Never cancel"))
        issue = accept(answer)[answer.response_id]
    made = claim(house, issue)
    assert decide(house.be(house.lead), made.json["id"]).status_code == 200, made.json
    with app.app_context():
        voice = db.session.scalars(sa.select(IssueVoice).where(IssueVoice.issue_id == issue)).one()
        assert (voice.response_id, voice.said) == (None, "Never cancel")
