"""What opens issues besides a low score, each once, and what it takes to close an issue with several voices."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Contract, Interaction
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.extensions import db
from feedback.issues.alarms import next_steps, sound_alarms
from feedback.issues.models import Issue, RoutingRule
from feedback.issues.queries import issue_facts
from feedback.issues.verifying.queries import waiting_voices
from feedback.issues.work_items import find_contact_gaps, settle_work_items
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.wording import wording
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_user
from tests.logins import as_user, token
from tests.slices.issues.openings import NOW, House, found_house


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> Iterator[House]:
    with clock.frozen(NOW):
        yield found_house(app, client)


@pytest.fixture
def forgotten(house: House) -> House:
    """The same where nobody has spoken with the buyer for three months."""
    with clock.frozen(NOW - timedelta(days=90)), house.app.app_context():
        house.buyer = make_contact(house.account, ContactRole.DECISION_MAKER)
    return house


def test_who_wants_to_be_called_is_called_whatever_the_score(house: House) -> None:
    opened = house.answer("p1", 10, call_me={"phone": "+34 600", "best_time": "after lunch"})["issue_id"]
    issue = house.issue(opened)
    assert (issue["source"], issue["severity"]) == ("call_wish", "minor")
    assert issue["why"] == "The customer asked to be called on +34 600, best after lunch."
    assert issue["owner"]["id"] == house.ana


def test_two_reasons_that_have_nothing_in_common_are_two_issues(house: House) -> None:
    low = house.answer("p1", 3)["issue_id"]
    wish = house.answer("p2", 9, call_me={})["issue_id"]
    again = house.answer("p3", 10, call_me={})["issue_id"]
    assert low != wish == again


def test_a_fall_of_three_points_in_one_program_opens_an_issue(house: House) -> None:
    with clock.frozen(NOW - timedelta(days=20)):
        assert house.answer("p1", 10)["issue_id"] is None
    opened = house.answer("p1", 7)["issue_id"]
    assert house.issue(opened)["why"] == "The same person answered 10 before and 7 now."
    assert house.answer("p2", 7)["issue_id"] is None


def test_a_keyword_rule_hears_words_and_says_which(house: House) -> None:
    house.defects("leaving")
    rule = {"name": "Leaving", "phrases": {"es": ["me voy"]}, "defect": "leaving", "severity": "major"}
    assert house.client.post("/api/v1/keyword-rules", json=rule, headers=house.bearer).status_code == 201
    issue = house.issue(house.answer("p1", 9, comment="¡Me VOY!", language="es")["issue_id"])
    assert (issue["source"], issue["defect"], issue["severity"]) == ("keyword", "leaving", "major")
    assert "“Me VOY”" in issue["why"]
    assert house.answer("p2", 9, comment="Me quedo", language="es")["issue_id"] is None


def test_trying_words_counts_what_they_would_have_found_and_stores_nothing(house: House) -> None:
    house.answer("p1", 9, comment="We may cancel")
    house.answer("p2", 2, comment="Cancelled it")
    house.answer("p3", 9, comment="All is well")
    url, phrases = "/api/v1/keyword-rules/preview", {"phrases": {"en": ["cancel*"]}}
    found = house.client.post(url, json=phrases, headers=house.bearer).json
    assert (found["looked_at"], found["matched"], found["matched_above"]) == (3, 2, 1)
    assert house.client.get("/api/v1/keyword-rules", headers=house.bearer).json == {"items": []}


def test_a_rule_can_be_switched_off_and_set(house: House) -> None:
    url = "/api/v1/opening-rules/"
    off = house.client.patch(f"{url}call_wish", json={"active": False}, headers=house.bearer)
    assert (off.status_code, off.json["active"]) == (200, False)
    assert house.answer("p1", 9, call_me={})["issue_id"] is None
    wrong = house.client.patch(f"{url}score_drop", json={"params": {"points": 0}}, headers=house.bearer)
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["params.points"])


def test_who_writes_please_call_me_is_heard_whatever_the_score(house: House) -> None:
    happy = house.answer("p1", 9, comment="All is well. Please call me back about the renewal!", language="en")
    issue = house.issue(happy["issue_id"])
    assert (issue["source"], issue["severity"]) == ("call_wish", "minor")
    assert issue["why"] == "The customer wrote: “Please call me back about the renewal”."
    assert house.answer("p2", 9, comment="No need to call me.", language="en")["issue_id"] is None


def test_a_wish_that_is_ticked_and_written_is_one(house: House) -> None:
    said = {"comment": "Please call me", "language": "en", "call_me": {"phone": "+34 600"}}
    issue = house.issue(house.answer("p1", 9, **said)["issue_id"])
    assert (len(issue["voices"]), issue["why"]) == (1, "The customer asked to be called on +34 600.")


def test_listening_for_it_can_be_switched_off(house: House, app: Flask) -> None:
    rule, admin = "/api/v1/opening-rules/call_wish", token(app, "admin")
    off = app.test_client().patch(rule, json={"params": {"in_words": False}}, headers=admin)
    assert (off.status_code, off.json["params"]) == (200, {"in_words": False})
    assert app.test_client().patch(rule, json={"params": {"in_words": "no"}}, headers=admin).status_code == 422
    assert house.answer("p1", 9, comment="Please call me", language="en")["issue_id"] is None


def _fixed(house: House, issue_id: int) -> None:
    later = (NOW + timedelta(days=3)).isoformat()
    moves = (
        {"to": "contacted", "note": "Called"},
        {"to": "diagnosed", "root_cause": "Form"},
        {"to": "in_fix", "fix_due_at": later, "commitment": "Friday"},
        {"to": "fixed", "fix_summary": "Done"},
    )
    for move in moves:
        moved = house.post(f"/{issue_id}/transitions", **move)
        assert moved.status_code == 200, moved.json
    kept = f"/api/v1/issues/{issue_id}/commitments/{moved.json['commitments'][0]['id']}/fulfilment"
    assert house.client.put(kept).status_code == 200


def test_an_issue_with_three_people_closes_when_each_was_answered(house: House) -> None:
    house.defects("late")
    opened = house.answer("p1", 5, defects=["late"])["issue_id"]
    assert house.answer("p2", 6, defects=["late"])["issue_id"] == opened
    assert house.answer("p3", 6, defects=["late"])["issue_id"] == opened
    _fixed(house, opened)
    with clock.frozen(NOW + timedelta(days=40)):
        as_user(house.client, house.ana)
        refused = house.post(f"/{opened}/transitions", to="closed_unverified")
        assert (refused.status_code, refused.json["missing"]) == (409, ["answers"])
        _, second, third = house.issue(opened)["voices"]
        assert house.post(f"/{opened}/voices/{second['id']}/answer", summary="Told her").status_code == 201
        waiver = f"/api/v1/issues/{opened}/voices/{third['id']}/waiver"
        assert house.client.put(waiver, json={"reason": "Left the company"}).status_code == 200
        with house.app.app_context():
            assert len(waiting_voices(db.session.get_one(Issue, opened))) == 2
        closed = house.post(f"/{opened}/transitions", to="closed_unverified").json
    assert closed["state"] == "closed_unverified"
    assert [voice["state"] for voice in closed["voices"]] == ["answered", "answered", "waived"]


def test_two_issues_become_one_and_whoever_says_it_again_joins_it(house: House) -> None:
    house.defects("late", "lost")
    late, lost = house.answer("p1", 5, defects=["late"])["issue_id"], house.answer("p2", 2, defects=["lost"])["issue_id"]
    kept = house.post(f"/{late}/merges", issue_id=lost)
    assert (kept.status_code, kept.json["severity"], len(kept.json["voices"])) == (200, "major", 2)
    assert house.post(f"/{late}/merges", issue_id=lost).status_code == 200
    gone = house.issue(lost)
    assert (gone["state"], gone["merged_into_id"], gone["voices"]) == ("closed", late, [])
    assert house.answer("p3", 4, defects=["lost"])["issue_id"] == late


def twice(house: House) -> int:
    """An issue in which p1 speaks twice and p2 once."""
    house.defects("late")
    kept, other = house.answer("p1", 5, defects=["late"])["issue_id"], house.answer("p1", 2)["issue_id"]
    house.answer("p2", 4, defects=["late"])
    merged = house.post(f"/{kept}/merges", issue_id=other).json
    assert (len(merged["voices"]), merged["people_to_answer"]) == (3, 2)
    return int(kept)


def test_one_talk_answers_everything_that_somebody_said(house: House) -> None:
    kept = twice(house)
    voices = house.issue(kept)["voices"]
    answered = house.post(f"/{kept}/voices/{voices[0]['id']}/answer", summary="Told her").json
    same = [voice["state"] for voice in answered["voices"] if voice["contact_id"] == voices[0]["contact_id"]]
    assert (same, answered["people_to_answer"]) == (["answered"] * 2, 1)


def test_whom_nobody_has_to_answer_waits_with_nothing_that_they_said(house: House) -> None:
    kept = twice(house)
    voice = house.issue(kept)["voices"][0]
    waived = house.client.put(f"/api/v1/issues/{kept}/voices/{voice['id']}/waiver", json={"reason": "Has left"}).json
    assert sorted(one["state"] for one in waived["voices"]) == ["waiting", "waived", "waived"]
    assert waived["people_to_answer"] == 1


def test_issues_of_two_customers_stay_two(house: House) -> None:
    with house.app.app_context():
        other = make_account(external_id="OTHER", team_id=None)
    mine, theirs = house.complain().json["id"], house.complain(account_id=other).json["id"]
    assert house.post(f"/{mine}/merges", issue_id=theirs).status_code == 409


def test_a_voice_gets_an_issue_of_its_own(house: House) -> None:
    house.defects("late")
    opened = house.answer("p1", 5, defects=["late"])["issue_id"]
    house.answer("p2", 6, defects=["late"])
    second = house.issue(opened)["voices"][1]
    new = house.post(f"/{opened}/voices/{second['id']}/issue", title="Something else").json
    assert (new["title"], new["contact_id"], len(new["voices"])) == ("Something else", second["contact_id"], 1)
    assert len(house.issue(opened)["voices"]) == 1
    only = house.issue(opened)["voices"][0]["id"]
    assert house.post(f"/{opened}/voices/{only}/issue").status_code == 409
    assert house.answer("p3", 6, defects=["late"])["issue_id"] == opened


def test_a_silence_of_ours_becomes_one_work_item_that_no_gate_minds(forgotten: House) -> None:
    assert [forgotten.look_for_gaps() for _ in range(2)] == [1, 0]
    item = forgotten.only_issue()
    assert (item["source"], item["contact_id"], item["is_work_item"]) == ("contact_gap", forgotten.buyer, True)
    assert "it is no sales call" in item["why"]
    with forgotten.app.app_context():
        assert issue_facts([forgotten.account], NOW)[forgotten.account].state == "none"


def test_who_is_to_be_called_without_a_reason_of_theirs_is_called_in_two_working_days(forgotten: House) -> None:
    with clock.frozen(datetime(2026, 3, 6, 5, 30, tzinfo=UTC)):  # a Friday: round the clock it would be due on Sunday
        forgotten.look_for_gaps()
    assert forgotten.only_issue()["first_contact_due_at"] == "2026-03-09T18:00:00+00:00"


def test_a_reminder_to_get_in_touch_stays_with_the_team(forgotten: House) -> None:
    forgotten.look_for_gaps()
    item = forgotten.only_issue()["id"]
    with forgotten.app.app_context():
        make_user(Role.EXECUTIVE)
        make_user(Role.FRONTLINE, team_id=forgotten.team, leads_team=True)
    for days in (30, 60, 90):
        with clock.frozen(NOW + timedelta(days=days)), forgotten.app.app_context(), transaction():
            assert sound_alarms(item)
    with forgotten.app.app_context():
        issue = db.session.get_one(Issue, item)
        assert (issue.escalated, [step.rung for step in next_steps(issue)]) == (2, [])


def test_a_talk_noted_anywhere_settles_the_item_and_it_does_not_come_back(forgotten: House) -> None:
    forgotten.look_for_gaps()
    talk = {"contact_id": forgotten.buyer, "channel": "phone", "direction": "out", "summary": "Hello"}
    with clock.frozen(NOW + timedelta(hours=2)), forgotten.app.app_context():
        insert(Interaction, account_id=forgotten.account, **talk, occurred_at=clock.now(), created_at=clock.now())
        with transaction():
            assert settle_work_items() == 1
        assert find_contact_gaps() == []


def test_a_work_item_ends_with_the_call_and_never_without_one(forgotten: House) -> None:
    forgotten.look_for_gaps()
    item = forgotten.only_issue()["id"]
    assert forgotten.post(f"/{item}/transitions", to="closed").json["missing"] == ["note", "answers"]
    assert forgotten.post(f"/{item}/transitions", to="closed", note="All is well").json["state"] == "closed"
    assert forgotten.count(Interaction) == 1


def test_a_logged_contact_ends_a_work_item_too_if_somebody_was_spoken_with(forgotten: House) -> None:
    forgotten.look_for_gaps()
    log = f"/{forgotten.only_issue()['id']}/contact-logs"
    wrote = forgotten.post(log, said="She wrote", channel="email", direction="in", contact_id=forgotten.buyer, to="closed")
    assert (wrote.status_code, wrote.json["missing"]) == (409, ["answers"])
    assert forgotten.post(log, said="Nobody there", outcome="not_reached", to="closed").status_code == 422
    assert forgotten.post(log, said="All is well", to="contacted").status_code == 409
    assert forgotten.post(log, said="All is well", to="closed").json["state"] == "closed"


def test_no_contact_closes_a_problem(house: House) -> None:
    assert house.post(f"/{house.complain().json['id']}/contact-logs", said="All is well", to="closed").status_code == 409


def test_ten_gaps_of_one_run_are_one_notice_to_one_person(forgotten: House) -> None:
    with clock.frozen(NOW - timedelta(days=90)), forgotten.app.app_context():
        for name in "ABCDEFGHI":
            make_contact(make_account(name=name, value_tier=ValueTier.A), ContactRole.DECISION_MAKER)
    assert forgotten.look_for_gaps() == 10
    with forgotten.app.app_context():
        told = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user")).all()
    to_ana = [one for one in told if one["user_id"] == forgotten.ana]
    assert [one["kind"] for one in to_ana] == ["work_items_opened"]
    assert wording("work_items_opened", to_ana[0]["params"]).subject == "10 customers nobody has spoken with for long"


def test_a_work_item_is_nothing_that_a_rule_was_missing_for(forgotten: House) -> None:
    with forgotten.app.app_context():
        make_user(Role.FRONTLINE, team_id=forgotten.team, leads_team=True)
        insert(RoutingRule, position=0, category="price", team_id=forgotten.team)
        assert forgotten.look_for_gaps() == 1
        told = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user")).all()
    assert "issue_caught" not in [one["kind"] for one in told]


def test_a_promise_made_on_the_way_keeps_a_work_item_open(forgotten: House) -> None:
    forgotten.look_for_gaps()
    item = forgotten.only_issue()["id"]
    promised = {"text": "Send the new terms", "due_at": (NOW + timedelta(days=3)).isoformat()}
    assert forgotten.post(f"/{item}/commitments", **promised).status_code == 201
    assert forgotten.post(f"/{item}/interactions", summary="All is well", contact_id=forgotten.buyer).status_code == 201
    with clock.frozen(NOW + timedelta(hours=2)), forgotten.app.app_context(), transaction():
        assert settle_work_items() == 0
    assert forgotten.post(f"/{item}/transitions", to="closed").json["missing"] == ["promises"]


def test_where_an_issue_is_open_somebody_is_on_the_way_already(forgotten: House) -> None:
    forgotten.answer("p1", 2)
    assert forgotten.look_for_gaps() == 0


def test_an_issue_says_which_contract_it_is_about(house: House) -> None:
    with house.app.app_context():
        lease = {"name": "Lease", "created_at": NOW, "updated_at": NOW}
        contract = insert(Contract, external_id="L1", account_id=house.account, **lease)
        strange = insert(Contract, external_id="L2", account_id=make_account(), **lease)
    issue = house.complain(contract_external_id="L1").json
    assert issue["contract_id"] == contract
    put = house.client.put(f"/api/v1/issues/{issue['id']}/contract", json={"contract_id": strange})
    assert put.status_code == 422
