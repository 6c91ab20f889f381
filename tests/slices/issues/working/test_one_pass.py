"""A contact in one pass: all of it is stored, or nothing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.accounts.models import Interaction
from feedback.extensions import db
from feedback.issues.models import Commitment, IssueEvent
from feedback.issues.rules import IssueState, OutOfOrder
from feedback.issues.working.one_pass import Contact, log_contact
from feedback.kernel import clock
from feedback.uow import transaction
from tests.slices.issues.working.conftest import LATER, NOW, House

PROMISE = {"text": "A decision by Saturday", "due_at": LATER}


def test_one_call_goes_from_routed_to_in_fix(house: House) -> None:
    made = house.log(
        to="in_fix", promise=PROMISE, diagnosis={"root_cause": "Two people on leave", "whys": ["Nobody stood in", "No deputies"]}
    )
    assert (made.status_code, made.json["state"]) == (201, "in_fix")
    assert made.json["diagnosis"]["path"] == "Two people on leave"
    assert made.json["diagnosis"]["whys"] == ["Nobody stood in", "No deputies"]
    assert [one["text"] for one in made.json["commitments"]] == ["A decision by Saturday"]
    assert made.json["fix_due_at"] == made.json["commitments"][0]["due_at"]


def test_everything_that_is_missing_on_the_way_is_named_and_nothing_stored(house: House, app: Flask) -> None:
    refused = house.log(to="fixed", promise=PROMISE)
    assert (refused.status_code, refused.json["missing"]) == (409, ["root_cause", "fix_summary"])
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Interaction)) == 0
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Commitment)) == 0
    assert house.show()["state"] == "routed"


def test_a_refusal_of_a_late_part_takes_back_the_early_ones(house: House, app: Flask) -> None:
    assert house.log(promise=PROMISE, fix={"owner_id": 999}).status_code == 422
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Interaction)) == 0
        kinds = db.session.scalars(sa.select(IssueEvent.kind).where(IssueEvent.issue_id == house.issue)).all()
    assert set(kinds) == {"opened", "routed"}


def test_the_first_who_is_reached_is_contacted(house: House) -> None:
    made = house.log(next_step="Ask the claims desk").json
    assert (made["state"], made["interactions"][0]["summary"]) == ("contacted", "Called her")
    talk = next(event for event in made["history"] if event["kind"] == "interaction")
    assert talk["data"]["next_note"] == "Ask the claims desk"


def test_nobody_reached_stops_no_clock(house: House) -> None:
    before = house.show()["next_due_at"]
    made = house.log(outcome="not_reached", said="Rang out").json
    assert (made["state"], made["next_due_at"], made["interactions"]) == ("routed", before, [])
    assert made["history"][-1]["kind"] == "attempt"


def test_nothing_is_promised_to_who_was_not_reached(house: House) -> None:
    assert "outcome" in house.log(outcome="left_message", promise=PROMISE).json["errors"]


def test_a_contact_does_not_go_back(house: House) -> None:
    house.log(to="diagnosed", diagnosis={"root_cause": "Leave"})
    assert house.log(to="contacted").status_code == 409
    assert house.log(said="Once more").json["state"] == "diagnosed"


def test_who_saw_another_state_is_told_and_nothing_is_stored(house: House, app: Flask) -> None:
    house.log()
    late = Contact("Called her too", seen=IssueState.ROUTED)
    with app.app_context(), transaction(), pytest.raises(OutOfOrder):
        log_contact(house.issue, late, viewer=get_viewer(house.ana))
    assert len(house.show()["interactions"]) == 1


def test_the_same_words_in_one_breath_are_one_call(house: House, app: Flask) -> None:
    said = Contact("Called her", seen=IssueState.ROUTED)
    with app.app_context():
        for _time in range(3):
            with transaction():
                log_contact(house.issue, said, viewer=get_viewer(house.ana))
        with clock.frozen(NOW + timedelta(minutes=1)), transaction(), pytest.raises(OutOfOrder):
            log_contact(house.issue, said, viewer=get_viewer(house.ana))
    assert len(house.show()["interactions"]) == 1


def test_times_lie_on_the_right_side_of_now(house: House) -> None:
    errors = house.log(occurred_at=LATER, promise={"text": "x", "due_at": NOW.isoformat()}, fix={"due_at": NOW.isoformat()}).json[
        "errors"
    ]
    assert set(errors) == {"occurred_at", "promise_due_at", "fix_due_at"}


def test_an_account_manager_logs_nothing(house: House) -> None:
    assert house.be(house.manager).log().status_code == 403


def test_who_mends_it_is_told(house: House, app: Flask) -> None:
    made = house.put(f"/issues/{house.issue}/fix", owner_id=house.lead, due_at=LATER)
    assert made.json["diagnosis"]["fix_owner"] == {"id": house.lead, "name": "Lea"}
    assert made.json["fix_due_at"].startswith("2026-03-07")
    from feedback.outbox.models import OutboxMessage

    with app.app_context():
        told = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.key.startswith("fix-given"))).all()
    assert [one["user_id"] for one in told] == [house.lead]


def test_what_is_known_already_is_not_diagnosed_again(house: House) -> None:
    cause = {"root_cause": "Two people on leave", "whys": ["Nobody stood in"]}
    first = house.log(to="diagnosed", diagnosis=cause).json["diagnosis"]
    house.log(diagnosis={"root_cause_id": first["root_cause_id"], "whys": ["Nobody stood in"]})
    again = house.log(diagnosis=cause).json
    assert [event["kind"] for event in again["history"]].count("diagnosis") == 1
    changed = house.log(diagnosis={"whys": []}).json
    assert (changed["diagnosis"]["whys"], changed["history"][-1]["data"]) == ([], {"whys": []})


def test_a_day_alone_is_promised_until_its_end(house: House) -> None:
    made = house.log(promise={"text": "Call back", "due_at": "2026-03-02"}, fix={"due_at": "2026-03-03"})
    assert made.status_code == 201
    assert made.json["commitments"][0]["due_at"].startswith("2026-03-02T23:59:00")
    assert made.json["fix_due_at"].startswith("2026-03-03T23:59:00")


def test_a_day_that_has_passed_is_no_promise(house: House) -> None:
    assert set(house.log(promise={"text": "x", "due_at": "2026-03-01"}).json["errors"]) == {"promise_due_at"}


@pytest.mark.parametrize("said", [{}, {"to": "contacted"}])
def test_a_talk_from_before_the_problem_is_no_answer_to_it(house: House, said: dict[str, str]) -> None:
    refused = house.log(occurred_at="2020-05-01T10:00:00Z", **said)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["occurred_at"])
    assert house.show()["state"] == "routed"
    assert house.log(occurred_at="2020-05-01T10:00:00Z", direction="in").status_code == 201
