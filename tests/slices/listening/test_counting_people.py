"""Who opens a link may be a machine; who answers is a person, counted once and with the last word."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.outbox.models import Notification, OutboxMessage
from feedback.surveys.models import Invitation, Response, ResponseVersion
from feedback.surveys.people.models import ProvisionalMark, ScannerSign, Submission
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.factories import make_user
from tests.slices.listening.visiting import BROWSER, PHONE, START, Visitor, release, rows
from tests.slices.test_survey_page import Page


def test_a_score_that_is_opened_leaves_a_mark_and_nothing_else(app: Flask, person: Visitor) -> None:
    person.open(0, "?score=9")
    person.open(3, "?score=9")
    assert rows(app, ProvisionalMark.score, ProvisionalMark.at) == [(9, START + timedelta(seconds=3))]
    assert rows(app, Response.id) == []
    assert rows(app, Invitation.state) == [InvitationState.CREATED]


def test_a_mark_names_nobody(app: Flask, person: Visitor) -> None:
    person.open(0, "?score=9")
    (client,) = rows(app, ProvisionalMark.client)
    assert len(client) == 32
    assert "127.0.0.1" not in client


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"User-Agent": ""},
        {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    ],
)
def test_what_is_nobodys_view_leaves_no_mark(app: Flask, person: Visitor, headers: dict[str, str]) -> None:
    assert person.open(0, "?score=9", **headers).status_code == 200
    assert rows(app, ProvisionalMark.id) == []


def test_head_renders_nothing(app: Flask, client: FlaskClient, link: str) -> None:
    with clock.frozen(START):
        found = client.head(link + "?score=3", headers={"User-Agent": BROWSER})
    assert (found.status_code, found.headers["Cache-Control"], found.headers["Referrer-Policy"]) == (
        200,
        "no-store",
        "no-referrer",
    )
    assert client.head("/s/nobody").status_code == 404
    assert rows(app, ProvisionalMark.id) == []


def test_two_scores_within_ten_seconds_are_a_scanners(app: Flask, person: Visitor) -> None:
    for score in range(11):
        person.open(score / 5, f"?score={score}")
    assert rows(app, ProvisionalMark.id) == []
    assert rows(app, ScannerSign.kind, ScannerSign.hits) == [("two_scores", 10)]
    assert person.send(9, 8).status_code == 200
    assert rows(app, Response.score) == [], "it waits until its client has been quiet"
    release(app, 310)
    assert rows(app, Response.score) == [8]


def test_a_batch_that_sends_two_scores_is_asked_which_one(app: Flask, person: Visitor) -> None:
    """Who opened several numbers at once and sends two of them within seconds: neither counts, and the link stays open."""
    for score in (0, 10):
        person.open(0, f"?score={score}")
    assert person.send(3, 0).status_code == 200
    asked = person.send(4, 10)
    assert asked.status_code == 422
    assert "Two different numbers came from here within seconds" in asked.text
    release(app, 120)
    assert rows(app, Response.score) == []
    assert person.send(130, 10).status_code == 200
    release(app, 600)
    assert rows(app, Response.score) == [10]


def test_who_corrects_a_slip_behind_a_scanner_is_believed(app: Flask, person: Visitor) -> None:
    """A trap was touched, but only one number was opened: the last word waits and counts, and nobody is asked twice."""
    person.open(0, "?score=1")
    person.touch(1)
    person.open(2)  # a page of one's own: nothing from the one whose trap was touched is believed
    assert [person.send(4, 1).status_code, person.send(6, 10).status_code] == [200, 200]
    release(app, 310)
    assert rows(app, Response.score) == [10]


def test_two_devices_at_once_are_no_batch(app: Flask, client: FlaskClient, person: Visitor) -> None:
    """One person opens one number on the desk and another on the phone: no marks, and nothing waits."""
    phone = Visitor(client, person.link, PHONE)
    person.open(0, "?score=9")
    phone.open(1, "?score=2")
    assert rows(app, ProvisionalMark.id) == []
    assert [person.send(4, 9).status_code, phone.send(5, 2).status_code] == [200, 200]
    assert rows(app, Response.score, Response.version) == [(2, 2)]


def test_who_goes_back_within_seconds_is_believed(app: Flask, person: Visitor) -> None:
    """One link, two answers: a person who corrects a slip."""
    person.open(0, "?score=1")
    assert [person.send(3, 1).status_code, person.send(5, 10).status_code] == [200, 200]
    assert rows(app, Response.score) == [10]


def test_somebody_who_changes_their_mind_keeps_both_marks(app: Flask, person: Visitor) -> None:
    person.open(0, "?score=7")
    person.open(20, "?score=8")
    assert rows(app, ProvisionalMark.score) == [7, 8]


# --- too quick


def test_what_is_sent_at_once_comes_back_filled_in(app: Flask, person: Visitor) -> None:
    person.open(0, "?score=4")
    back = person.send(1, 4, "Too <late>", defects="late")
    assert (back.status_code, Page(back).chosen, rows(app, Response.id)) == (422, ["4"], [])
    assert "Too &lt;late&gt;" in back.text
    assert "Nothing is lost" in back.text
    assert rows(app, ProvisionalMark.id) == []
    assert person.send(3, 4, "Too <late>").status_code == 200
    assert rows(app, Response.score, Response.comment) == [(4, "Too <late>")]


# --- traps


@pytest.mark.parametrize("trap", ["/note", "/about"])
def test_a_trap_leads_back_to_the_page(app: Flask, person: Visitor, trap: str) -> None:
    person.open(0)
    answer = person.touch(1, trap)
    assert (answer.status_code, answer.location) == (303, person.link)
    assert rows(app, ScannerSign.hits) == [1]


@pytest.mark.parametrize("trap", ["/note", "/about"])
def test_a_trap_of_no_link_is_no_secret(client: FlaskClient, app: Flask, trap: str) -> None:
    assert client.post(f"/s/nobody{trap}").status_code == 303
    assert client.get(f"/s/nobody{trap}").status_code == 303
    assert rows(app, ScannerSign.hits) == []


def test_opening_the_address_of_a_hidden_form_proves_nothing(app: Flask, client: FlaskClient, link: str) -> None:
    client.get(link + "/note", headers={"User-Agent": BROWSER})
    assert rows(app, ScannerSign.hits) == []


ORDERS: dict[str, Callable[[Visitor, float], list[Any]]] = {
    "first to last": lambda v, t: [v.touch(t), v.open(t + 1), v.send(t + 12, 0), v.open(t + 13), v.touch(t + 24)],
    "last to first, on one page": lambda v, t: [v.touch(t), v.send(t + 12, 0), v.touch(t + 13)],
    "the real one first": lambda v, t: [v.send(t, 0), v.open(t + 1), v.touch(t + 12)],
    "at once": lambda v, t: [v.send(t, 0), v.touch(t)],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
def test_what_sends_every_form_is_not_counted(app: Flask, person: Visitor, order: Callable[[Visitor, float], Any]) -> None:
    for score, start in ((0, 0), (5, 40), (10, 80)):
        person.open(start, f"?score={score}")
        order(person, start + 10)
    release(app, 3600)
    assert rows(app, Response.id) == []
    assert rows(app, Invitation.state) == [InvitationState.CREATED]
    assert set(rows(app, Submission.state)) <= {"dropped"}


def test_a_page_whose_trap_was_touched_is_not_believed(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.touch(5)
    assert person.send(3000, 2).status_code == 422
    assert rows(app, Response.id) == []
    assert person.send(3010, 2).status_code == 200
    assert rows(app, Response.score) == [2]


def test_the_hidden_field_is_a_trap_too(app: Flask, person: Visitor) -> None:
    person.open(0)
    assert person.send(10, 2, website="x").status_code == 422
    person.send(20, 2)
    person.open(21)
    person.send(31, 2, website="x")
    release(app, 3600)
    assert rows(app, Response.id) == []


def test_the_person_behind_the_scanner_is_thanked_and_counted_once(app: Flask, person: Visitor, client: FlaskClient) -> None:
    """Same address, same browser: nothing tells them apart but that the person touches no trap."""
    person.open(0)
    person.touch(5)
    human = Visitor(client, person.link)
    human.open(6, "?score=9")
    thanks = human.send(10, 9, "Fine")
    assert (thanks.status_code, "Your answer is stored" in thanks.text) == (200, True)
    assert rows(app, Response.id) == []
    assert "You answered 9 on" in human.open(12).text
    assert release(app, 309) is None
    assert release(app, 313) == "1 accepted"
    assert rows(app, Response.score, Response.comment, Response.version) == [(9, "Fine", 1)]
    assert rows(app, Submission.content) == [{}] * len(rows(app, Submission.id))


def test_a_machine_slower_than_it_began_is_not_counted_while_it_opens_pages(app: Flask, person: Visitor) -> None:
    """It waited five seconds before the answer, and minutes between everything after: the machine it runs on is busy."""
    person.open(0)
    person.touch(5)
    person.open(8)
    person.send(10, 3)
    for at in (215, 420, 625):
        person.open(at, "?score=3")
        assert release(app, at + 5) is None
    person.touch(830)
    assert release(app, 3600) is None
    assert rows(app, Response.id) == []


def test_a_person_who_looks_again_and_again_is_counted_within_a_quarter_of_an_hour(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.touch(5)
    person.open(8)
    person.send(10, 9)
    for at in range(20, 900, 60):
        person.open(at)
        assert release(app, at + 1) is None
    assert release(app, 911) == "1 accepted"


def test_another_browser_does_not_wait_for_the_scanner(app: Flask, person: Visitor, client: FlaskClient) -> None:
    person.open(0)
    person.touch(5)
    person.open(5)
    person.send(15, 0)
    human = Visitor(client, person.link, PHONE)
    assert "You answered" not in human.open(6).text
    assert human.send(16, 9).status_code == 200
    assert rows(app, Response.score) == [9]
    assert release(app, 600) == "1 superseded"
    assert rows(app, Response.score, Response.version) == [(9, 1)]


def test_a_machine_that_changes_a_persons_answer_is_undone(app: Flask, person: Visitor, client: FlaskClient) -> None:
    person.open(0)
    person.send(5, 9, "Fine")
    scanner = Visitor(client, person.link, PHONE)
    scanner.open(100, "?score=0")
    scanner.send(110, 0)
    assert rows(app, Response.score) == [0]
    scanner.touch(112)
    assert rows(app, Response.score, Response.comment) == [(9, "Fine")]


def test_a_machine_leaves_no_issue_and_alarms_nobody(app: Flask, person: Visitor) -> None:
    _looked_after(app)
    person.open(0)
    person.send(5, 0)
    assert len(_alarms(app)) == 1
    person.touch(7)
    assert rows(app, Issue.state, Issue.closed_at) == [(IssueState.CLOSED, START + timedelta(seconds=7))]
    assert (_alarms(app), rows(app, IssueEvent.kind)[-1]) == ([], "withdrawn")


def test_what_is_under_the_bell_unread_goes_too(app: Flask, person: Visitor) -> None:
    _looked_after(app)
    person.open(0)
    person.send(5, 0)
    with app.app_context(), clock.frozen(START + timedelta(seconds=6)):
        deliver_outbox.run()
    assert len(rows(app, Notification.id)) == 1
    person.touch(7)
    assert rows(app, Notification.id) == []


def test_a_machine_that_changed_an_answer_leaves_no_issue_either(app: Flask, person: Visitor, client: FlaskClient) -> None:
    person.open(0)
    person.send(5, 9)
    scanner = Visitor(client, person.link, PHONE)
    scanner.open(100)
    scanner.send(110, 0)
    scanner.touch(112)
    assert rows(app, Issue.state) == [IssueState.CLOSED]
    assert rows(app, ResponseVersion.reason) == ["changed_by_customer", "machine_undone"]
    person.open(200)
    person.send(210, 0)
    assert rows(app, Issue.state)[1:] == [IssueState.NEW]


def test_an_issue_of_before_the_machine_stays(app: Flask, person: Visitor, client: FlaskClient) -> None:
    person.open(0)
    person.send(5, 3)
    person.open(20)
    person.send(30, 9)
    scanner = Visitor(client, person.link, PHONE)
    scanner.open(100)
    scanner.send(110, 0)
    scanner.touch(112)
    assert rows(app, Issue.closed_at) == [None]
    assert rows(app, IssueEvent.kind)[-1] == "voice_taken_back"


def test_an_issue_that_somebody_works_on_stays_theirs(app: Flask, person: Visitor) -> None:
    owner = _looked_after(app)
    person.open(0)
    person.send(5, 0)
    with app.app_context(), transaction():
        [issue_id] = db.session.scalars(sa.select(Issue.id))
        note(issue_id, "interaction", get_viewer(owner), note="called them")
    person.touch(7)
    assert rows(app, Issue.closed_at) == [None]
    assert rows(app, IssueEvent.kind)[-1] == "voice_taken_back"


def _looked_after(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        owner = make_user(Role.ACCOUNT_MANAGER)
        session.execute(sa.update(Account).values(owner_id=owner))
    return owner


def _alarms(app: Flask) -> list[Any]:
    return [payload for payload in rows(app, OutboxMessage.payload) if payload.get("kind") == "issue_opened"]


def test_forged_views_and_unknown_reasons_are_not_held(app: Flask, person: Visitor) -> None:
    person.open(0)
    person.touch(5)
    person.open(6)
    refused = person.send(20, 3, defects="made_up")
    assert (refused.status_code, "made_up" in refused.text) == (422, True)


# --- changing
