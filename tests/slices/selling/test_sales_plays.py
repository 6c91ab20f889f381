"""Sales plays through HTTP: the season first, then disruptions, open issues and the gate; each ends with a reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueSource, IssueState
from feedback.kernel import clock
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.selling import service
from feedback.selling.models import SalesPlay
from feedback.uow import transaction
from tests.factories import insert, make_user
from tests.logins import token
from tests.slices.gate.world import NOW, give_answer, give_issue
from tests.slices.selling.world import PLAYS, falling, make_buyer, seasonal, steady, suggest

Suggest = Callable[..., Any]


@pytest.fixture
def headers(app: Flask) -> dict[str, str]:
    return token(app)


@pytest.fixture
def crm(app: Flask, client: FlaskClient, headers: dict[str, str]) -> Suggest:
    """Makes a customer and hands in a play about it; answers the play."""

    def hand_in(score: int | None = 9, amounts: list[float] | None = None, **values: Any) -> Any:
        with app.app_context():
            make_user(Role.FRONTLINE)
            make_buyer(score, amounts or [], external_id="ACME")
        return suggest(client, "ACME", headers, **values).get_json()

    return hand_in


def codes(play: Any) -> list[str]:
    return [reason["code"] for reason in play["reasons"]]


def test_a_detractor_with_falling_spend_is_held_and_somebody_recovers(app, crm):
    play = crm(3, falling())
    assert (play["state"], play["play"]) == ("held", "fix_basics")
    assert "rel_detractor" in codes(play)
    with app.app_context():
        item = db.session.get_one(Issue, play["work_item_id"])
    assert (item.source, item.owner_id is not None) == (IssueSource.SALES_PLAY, True)


def test_a_detractors_issue_takes_the_held_play(app, client, headers):
    with app.app_context():
        make_user(Role.FRONTLINE)
        account_id, _buyer = make_buyer(3, falling(), external_id="ACME")
        issue_id = give_issue(account_id, state=IssueState.ROUTED)
    play = suggest(client, "ACME", headers).get_json()
    assert (play["state"], codes(play), play["work_item_id"]) == ("held", ["issue_open"], issue_id)


def test_a_fall_that_comes_every_year_is_screened_out(crm):
    play = crm(9, seasonal())
    assert (play["state"], codes(play)) == ("screened_out", ["seasonal_decline"])
    assert play["month"] == "2026-10-01"
    assert len(play["baseline"]["chart"]) == 25


def test_a_fall_that_is_none_is_screened_out(crm):
    assert codes(crm(9, steady())) == ["no_decline"]


def test_a_drop_that_nothing_explains_is_accepted_where_the_gate_allows_it(crm):
    play = crm(9, falling())
    assert (play["state"], play["play"]) == ("accepted", "upsell")
    assert play["baseline"]["shortfall"] == pytest.approx(0.4, abs=0.03)
    assert play["decision_id"] is not None


@pytest.mark.parametrize("amounts", [[], [10_000.0] * 5 + [6_000.0]])
def test_too_little_history_asks_the_account_manager(crm, amounts):
    play = crm(9, amounts)
    assert (play["state"], codes(play)) == ("question", ["seasonality_unknown"])


def test_too_little_history_does_not_free_a_detractor(crm):
    play = crm(3, [10_000.0, 4_000.0])
    assert play["state"] == "held"
    assert {"rel_detractor", "seasonality_unknown"} <= set(codes(play))


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ("seasonal", "screened_out", "seasonal_decline"),
        ("known_project_end", "screened_out", "known_project_end"),
        ("data_error", "screened_out", "data_correction"),
        ("ask_customer", "held", "ask_first"),
        ("buys_less", "accepted", "rel_promoter"),
    ],
)
def test_the_answer_to_the_question_is_kept_and_decides(client, headers, crm, answer, state, code):
    play = crm(9)
    with clock.frozen(NOW):
        body = {"answer": answer, "note": "They said so"}
        told = client.put(f"{PLAYS}/{play['id']}/answer", json=body, headers=headers).get_json()
    assert (told["state"], told["answer"], told["answer_note"]) == (state, answer, "They said so")
    assert code in codes(told)


def test_the_same_suggestion_is_kept_once(client, headers, crm):
    play = crm(9, falling())
    again = suggest(client, "ACME", headers)
    assert (again.status_code, again.get_json()["id"]) == (200, play["id"])
    assert suggest(client, "ACME", headers, trigger="other").status_code == 409


def test_a_disruption_holds_the_plays_of_all_it_reaches_and_its_end_does_not_free_them(app, client, headers):
    with app.app_context():
        make_user(Role.FRONTLINE)
        accounts = [make_buyer(9, falling(), external_id=f"D{number}")[0] for number in range(4)]
        disruption = _disrupt(accounts)
    plays = [suggest(client, f"D{number}", headers, external_id=f"p{number}").get_json() for number in range(4)]
    assert {(play["state"], *codes(play)) for play in plays} == {("held", "disruption_active")}
    assert all(play["work_item_id"] for play in plays)
    with app.app_context():
        _end(disruption)
    assert _looked_at_again(app, client, plays[0]["id"], headers)["reasons"][0]["code"] == "disruption_not_followed_up"


def _disrupt(accounts: list[int]) -> int:
    start = NOW - timedelta(days=2)
    about = {"title": "Supply stop", "reach": {}, "starts_at": start, "holds_sales": True, "created_by": "x", "created_at": start}
    disruption = insert(Disruption, **about)
    for account_id in accounts:
        insert(DisruptionAccount, disruption_id=disruption, account_id=account_id)
    return disruption


def _end(disruption: int) -> None:
    with transaction() as session:
        session.execute(sa.update(Disruption).where(Disruption.id == disruption).values(ends_at=NOW + timedelta(hours=1)))


def _looked_at_again(app: Flask, client: FlaskClient, play_id: int, headers: dict[str, str], days: float = 8) -> Any:
    with clock.frozen(NOW + timedelta(days=days)):
        with app.app_context():
            due = service.due_plays()
            for one in due:
                with transaction():
                    service.look_again(one)
        return client.get(f"{PLAYS}/{play_id}", headers=headers).get_json()


def test_a_held_play_is_looked_at_weekly_without_a_second_work_item(app, client, headers, crm):
    play = crm(3, falling())
    again = _looked_at_again(app, client, play["id"], headers)
    assert (again["state"], again["work_item_id"]) == ("held", play["work_item_id"])
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Issue)) == 1


def test_a_new_answer_has_held_plays_looked_at_at_once(app, client, headers, crm):
    play = crm(7, falling())
    with clock.frozen(NOW + timedelta(minutes=1)):
        said = {"account_external_id": "ACME", "contact_external_id": "someone", "score": 9}
        client.post("/api/v1/responses", json=said, headers=headers)
    with app.app_context(), clock.frozen(NOW + timedelta(minutes=2)):
        assert service.due_plays() == [play["id"]]


def test_a_play_that_nobody_took_expires(app, client, headers, crm):
    play = crm(9, falling())
    assert _looked_at_again(app, client, play["id"], headers, days=61)["state"] == "expired"


def test_what_was_all_right_yesterday_cannot_be_taken_today(app, client, headers, crm):
    play = crm(9, falling())
    with app.app_context():
        account_id = db.session.get_one(SalesPlay, play["id"]).account_id
        buyer = db.session.scalar(sa.text("SELECT contact_id FROM account_contact"))
        give_answer(account_id, buyer, 2, days=1)
    with clock.frozen(NOW + timedelta(minutes=1)):
        assert client.put(f"{PLAYS}/{play['id']}/taken", headers=headers).status_code == 409


def test_an_accepted_play_is_taken_and_leaves_the_inbox(client, headers, crm):
    play = crm(9, falling())
    with clock.frozen(NOW):
        assert client.put(f"{PLAYS}/{play['id']}/taken", headers=headers).get_json()["state"] == "taken"
        assert client.get(f"{PLAYS}?state=accepted", headers=headers).get_json()["items"] == []


def test_a_play_is_dismissed_with_a_reason(client, headers, crm):
    play = crm(9, falling())
    with clock.frozen(NOW):
        assert client.put(f"{PLAYS}/{play['id']}/dismissal", json={"reason": " "}, headers=headers).status_code == 422
        told = client.put(f"{PLAYS}/{play['id']}/dismissal", json={"reason": "Bankrupt"}, headers=headers).get_json()
    assert told["state"] == "dismissed"


def test_a_suggestion_about_nobody_is_not_found(client, headers):
    assert suggest(client, "NOBODY", headers).status_code == 404
