"""The same person changes an answer for a day; the last word counts, and everybody concerned hears of it."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.issues.models import Issue, IssueEvent
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.surveys.models import Response, ResponseVersion
from feedback.surveys.people.models import Submission
from feedback.uow import transaction
from jobs import purge_records
from tests.factories import make_user
from tests.slices.listening.visiting import PHONE, START, Visitor, release, rows
from tests.slices.test_survey_page import Page


def test_an_answer_can_be_changed_for_a_day(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.send(5, 9, "Fine")
    shown = person.open(3600)
    assert ("You answered 9 on March 2, 2026, 10:00" in shown.text, Page(shown).chosen) == (True, ["9"])
    assert "until March 3, 2026, 10:00" in shown.text.replace("\u202f", " ")
    thanks = person.send(3660, 3, "No longer", defects="late")
    assert thanks.status_code == 200
    assert rows(app, Response.score, Response.comment, Response.version) == [(3, "No longer", 2)]
    assert [content["score"] for content in rows(app, ResponseVersion.content)] == [9]
    assert rows(app, Issue.state)
    assert "gets in touch with you" in thanks.text


def test_a_second_device_is_told_what_it_replaces(app: Flask, person: Visitor, client: FlaskClient) -> None:
    """It had the page open before the first one answered."""
    other = Visitor(client, person.link, PHONE)
    person.open(0)
    other.open(1)
    assert "It replaces" not in person.send(5, 2).text
    assert "It replaces the 2 that was answered before over this link." in other.send(9, 10).text
    assert rows(app, Response.score, Response.version) == [(10, 2)]


def test_the_number_in_the_mail_goes_before_the_one_given_earlier(person: Visitor) -> None:
    person.open(0)
    person.send(5, 9, "Fine")
    again = person.open(60, "?score=6")
    assert (Page(again).chosen, "Fine" in again.text) == (["6"], True)


def test_after_a_day_the_page_says_so_and_to_whom_to_turn(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.send(5, 9)
    person.open(86_000)
    late = person.send(86_500, 1)
    assert (late.status_code, "It could be changed until" in late.text) == (200, True)
    assert "tell your contact person" in person.open(90_000).text
    assert rows(app, Response.score) == [9]


def test_the_issue_of_a_changed_answer_stays_and_says_so(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.send(5, 3)
    person.open(60)
    person.send(70, 9)
    assert rows(app, Issue.closed_at) == [None]
    changed = [data for kind, data in rows(app, IssueEvent.kind, IssueEvent.data) if kind == "voice_corrected"]
    assert [(data["was"], data["now"]) for data in changed] == [(3, 9)]


def test_counts_follow_the_last_word(app: Flask, person: Visitor, client: FlaskClient) -> None:
    from tests.logins import token

    person.open(0)
    person.send(5, 9)
    person.open(60)
    person.send(70, 3)
    with clock.frozen(START + timedelta(seconds=80)):
        nps = client.get("/api/v1/nps?from=2026-03-01&to=2026-04-01", headers=token(app, "read")).get_json()
    assert [(item["n"], item["detractors"]) for item in nps["items"]] == [(1, 1)]


def test_a_reloaded_thanks_page_does_not_bring_the_old_score_back(app: Flask, person: Visitor, client: FlaskClient) -> None:
    person.open(0)
    person.send(5, 9)
    other = Visitor(client, person.link, PHONE)
    other.open(30)
    other.send(40, 3)
    assert "You answered 3 on" in person.send(50, 9).text
    assert rows(app, Response.score) == [3]


def test_back_and_again_is_a_change(app: Flask, person: Visitor) -> None:
    person.open(0)
    for at, score in ((5, 9), (10, 3), (15, 9)):
        assert person.send(at, score).status_code == 200
    assert rows(app, Response.score, Response.version) == [(9, 3)]


def test_an_old_page_that_is_sent_again_after_a_newer_one_is_the_last_word(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.send(5, 3)
    old = person.page
    person.open(30)
    person.send(40, 9)
    person.page = old
    assert "You answered 3 on" in person.send(50, 3).text
    assert rows(app, Response.score, Response.version) == [(3, 3)]


def test_the_owner_of_the_issue_hears_of_the_change(app: Flask, person: Visitor) -> None:
    with app.app_context():
        owner = make_user(name="Olga")
    person.open(0)
    person.send(5, 3)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).values(owner_id=owner, state="routed"))
    person.open(60)
    person.send(70, 9)
    told = [payload for payload in rows(app, OutboxMessage.payload) if payload.get("kind") == "issue_voice_changed"]
    assert [(payload["user_id"], payload["params"]["was"], payload["params"]["now"]) for payload in told] == [(owner, 3, 9)]


def test_records_of_views_go_after_two_days(app: Flask, person: Visitor) -> None:
    person.open(0, "?score=9")
    person.send(5, 9)
    with app.app_context(), clock.frozen(START + timedelta(days=3)):
        purge_records.run()
    assert rows(app, Submission.id) == []
    assert rows(app, Response.score) == [9]


def test_what_was_thanked_for_and_waits_is_not_deleted(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.touch(5)
    human = Visitor(person.client, person.link)
    human.open(6)
    human.send(10, 9)
    three_days = START + timedelta(days=3)
    with app.app_context(), clock.frozen(three_days):
        purge_records.run()
    assert release(app, 3 * 86_400) == "1 accepted"
    assert rows(app, Response.score) == [9]
