"""From a defect to a delivery, to the customers who are told, to what the answers say afterwards."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.defects.models import Citation
from feedback.defects.rules import CitationSource
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outer_loop.models import EffectCheck, FollowUpBatch, Initiative
from feedback.outer_loop.said import paragraph
from feedback.uow import transaction
from jobs import check_effects
from tests.factories import insert, make_account, make_contact, make_defect, make_user
from tests.logins import token
from tests.slices.issues.answers import make_response

URL = "/api/v1/initiatives"
WHAT = {"title": "Claims in five days", "defects": ["late"]}


def propose(client: FlaskClient, **values: Any) -> int:
    response = client.post(URL, json=WHAT | values)
    assert response.status_code == 201, response.get_json()
    return int(response.get_json()["id"])


def move(client: FlaskClient, initiative_id: int, *states: str, **values: Any) -> dict[str, Any]:
    """Through several states; what the last step answered."""
    for state in states:
        response = client.post(f"{URL}/{initiative_id}/transitions", json={"to": state} | values)
        assert response.status_code == 200, response.get_json()
    return dict(response.get_json())


def deliver(client: FlaskClient, **values: Any) -> int:
    owner = make_user(Role.FRONTLINE)
    made = propose(client, owner_id=owner, due_on=date(2026, 12, 1).isoformat(), **values)
    move(client, made, "committed", "in_progress", "delivered")
    return made


def answers(defect_id: int, n: int, cited: int, at: datetime, **account: Any) -> None:
    """So many answers of one account at about a moment; the first ones cite the defect."""
    account_id = make_account(**account)
    contact_id = make_contact(account_id)
    for number in range(n):
        response_id = make_response(account_id, contact_id, 5, at + timedelta(minutes=number))
        if number < cited:
            insert(Citation, response_id=response_id, defect_id=defect_id, source=CitationSource.CUSTOMER)


def look(days: int) -> str:
    """What the job finds so many days later; answers the state."""
    with clock.frozen(clock.now() + timedelta(days=days, hours=1)):
        check_effects.run()
    db.session.rollback()
    return str(db.session.scalar(sa.select(Initiative.state)))


def notices(kind: str) -> list[int]:
    sent = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user"))
    return sorted(payload["user_id"] for payload in sent if payload["kind"] == kind)


@pytest.fixture
def late(now: datetime) -> int:
    return make_defect("late")


def test_nothing_is_promised_without_an_owner_and_a_date(manager: FlaskClient, late: int) -> None:
    made = propose(manager)
    refused = manager.post(f"{URL}/{made}/transitions", json={"to": "committed"})
    assert (refused.status_code, refused.get_json()["missing"]) == (409, ["owner", "due_on"])


def test_only_the_measurement_says_that_it_helped(manager: FlaskClient, late: int) -> None:
    made = deliver(manager)
    assert manager.post(f"{URL}/{made}/transitions", json={"to": "effect_confirmed"}).status_code == 409


def test_a_delivery_plans_two_looks(manager: FlaskClient, late: int) -> None:
    made = deliver(manager)
    checks = manager.get(f"{URL}/{made}").get_json()["checks"]
    assert [check["days"] for check in checks] == [60, 120]


def test_a_fall_is_confirmed_and_told(manager: FlaskClient, late: int, now: datetime) -> None:
    boss = make_user(Role.EXECUTIVE)
    answers(late, 100, 40, now - timedelta(days=20))
    made = deliver(manager)
    answers(late, 100, 8, now + timedelta(days=20))
    assert look(60) == "effect_confirmed"
    (check,) = db.session.scalars(sa.select(EffectCheck))
    exposed = check.figures["exposed"]
    assert (exposed["before"]["cited"], exposed["after"]["cited"]) == (40, 8)
    assert exposed["change"]["high"] < 0
    owner = db.session.get_one(Initiative, made).owner_id
    assert notices("initiative_confirmed") == sorted([boss, owner or 0])


def test_no_fall_reopens_it_by_itself(manager: FlaskClient, late: int, now: datetime) -> None:
    boss = make_user(Role.EXECUTIVE)
    answers(late, 100, 20, now - timedelta(days=20))
    made = deliver(manager)
    answers(late, 100, 22, now + timedelta(days=20))
    assert look(60) == "no_effect"
    initiative = db.session.get_one(Initiative, made)
    assert (initiative.reopen_count, boss in notices("initiative_no_effect")) == (1, True)
    assert db.session.scalar(sa.select(FollowUpBatch.id).where(FollowUpBatch.closed_at.is_(None))) is None
    assert move(manager, made, "in_progress", note="Try again")["state"] == "in_progress"


def test_too_few_answers_are_no_verdict(manager: FlaskClient, late: int, now: datetime) -> None:
    answers(late, 100, 40, now - timedelta(days=20))
    deliver(manager)
    answers(late, 29, 0, now + timedelta(days=20))
    assert look(60) == "delivered"
    assert look(120) == "delivered"
    checks = db.session.execute(sa.select(EffectCheck.days, EffectCheck.verdict).order_by(EffectCheck.days)).all()
    assert [(days, str(verdict)) for days, verdict in checks] == [(60, "too_few"), (120, "too_few"), (180, "None")]


def test_a_small_fall_waits_for_the_last_look(manager: FlaskClient, late: int, now: datetime) -> None:
    answers(late, 100, 20, now - timedelta(days=20))
    deliver(manager)
    answers(late, 100, 16, now + timedelta(days=20))
    assert look(60) == "delivered"
    assert look(120) == "no_effect"


def test_accounts_without_the_change_take_a_common_fall_away(manager: FlaskClient, late: int, now: datetime) -> None:
    answers(late, 100, 40, now - timedelta(days=20), region="Iberia")
    answers(late, 100, 50, now - timedelta(days=20), region="Nordics")
    deliver(manager, reach={"regions": ["Iberia"]})
    answers(late, 100, 10, now + timedelta(days=20), region="Iberia")
    answers(late, 100, 15, now + timedelta(days=20), region="Nordics")
    assert look(60) == "no_effect"
    (check,) = db.session.scalars(sa.select(EffectCheck))
    assert check.figures["beyond"]["value"] == pytest.approx(0.05)


def test_the_follow_up_lists_who_named_it_the_most_urgent_first(manager: FlaskClient, late: int, now: datetime) -> None:
    for name, tier in (("Small", "C"), ("Big", "A")):
        answers(late, 1, 1, now - timedelta(days=10), name=name, value_tier=tier)
    answers(late, 1, 0, now - timedelta(days=10), name="Other")
    answers(late, 1, 1, now - timedelta(days=500), name="Long ago")
    deliver(manager)
    (batch,) = manager.get("/api/v1/follow-up-batches").get_json()["items"]
    items = manager.get(f"/api/v1/follow-up-batches/{batch['id']}/items").get_json()["items"]
    assert [item["account"] for item in items] == ["Big", "Small"]
    assert (batch["total"], batch["done"]) == (2, 0)


def test_who_has_an_issue_that_led_to_it_is_told_too(manager: FlaskClient, late: int) -> None:
    account_id = make_account(external_id="acme")
    contact_id = make_contact(account_id)
    opened = manager.application.test_client()

    body = {"account_external_id": "acme", "title": "Late", "contact_id": contact_id}
    issue = opened.post("/api/v1/issues", json=body, headers=token(manager.application)).get_json()["id"]
    deliver(manager, issue_ids=[issue])
    (batch,) = manager.get("/api/v1/follow-up-batches").get_json()["items"]
    (item,) = manager.get(f"/api/v1/follow-up-batches/{batch['id']}/items").get_json()["items"]
    assert (item["contact_id"], item["issue_id"], item["facts"]["issue"]) == (contact_id, issue, "open")


def test_survey_mails_say_what_was_delivered(manager: FlaskClient, late: int) -> None:
    account_id = make_account(region="Iberia")
    here = {"account_id": account_id}
    deliver(manager, news={"en": "Claims are paid in five days now."}, reach={"regions": ["Iberia"]})
    assert paragraph("en-GB", clock.now(), **here) == "Claims are paid in five days now."
    assert paragraph("es", clock.now(), **here) == ""
    assert paragraph("en", clock.now(), account_id=make_account(region="Nordics")) == ""


def test_what_did_not_help_is_not_told_any_more(manager: FlaskClient, late: int, now: datetime) -> None:
    answers(late, 100, 20, now - timedelta(days=20))
    deliver(manager, news={"en": "Done."})
    answers(late, 100, 22, now + timedelta(days=20))
    look(60)
    assert paragraph("en", now + timedelta(days=61)) == ""


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"defects": ["unknown"]}, "defects"),
        ({"owner_id": 999}, "owner_id"),
        ({"team_id": 999}, "team_id"),
        ({"issue_ids": [999]}, "issue_ids"),
        ({"survey": "unknown"}, "survey"),
        ({"target_from": 0.1, "target_to": 0.2}, "target_to"),
        ({"cost": -1}, "cost"),
        ({"currency": "ZZZ"}, "currency"),
        ({"due_on": "2020-01-01"}, "due_on"),
    ],
)
def test_what_cannot_be_is_said(manager: FlaskClient, late: int, values: dict[str, Any], field: str) -> None:
    response = manager.post(URL, json=WHAT | values)
    assert (response.status_code, list(response.get_json()["errors"])) == (422, [field])


def test_a_day_that_has_passed_stays_but_is_not_set(manager: FlaskClient, late: int) -> None:
    made = propose(manager, due_on=date(2026, 12, 1).isoformat())
    with clock.frozen(datetime(2027, 1, 1, tzinfo=UTC)):
        said = [manager.patch(f"{URL}/{made}", json={"due_on": day, "plan": "More"}) for day in ("2026-12-01", "2026-12-02")]
    assert [one.status_code for one in said] == [200, 422]


def test_what_changes_is_replaced_and_the_rest_stays(manager: FlaskClient, late: int) -> None:
    make_defect("rude")
    made = propose(manager, plan="More people")
    changed = manager.patch(f"{URL}/{made}", json={"defects": ["rude"], "cost": 5000}).get_json()
    assert (changed["defects"], changed["cost"], changed["currency"], changed["plan"]) == (["rude"], 5000, "EUR", "More people")


def test_a_look_is_taken_once(manager: FlaskClient, late: int, now: datetime) -> None:
    deliver(manager)
    with clock.frozen(now + timedelta(days=61)):
        assert check_effects.run() == "1 done, 0 failed"
        assert check_effects.run() is None


def test_a_withdrawn_delivery_measures_and_tells_nothing(manager: FlaskClient, late: int, now: datetime) -> None:
    answers(late, 1, 1, now - timedelta(days=10))
    made = deliver(manager)
    move(manager, made, "in_progress", note="It was not ready")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(EffectCheck)) == 0
    with transaction() as session:
        assert session.scalar(sa.select(FollowUpBatch.closed_at)) is not None
