"""Stopping survey mails from the link in them: by a person, by a mail program, never by looking."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent, Suppression
from feedback.permission.rules import ConsentAction
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SkipReason
from feedback.uow import transaction
from jobs import release_held_answers, send_surveys
from tests.factories import make_account
from tests.slices.listening.asking import ask, draw_up, link_in, rehearsed, start
from tests.slices.test_survey_page import Page
from tests.smtp import Mailbox


@pytest.fixture
def link(post: Mailbox) -> str:
    """The address in the mail that one person got."""
    ask(make_account())
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(reminder_days=[5]))
    send_at = start(draw_up()).asked[0].planned.send_at
    assert send_at is not None
    with clock.frozen(send_at):
        send_surveys.send()
    (mail,) = post.mails
    header = str(mail["List-Unsubscribe"]).strip("<>")
    assert header.endswith(link_in(mail).replace("/s/", "/u/"))
    return header[header.index("/u/") :]


def _press(client: FlaskClient, link: str, **button: str) -> None:
    """Send the form of the page as somebody who read it."""
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        shown = Page(client.get(link)).hidden
    assert client.post(link, data={**shown, **button}).status_code == 200


def _entries() -> list[bool]:
    db.session.rollback()
    return [lifted is None for lifted in db.session.scalars(sa.select(Suppression.lifted_at))]


def test_looking_changes_nothing(client: FlaskClient, link: str) -> None:
    for method in ("GET", "HEAD"):
        assert client.open(link, method=method).status_code == 200
    assert _entries() == []


def test_a_mail_program_stops_it_with_one_post(client: FlaskClient, link: str, post: Mailbox) -> None:
    answer = client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert _entries() == [True]
    client.post(link, data={"List-Unsubscribe": "One-Click"})
    assert _entries() == [True]
    actions = db.session.scalars(sa.select(ConsentEvent.action).order_by(ConsentEvent.id)).all()
    assert actions == [ConsentAction.GRANTED, ConsentAction.WITHDRAWN]
    with clock.frozen(clock.now() + timedelta(days=7)):
        send_surveys.send()
        assert rehearsed(draw_up(starts_on=clock.now().date(), ends_on=clock.now().date())).skipped == {SkipReason.STOP_LIST: 1}
    assert len(post.raw) == 1  # no reminder


def test_the_survey_can_still_be_answered(client: FlaskClient, link: str) -> None:
    _press(client, link)
    assert client.get(link.replace("/u/", "/s/")).status_code == 200


def test_it_can_be_taken_back(client: FlaskClient, link: str) -> None:
    _press(client, link)
    assert "again" in client.get(link).text
    _press(client, link)
    assert _entries() == [False]


def test_a_form_from_no_page_of_ours_stops_nothing(client: FlaskClient, link: str) -> None:
    page = client.post(link)
    assert (page.status_code, "once more" in page.text) == (422, True)
    assert _entries() == []


def test_what_nobody_can_have_read_is_asked_again(client: FlaskClient, link: str) -> None:
    quick = client.post(link, data=Page(client.get(link)).hidden)
    assert (quick.status_code, _entries()) == (422, [])


def test_what_sends_every_form_stops_nothing(client: FlaskClient, link: str) -> None:
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        shown = Page(client.get(link)).hidden
    for action in (link.replace("/u/", "/s/") + "/note", link, link.replace("/u/", "/s/") + "/note"):
        client.post(action, data=shown)
        client.post(action, data=Page(client.get(link)).hidden)
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        release_held_answers.run()
    assert _entries() == []


def test_who_presses_the_button_behind_a_scanner_is_heard_minutes_later(client: FlaskClient, link: str) -> None:
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        client.post(link.replace("/u/", "/s/") + "/note", data=Page(client.get(link)).hidden)
    _press(client, link)
    assert ("Once more, please" in client.get(link).text, _entries()) == (True, [])
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        release_held_answers.run()
    assert _entries() == [True]
    assert "Ask me again" in client.get(link).text


def _touch(client: FlaskClient, link: str) -> None:
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        client.post(link.replace("/u/", "/s/") + "/note", data=Page(client.get(link)).hidden)


def test_a_second_press_is_a_persons(client: FlaskClient, link: str) -> None:
    _touch(client, link)
    _press(client, link)
    _press(client, link)
    assert ("Ask me again" in client.get(link).text, _entries()) == (True, [True])
    _touch(client, link)  # whatever the scanner does then
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        release_held_answers.run()
    assert _entries() == [True]


def test_a_double_click_is_no_second_press(client: FlaskClient, link: str) -> None:
    _touch(client, link)
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        shown = Page(client.get(link)).hidden
    for _ in range(2):
        assert "Once more, please" in client.post(link, data=shown).text
    assert _entries() == []


def test_what_is_dropped_was_never_thanked_for(client: FlaskClient, link: str) -> None:
    """Each form on a page opened anew, as scanners with a browser do it."""
    for _ in range(2):
        _touch(client, link)
        for button in ({}, {"pause": "6"}, {"pause": "12"}):
            with clock.frozen(clock.now() - timedelta(seconds=9)):
                shown = Page(client.get(link)).hidden
            said = client.post(link, data={**shown, **button}).text
            assert "From now on" not in said
            assert "Until then" not in said
        _touch(client, link)
    with clock.frozen(clock.now() + timedelta(minutes=10)):
        release_held_answers.run()
    assert _entries() == []
    assert "Nothing has changed yet" in client.get(link).text


def test_no_mail_leaves_while_a_wish_is_held(client: FlaskClient, link: str, post: Mailbox) -> None:
    with clock.frozen(clock.now() + timedelta(days=7, hours=2)):
        _touch(client, link)
        _press(client, link)
        send_surveys.send()
        assert len(post.raw) == 1  # the reminder waits
    with clock.frozen(clock.now() + timedelta(days=7, hours=3)):
        release_held_answers.run()
        send_surveys.send()
    assert len(post.raw) == 1


@pytest.mark.parametrize("behind_a_scanner", [False, True])
def test_a_view_can_say_something_else_after_back(client: FlaskClient, link: str, behind_a_scanner: bool) -> None:
    if behind_a_scanner:
        _touch(client, link)
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        shown = Page(client.get(link)).hidden
    client.post(link, data={**shown, "pause": "6"})
    client.post(link, data=shown)
    if behind_a_scanner:
        with clock.frozen(clock.now() + timedelta(minutes=10)):
            release_held_answers.run()
    assert _entries() == [True]
    assert "We will not ask you any more" in client.get(link).text
    client.post(link, data={**shown, "pause": "6"})  # and back again
    if not behind_a_scanner:
        assert _entries() == [False]
        assert "We will not ask you before" in client.get(link).text


def test_the_page_says_what_is_stored(client: FlaskClient, link: str) -> None:
    with clock.frozen(clock.now() - timedelta(seconds=9)):
        shown = Page(client.get(link)).hidden
    client.post(link, data=shown)
    _press(client, link, again="1")
    assert "Nothing has changed yet" in client.post(link, data=shown).text  # the old page, loaded again
    assert _entries() == [False]


def test_an_unknown_token_tells_nothing(client: FlaskClient) -> None:
    assert client.get("/u/nobody").status_code == 404
    assert client.post("/u/nobody").status_code == 404


def test_who_wants_a_rest_of_six_months_has_it(client: FlaskClient, link: str, post: Mailbox) -> None:
    _press(client, link, pause="6")
    assert _entries() == []
    assert "before" in client.get(link).text
    today = clock.now().date()
    with clock.frozen(clock.now() + timedelta(days=7)):
        send_surveys.send()
        plan = rehearsed(draw_up(starts_on=today + timedelta(days=7), ends_on=today + timedelta(days=9)))
        assert plan.skipped == {SkipReason.NOT_NOW: 1}
    assert len(post.raw) == 1  # no reminder
    with clock.frozen(clock.now() + timedelta(days=190)):
        later = {"starts_on": today + timedelta(days=190), "ends_on": today + timedelta(days=200)}
        assert len(rehearsed(draw_up(**later)).asked) == 1


def test_a_rest_can_be_taken_back(client: FlaskClient, link: str) -> None:
    _press(client, link, pause="12")
    _press(client, link, again="1")
    assert "before" not in client.get(link).text


def test_a_rest_of_another_length_is_a_no(client: FlaskClient, link: str) -> None:
    _press(client, link, pause="600")
    assert _entries() == [True]
