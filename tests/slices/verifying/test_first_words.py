"""Whoever nobody has spoken with is called before a mail asks them whether it is solved."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.issues.answering import waive_voice
from feedback.issues.queries.single import unheard_people
from feedback.issues.rules import IssueState
from feedback.issues.working.one_pass import Contact, log_contact
from feedback.issues.working.rules import Outcome
from feedback.kernel import clock
from feedback.uow import transaction
from tests.slices.issues.answers import accept, make_answer
from tests.slices.verifying.conftest import MONDAY, World, found
from tests.slices.verifying.test_pages import issue_page
from tests.smtp import Mailbox


@pytest.fixture
def called_one(app: Flask, client: FlaskClient, box: Mailbox) -> World:
    """Three told us, the first was called, and it is fixed."""
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5, 6)
        world.move(IssueState.CONTACTED, note="Called the boss")
        world.mend()
    return world


def asked(world: World, hours: float) -> list[int]:
    """Which of the three have a mail by then, by their place."""
    world.mails(hours)
    people = [one for one in world.shown()["people"] if one["mail"] is not None]
    return [world.people.index(one["contact_id"]) for one in people]


def log(world: World, **said: Any) -> None:
    with world.at(world.hours), transaction():
        log_contact(world.issue, Contact("They know", **said), viewer=world.viewer)


def test_the_mail_goes_to_whom_we_spoke_with(called_one: World) -> None:
    assert asked(called_one, 0.1) == [0]
    assert [one["unheard"] for one in called_one.shown()["people"]] == [False, True, True]


def test_who_is_called_after_the_fix_is_asked_then(called_one: World) -> None:
    asked(called_one, 0.1)
    called_one.hours = 1
    log(called_one, contact_id=called_one.people[1])
    assert asked(called_one, 2) == [0, 1]
    assert len(called_one.box.mails) == 2, "nobody is asked twice"


def test_one_talk_with_all_of_them_is_enough(called_one: World) -> None:
    called_one.hours = 1
    log(called_one, contact_id=called_one.people[1], also_contact_ids=[called_one.people[2]])
    assert asked(called_one, 2) == [0, 1, 2]


@pytest.mark.parametrize("outcome", [Outcome.LEFT_MESSAGE, Outcome.NOT_REACHED])
def test_a_call_in_vain_lets_the_mail_go(called_one: World, outcome: Outcome) -> None:
    called_one.hours = 1
    log(called_one, contact_id=called_one.people[2], outcome=outcome)
    assert asked(called_one, 2) == [0, 2]


def test_a_yes_in_the_call_needs_no_mail(called_one: World) -> None:
    called_one.hours = 1
    called_one.post(contact_id=called_one.people[1], verdict="yes", said="Fine")
    assert asked(called_one, 2) == [0]


def test_asking_once_more_leaves_out_whom_nobody_called(called_one: World) -> None:
    called_one.hours = 1
    assert called_one.post(way="mail").status_code == 201
    assert asked(called_one, 2) == [0]


def test_one_talk_during_the_work_answers_everybody(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5, 6)
        log(world, also_contact_ids=world.people[1:])
        assert unheard_people(world.row()) == {}
    assert world.events("interaction")[0]["also_contact_ids"] == world.people[1:]


def test_a_try_of_before_somebody_spoke_again_is_none(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5)
        world.move(IssueState.CONTACTED, note="Called the boss")
        log(world, contact_id=world.people[1], outcome=Outcome.NOT_REACHED)
        assert unheard_people(world.row()) == {}
    with world.at(24):
        defect = world.row().defect_id
        accept(make_answer(world.account, 4, contact_id=world.people[1], defects=((defect, "service"),)))
        assert list(unheard_people(world.row())) == [world.people[1]]


def test_whom_nobody_has_to_answer_is_not_unheard(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5)
        second = world.as_owner().get(f"/api/v1/issues/{world.issue}").json["voices"][1]
        assert list(unheard_people(world.row())) == world.people
        with transaction():
            waive_voice(world.issue, second["id"], "Has left", viewer=world.viewer)
        assert list(unheard_people(world.row())) == world.people[:1]


def test_the_page_says_whom_to_call_first(called_one: World) -> None:
    called_one.hours = 1
    names = ", ".join(one["name"] for one in called_one.shown()["people"][1:])
    assert f"Next: call {names}. Nobody has talked with them since they told us" in issue_page(called_one)
