"""Plans over HTTP: who may, one per account and period, nobody's change is lost, and what must change ticks itself."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from feedback.accounts.rules import ErasureReason
from feedback.audit.models import AuditEvent
from feedback.closed_loop.erasure import erase_person
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction
from feedback.planning.models import AccountPlan
from feedback.planning.rules.states import PeriodKind, PlanState
from feedback.uow import transaction
from tests.factories import insert
from tests.slices.gate.world import NOW, give_answer, give_consent
from tests.slices.planning.desk import PLANS, Desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def _set_issue(desk: Desk, **values: Any) -> None:
    with desk.app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).where(Issue.id == desk.issue).values(**values))


def test_a_plan_begins_as_a_draft_of_the_whole_period(desk: Desk) -> None:
    plan = desk.make(period="quarter", note="Win them back")
    assert (plan["starts_on"], plan["ends_on"], plan["state"], plan["version"]) == ("2026-10-01", "2026-12-31", "draft", 1)
    assert plan["gate"]["outcome"] == "hold"


def test_one_live_plan_per_account_and_period(desk: Desk) -> None:
    desk.make()
    body = {"account_id": desk.account, "period": "year", "starts_on": "2026-03-01"}
    assert desk.client.post(PLANS, json=body).status_code == 409
    assert desk.make(period="quarter")["period"] == "quarter"


def test_the_database_keeps_a_second_live_plan_out(desk: Desk) -> None:
    plan = desk.make()
    same = {"account_id": desk.account, "period": PeriodKind.YEAR}
    assert plan["starts_on"] == "2026-01-01"
    days = {"starts_on": NOW.date().replace(month=1, day=1), "ends_on": NOW.date().replace(month=12, day=31)}
    with desk.app.app_context(), pytest.raises(IntegrityError):
        insert(AccountPlan, **same | days, state=PlanState.DRAFT, version=1, created_at=NOW, changed_at=NOW)


def test_only_who_looks_after_the_account_sees_its_plan(desk: Desk) -> None:
    plan = desk.make()
    seen = [desk.as_(person).get(f"{PLANS}/{plan['id']}").status_code for person in (desk.manager, desk.other, desk.executive)]
    assert seen == [200, 404, 200]
    change = desk.as_(desk.executive).patch(f"{PLANS}/{plan['id']}", json={"version": 1, "note": "x"})
    assert change.status_code == 403


def test_a_change_of_what_was_not_seen_is_refused_and_named(desk: Desk) -> None:
    plan = desk.make()
    desk.add(plan, "objectives", text="Be heard")
    late = desk.client.patch(f"{PLANS}/{plan['id']}", json={"version": plan["version"], "note": "x"})
    assert late.status_code == 409
    assert "Max" in late.get_json()["detail"]


def test_an_issue_ticks_when_the_customer_confirms_and_unticks_when_it_comes_back(desk: Desk) -> None:
    plan = desk.add(desk.make(), "must-change", kind="issue", issue_id=desk.issue)
    ticks = []
    for values in (
        {"state": IssueState.FIXED, "fixed_at": NOW},
        {"state": IssueState.VERIFIED, "verified_at": NOW},
        {"state": IssueState.ROUTED, "verified_at": None},
    ):
        _set_issue(desk, **values)
        (line,) = desk.shown(plan)["must_change"]
        ticks.append((line["met"], line["since"] is not None))
    assert ticks == [(False, True), (True, True), (False, False)]


def test_a_fresh_score_ticks_and_a_worse_one_unticks(desk: Desk) -> None:
    plan = desk.add(desk.make(), "must-change", kind="score", contact_id=desk.contact, least_score=9)
    with desk.app.app_context():
        before = desk.shown(plan)["must_change"][0]
        give_answer(desk.account, desk.contact, 8, days=1)
    after = desk.shown(plan)["must_change"][0]
    assert (before["met"], after["met"]) == (True, False)
    assert after["why"] == "The last answer was 8, on Nov 1, 2026."


def test_a_consent_that_is_withdrawn_unticks(desk: Desk) -> None:
    plan = desk.add(desk.make(), "must-change", kind="consent", contact_id=desk.contact)
    before = desk.shown(plan)["must_change"][0]["met"]
    with desk.app.app_context():
        give_consent(desk.contact, ConsentAction.WITHDRAWN, channel=Channel.PHONE, occurred_at=NOW)
    after = desk.shown(plan)["must_change"][0]
    assert (before, after["met"], after["why"]) == (True, False, "Refused on Nov 2, 2026.")


def test_what_the_standing_asks_for_is_taken_over_with_one_call(desk: Desk) -> None:
    plan = desk.make()
    (suggested,) = desk.shown(plan)["suggestions"]
    text = suggested.pop("text")
    after = desk.add(plan, "must-change", **suggested)
    assert [line["text"] for line in after["must_change"]] == [text] == ["Issue #1 solved, by the customer's word."]
    assert after["suggestions"] == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "issue"}, "issue_id"),
        ({"kind": "issue", "issue_id": 999_999}, "issue_id"),
        ({"kind": "wallet", "issue_id": 1}, "issue_id"),
        ({"kind": "heard", "least_score": 8}, "least_score"),
        ({"kind": "score", "contact_id": 999_999}, "contact_id"),
    ],
)
def test_what_must_change_names_only_what_is_the_customers(desk: Desk, values: dict[str, Any], field: str) -> None:
    plan = desk.make()
    answer = desk.client.post(f"{PLANS}/{plan['id']}/must-change", json={"version": 1, **values})
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]


def test_an_empty_plan_is_not_worked_by_and_a_closed_one_is_history(desk: Desk) -> None:
    plan = desk.make()
    move = f"{PLANS}/{plan['id']}/transitions"
    empty = desk.client.post(move, json={"version": 1, "to": "active"})
    plan = desk.add(plan, "objectives", text="Be heard")
    active = desk.client.post(move, json={"version": plan["version"], "to": "active"}).get_json()
    closed = desk.client.post(move, json={"version": active["version"], "to": "closed", "note": "Heard"}).get_json()
    after = desk.client.patch(f"{PLANS}/{plan['id']}", json={"version": closed["version"], "note": "x"})
    assert (empty.status_code, empty.get_json()["missing"], active["state"]) == (409, ["content"], "active")
    assert (closed["state"], closed["outcome"], after.status_code) == ("closed", "Heard", 409)


def test_an_own_promise_ends_once(desk: Desk) -> None:
    plan = desk.add(desk.make(), "promises", text="Send the figures", due_on="2026-11-20")
    path = f"{PLANS}/{plan['id']}/promises/{plan['promises'][0]['id']}"
    with clock.frozen(NOW):
        kept = desk.client.patch(path, json={"version": plan["version"], "end": "kept"}).get_json()
        again = desk.client.patch(path, json={"version": kept["version"], "end": "broken"})
    assert ([line["state"] for line in kept["promises"]], again.status_code) == (["kept"], 409)


def test_minutes_make_a_review_held(desk: Desk) -> None:
    plan = desk.add(desk.make(), "reviews", starts_at="2026-11-01T09:00:00Z")
    path = f"{PLANS}/{plan['id']}/reviews/{plan['reviews'][0]['id']}"
    body = {"version": plan["version"], "people": "Carla, Max", "agreed": "Weekly call"}
    with clock.frozen(NOW):
        held = desk.client.patch(path, json=body).get_json()
        moved = desk.client.patch(path, json={"version": held["version"], "starts_at": "2026-12-01T09:00:00Z"})
    assert (held["reviews"][0]["held_at"], moved.status_code) == ("2026-11-01T09:00:00+00:00", 409)


def test_an_intent_shows_the_gates_word_and_permits_nothing(desk: Desk) -> None:
    plan = desk.add(desk.make(), "sales-intents", intent="cross_sell", product="Cover", amount=1200.0)
    ask = {"account_id": desk.account, "purpose": "offers", "channel": "phone", "initiation": "outbound"}
    with clock.frozen(NOW):
        decided = desk.client.post("/api/v1/gate/evaluate", json=ask).get_json()["outcome"]
    assert (plan["sales_intents"][0]["currency"], plan["gate"]["outcome"], decided) == ("EUR", "hold", "hold")


def test_history_forgets_a_person_with_the_plan(desk: Desk) -> None:
    plan = desk.add(desk.make(note="Talk to Carla Ruiz"), "objectives", text="Carla Ruiz signs")
    plan = desk.add(plan, "sales-intents", intent="upsell", product="For Carla Ruiz")
    with desk.app.app_context():
        with transaction():
            erase_person(desk.contact, ErasureReason.REQUESTED, actor="user:1")
        rows = db.session.scalars(sa.select(AuditEvent.data).where(AuditEvent.object_type == "account_plan")).all()
    assert "Ruiz" not in str(rows) + str(desk.shown(plan))
