"""The inner loop through HTTP: one way through all states, and what is refused on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Interaction
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from tests.factories import make_account, make_contact, make_defect, make_team, make_user
from tests.logins import as_user, token
from tests.slices.issues.answers import accept, catch_all, make_answer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = (NOW + timedelta(days=5)).isoformat()


@dataclass
class House:
    """A team with two people, an account manager and a major issue at their account."""

    client: FlaskClient
    ana: int
    ben: int
    manager: int
    account: int
    issue: int

    def move(self, to: str, **facts: Any) -> Any:
        return self.client.post(f"/api/v1/issues/{self.issue}/transitions", json={"to": to, **facts})

    def keep_promises(self) -> None:
        for made in self.get(f"/{self.issue}").json["commitments"]:
            self.client.put(f"/api/v1/issues/{self.issue}/commitments/{made['id']}/fulfilment")

    def walk(self, *moves: tuple[str, dict[str, Any]]) -> Any:
        answers = [self.move(to, **facts) for to, facts in moves]
        assert {answer.status_code for answer in answers} == {200}, [answer.json for answer in answers]
        return answers[-1].json

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/issues{path}")

    @contextmanager
    def later(self, **after: float) -> Iterator[None]:
        """The same people so much later; Ana logs in again."""
        with clock.frozen(NOW + timedelta(**after)):
            as_user(self.client, self.ana)
            yield


TO_IN_FIX = (
    ("contacted", {"note": "Called her, she waits for the money"}),
    ("diagnosed", {"root_cause": "The form asks for a paper copy"}),
    ("in_fix", {"fix_due_at": LATER, "commitment": "The form changes on Friday"}),
)
TO_FIXED = (*TO_IN_FIX, ("fixed", {"fix_summary": "No paper any more"}))


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> Iterator[House]:
    with clock.frozen(NOW):
        with app.app_context():
            team = make_team()
            ana, ben = (make_user(Role.FRONTLINE, team_id=team, name=name) for name in ("Ana", "Ben"))
            manager = make_user(Role.ACCOUNT_MANAGER)
            catch_all(team)
            account = make_account(owner_id=manager)
            answer = make_answer(account, 2, defects=((make_defect("late_claims"), "service"),))
            issue = accept(answer)[answer.response_id]
        yield House(as_user(client, ana), ana, ben, manager, account, issue)


def test_the_whole_way(house: House) -> None:
    house.walk(*TO_FIXED, ("verified", {"note": "Ana Ruiz said on the phone that it is solved"}))
    house.keep_promises()
    closed = house.walk(("closed", {}))
    assert (closed["state"], closed["next_due_at"], closed["next_moves"]) == ("closed", None, [])
    assert [line["data"].get("to") for line in closed["history"] if line["kind"] == "moved"] == [
        "contacted",
        "diagnosed",
        "in_fix",
        "fixed",
        "verified",
        "closed",
    ]


def test_the_document_has_what_the_contract_names(house: House) -> None:
    document = house.get(f"/{house.issue}").json
    assert document["owner"] == {"id": house.ana, "name": "Ana"}
    assert (document["state"], document["severity"], document["defect"]) == ("routed", "major", "late_claims")
    assert {"contact_id", "response_id", "state"} <= set(document["voices"][0])
    assert document["first_contact_due_at"] == document["next_due_at"] == "2026-03-03T21:00:00+00:00"


@pytest.mark.parametrize(
    ("walked", "to", "missing"),
    [
        ((), "contacted", ["note"]),
        (TO_IN_FIX[:1], "diagnosed", ["root_cause"]),
        (TO_IN_FIX[:2], "in_fix", ["fix_due_at", "commitment"]),
        (TO_IN_FIX, "in_fix", ["note"]),
        (TO_IN_FIX, "fixed", ["fix_summary"]),
        (TO_FIXED, "verified", ["note"]),
        (TO_FIXED, "closed_unverified", ["contact_attempts", "promises"]),
    ],
)
def test_a_refused_move_names_everything_that_is_missing(house: House, walked: Any, to: str, missing: list[str]) -> None:
    if walked:
        house.walk(*walked)
    refused = house.move(to)
    assert (refused.status_code, refused.json["missing"]) == (409, missing)
    assert {move["to"]: move["missing"] for move in house.get(f"/{house.issue}").json["next_moves"]}[to] == missing


def test_a_state_that_cannot_follow_is_refused_and_nothing_changes(house: House) -> None:
    refused = house.move("closed")
    assert (refused.status_code, "contacted" in refused.json["detail"]) == (409, True)
    assert house.get(f"/{house.issue}").json["state"] == "routed"


def test_a_recorded_talk_allows_contacted_without_a_note(house: House) -> None:
    talk = house.client.post(f"/api/v1/issues/{house.issue}/interactions", json={"summary": "No answer, left a message"})
    assert (talk.status_code, len(talk.json["interactions"])) == (201, 1)
    assert house.walk(("contacted", {}))["state"] == "contacted"


def test_a_note_on_contact_is_kept_in_the_customers_record(app: Flask, house: House) -> None:
    house.walk(TO_IN_FIX[0])
    with app.app_context():
        talk = db.session.scalars(sa.select(Interaction)).one()
        assert (talk.account_id, talk.user_id, talk.summary) == (house.account, house.ana, TO_IN_FIX[0][1]["note"])


def test_a_progress_update_restarts_the_update_clock(house: House) -> None:
    before = house.walk(*TO_IN_FIX)
    with house.later(hours=10):
        after = house.walk(("in_fix", {"note": "Told her that it is being printed"}))
    moved = datetime.fromisoformat(after["next_update_due_at"]) - datetime.fromisoformat(before["next_update_due_at"])
    assert moved == timedelta(hours=10)
    assert (after["state"], after["resolution_due_at"]) == ("in_fix", before["resolution_due_at"])


def test_a_customer_who_says_no_takes_the_issue_back_with_new_clocks(house: House) -> None:
    house.walk(*TO_FIXED)
    with house.later(days=3):
        again = house.walk(("routed", {"note": "Still asks for paper"}))
        assert house.move("contacted").json["missing"] == ["note"]
    assert (again["state"], again["reopen_count"], again["fixed_at"], again["owner"]["id"]) == ("routed", 1, None, house.ana)
    assert datetime.fromisoformat(again["first_contact_due_at"]) == NOW + timedelta(days=3, hours=36)


@pytest.mark.parametrize(("days", "attempts", "status"), [(1, 2, 409), (1, 3, 200), (29, 0, 409), (30, 0, 200)])
def test_silence_closes_an_issue_only_after_enough_attempts_or_time(house: House, days: int, attempts: int, status: int) -> None:
    house.walk(*TO_FIXED)
    with house.later(days=days):
        house.keep_promises()
        for _ in range(attempts):
            house.client.post(f"/api/v1/issues/{house.issue}/interactions", json={"summary": "No answer"})
        assert house.move("closed_unverified").status_code == status


def test_a_promise_in_the_past_is_refused(house: House) -> None:
    house.walk(*TO_IN_FIX[:2])
    refused = house.move("in_fix", fix_due_at="2026-03-01T00:00:00Z", commitment="Yesterday")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["fix_due_at"])


def test_promises_are_kept_once(house: House) -> None:
    path = f"/api/v1/issues/{house.issue}/commitments"
    made = house.client.post(path, json={"text": "We call on Friday", "due_at": LATER}).json
    first = house.client.put(f"{path}/{made['id']}/fulfilment").json["kept_at"]
    with house.later(days=1):
        second = house.client.put(f"{path}/{made['id']}/fulfilment").json["kept_at"]
    assert first == second == NOW.isoformat()


def test_taking_an_issue_is_sticky_and_told_to_nobody(house: House) -> None:
    taken = as_user(house.client, house.ben).put(f"/api/v1/issues/{house.issue}/assignment", json={})
    assert (taken.json["owner"]["name"], taken.json["assigned_manually"]) == ("Ben", True)


def test_an_issue_cannot_be_given_to_somebody_who_may_not_work_on_it(house: House) -> None:
    refused = house.client.put(f"/api/v1/issues/{house.issue}/assignment", json={"owner_id": house.manager})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["owner_id"])


def test_every_change_is_audited(app: Flask, house: House) -> None:
    house.walk(TO_IN_FIX[0])
    with app.app_context():
        (event,) = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "issue.moved"))
        assert (event.actor, event.object_id, event.data["to"]) == (f"user:{house.ana}", str(house.issue), "contacted")


@pytest.mark.parametrize(
    ("role", "seen", "may_move"),
    [
        (Role.EXECUTIVE, 200, 403),
        (Role.ADMIN, 200, 200),
        (Role.ACCOUNT_MANAGER, 404, 403),
        (Role.FRONTLINE, 404, 404),
    ],
)
def test_who_may_see_and_move_somebody_elses_issue(app: Flask, house: House, role: Role, seen: int, may_move: int) -> None:
    with app.app_context():
        stranger = make_user(role, team_id=make_team() if role is Role.FRONTLINE else None)
    as_user(house.client, stranger)
    assert house.get(f"/{house.issue}").status_code == seen
    assert house.move("contacted", note="Called").status_code == may_move
    assert [item["id"] for item in house.get("").json["items"]] == ([house.issue] if seen == 200 else [])


def test_the_account_manager_sees_the_issue_and_opens_another_that_is_routed(house: House) -> None:
    as_user(house.client, house.manager)
    opened = house.client.post(
        "/api/v1/issues", json={"account_id": house.account, "title": "Invoice twice", "severity": "critical"}
    )
    assert (opened.status_code, opened.json["state"]) == (201, "routed")
    assert opened.json["owner"]["name"] == "Ana", "one person calls a customer"
    assert len(house.get("").json["items"]) == 2


def test_nobody_opens_an_issue_at_an_account_that_is_not_theirs(app: Flask, house: House) -> None:
    with app.app_context():
        other = make_account()
    as_user(house.client, house.manager)
    refused = [house.client.post("/api/v1/issues", json={"account_id": account, "title": "x"}) for account in (other, 999)]
    assert [answer.status_code for answer in refused] == [404, 404]
    assert refused[0].data == refused[1].data


def test_a_contact_of_another_account_or_an_unknown_defect_is_invalid(app: Flask, house: House) -> None:
    with app.app_context():
        stranger = make_contact(make_account())
    headers = token(app, "write")
    wrong = [{"contact_id": stranger}, {"defect": "no_such"}]
    answers = [
        house.client.post("/api/v1/issues", json={"account_id": house.account, "title": "x"} | extra, headers=headers)
        for extra in wrong
    ]
    assert [(answer.status_code, list(answer.json["errors"])) for answer in answers] == [
        (422, ["contact_id"]),
        (422, ["defect"]),
    ]


def test_two_people_who_take_one_issue_leave_one_owner(app: Flask, house: House) -> None:
    for person in (house.ana, house.ben):
        as_user(house.client, person).put(f"/api/v1/issues/{house.issue}/assignment", json={})
    with app.app_context():
        assert db.session.scalar(sa.select(Issue.owner_id)) == house.ben
