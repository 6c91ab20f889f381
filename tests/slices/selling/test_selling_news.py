"""Who hears of sales plays that wait, of those that are free again, and of contacts against the gate's answer."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.wording import wording
from feedback.selling import service
from feedback.selling.candidates import find_drops, suggest_play
from feedback.uow import transaction
from tests.factories import make_team, make_user
from tests.logins import token
from tests.slices.gate.world import NOW, ask, give_issue
from tests.slices.selling.world import falling, make_buyer, seasonal, suggest


def told(app: Flask, *kinds: str) -> list[dict[str, Any]]:
    """The notices of these kinds, each person's."""
    with app.app_context():
        rows = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user"))
        return [row for row in rows if row["kind"] in kinds]


@pytest.fixture
def manager(app: Flask) -> int:
    with app.app_context():
        make_user(Role.FRONTLINE)
        return make_user(Role.ACCOUNT_MANAGER, name="Ana")


@pytest.mark.parametrize(("amounts", "asks"), [(falling(), False), ([], True)])
def test_a_play_or_question_that_waits_is_news_once(app, client, manager, amounts, asks):
    with app.app_context():
        make_buyer(9, amounts, external_id="ACME", owner_id=manager)
    for _again in range(2):
        suggest(client, "ACME", token(app))
    (notice,) = told(app, "play_waits")
    assert (notice["user_id"], notice["params"]["asks"]) == (manager, asks)


@pytest.mark.parametrize(("score", "amounts"), [(9, seasonal()), (3, falling())])
def test_what_was_screened_out_or_held_does_not_wait(app, client, manager, score, amounts):
    with app.app_context():
        make_buyer(score, amounts, external_id="ACME", owner_id=manager)
    suggest(client, "ACME", token(app))
    assert told(app, "play_waits", "spend_plays_wait") == []


def test_of_what_the_spend_monitor_found_a_manager_hears_once_a_month(app, manager):
    with app.app_context():
        for _customer in range(2):
            make_buyer(9, falling(), owner_id=manager)
        with clock.frozen(NOW + timedelta(days=10)):
            for drop in find_drops():
                with transaction():
                    suggest_play(drop)
    (notice,) = told(app, "play_waits", "spend_plays_wait")
    assert (notice["kind"], notice["params"]) == ("spend_plays_wait", {"month": "2026-10-01"})


def test_a_held_play_whose_problem_was_solved_may_be_tried_again(app, client, manager):
    with app.app_context():
        account_id, _buyer = make_buyer(9, falling(), external_id="ACME", owner_id=manager)
        issue = give_issue(account_id, state=IssueState.ROUTED)
    play = suggest(client, "ACME", token(app)).get_json()
    assert (play["state"], told(app, "play_freed")) == ("held", [])
    with app.app_context(), clock.frozen(NOW + timedelta(days=8)), transaction() as session:
        session.execute(sa.delete(Issue).where(Issue.id == issue))
        assert service.look_again(play["id"])
    (notice,) = told(app, "play_freed")
    assert (notice["user_id"], notice["link"]) == (manager, f"/app/accounts/{account_id}")


def test_a_contact_against_the_gate_is_told_the_manager_and_the_lead(app, client, manager):
    with app.app_context():
        team = make_team()
        lead = make_user(Role.FRONTLINE, team_id=team, leads_team=True)
        make_user(Role.FRONTLINE, team_id=team, name="Bo", email="bo@example.com")
        account_id, buyer = make_buyer(9, owner_id=manager)
        named = db.session.get_one(Contact, buyer).external_id
    headers = token(app)
    ask(client, account_id, headers, channel="sms")
    body = {"account_id": account_id, "contact_external_id": named, "channel": "sms", "outcome": "sold"}
    with clock.frozen(NOW + timedelta(minutes=1)):
        client.post("/api/v1/sales-contacts", json=body | {"user_email": "bo@example.com"}, headers=headers)
    notices = told(app, "sale_against")
    assert {notice["user_id"] for notice in notices} == {manager, lead}
    assert notices[0]["params"]["person"] == "Bo"


def test_a_contact_that_was_allowed_is_no_news(app, client, manager):
    with app.app_context():
        account_id, _buyer = make_buyer(9, owner_id=manager)
    body = {"account_id": account_id, "channel": "phone", "outcome": "sold"}
    with clock.frozen(NOW):
        client.post("/api/v1/sales-contacts", json=body, headers=token(app))
    assert told(app, "sale_against") == []


def test_the_notices_say_what_to_do(app):
    with app.test_request_context():
        question = wording("play_waits", {"account": "Acme", "asks": True})
        month = wording("spend_plays_wait", {"month": "2026-10-01"})
        against = wording("sale_against", {"account": "Acme", "person": None})
    assert question.title.startswith("Why did Acme buy less?")
    assert "October 2026" in month.title
    assert against.title == "Somebody approached Acme to sell although the gate had said no"
