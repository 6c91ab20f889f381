"""Several voices, calls, attempts counted from the log, and what a mail looks at before it leaves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueState
from feedback.issues.verifying.queries import attempts_since_fix
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason
from feedback.uow import transaction
from tests.slices.verifying.conftest import MONDAY, Reader, World


def attempts(world: World) -> int:
    db.session.rollback()
    return attempts_since_fix(db.session.get_one(Issue, world.issue))


def leave(world: World, contact_id: int) -> None:
    with transaction() as session:
        gone = sa.update(AccountContact).where(AccountContact.contact_id == contact_id)
        session.execute(gone.values(left_at=clock.now()))


def test_each_voice_is_asked_and_the_last_yes_verifies(three: World) -> None:
    assert len(three.mails(0.1)) == 3
    readers = [Reader(three, link, 1) for link in three.links()]
    states = []
    for reader in readers:
        reader.open()
        reader.say(30, "yes")
        states.append(three.row().state)
    assert states == [IssueState.FIXED, IssueState.FIXED, IssueState.VERIFIED]


def test_one_no_opens_it_again_whatever_the_others_said(three: World) -> None:
    assert three.post(contact_id=three.people[0], verdict="yes", said="Fine").status_code == 201
    assert three.post(contact_id=three.people[1], verdict="no", said="Not for me").status_code == 201
    assert (three.row().state, three.row().reopen_count) == (IssueState.CONTACTED, 1)
    assert [event["was"] for event in three.events("moved")][-1] == IssueState.ROUTED, "it is its owner's again first"


def test_who_left_is_not_waited_for(three: World) -> None:
    leave(three, three.people[2])
    for person in three.people[:2]:
        three.post(contact_id=person, verdict="yes", said="Fine")
    assert three.row().state is IssueState.VERIFIED


def test_a_call_is_written_down_with_who_when_and_what(world: World) -> None:
    world.hours = 3
    at = (MONDAY + timedelta(hours=2)).isoformat()
    shown = world.post(verdict="yes", said="She says it works", occurred_at=at).json
    (person,) = shown["people"]
    (word,) = person["words"]
    assert (word["verdict"], word["way"], word["comment"], word["recorded_by"]) == ("yes", "call", "She says it works", "Ana")
    assert shown["state"] == "verified"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"verdict": "yes"}, 422),
        ({"said": "Hm"}, 422),
        ({"verdict": "maybe", "said": "Hm"}, 422),
        ({"verdict": "yes", "said": "Hm", "contact_id": 99_999}, 422),
        ({"verdict": "yes", "said": "Hm", "occurred_at": "2020-01-01T00:00:00Z"}, 422),
        ({"verdict": "yes", "said": "Hm", "occurred_at": "2036-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_call_that_says_too_little_is_refused(world: World, body: dict[str, object], status: int) -> None:
    assert world.post(**body).status_code == status
    assert world.row().state is IssueState.FIXED


def test_of_several_one_has_to_be_named(three: World) -> None:
    assert "contact_id" in three.post(verdict="yes", said="Fine").json["errors"]


def test_a_yes_needs_a_name_where_the_issue_has_none(world: World) -> None:
    with transaction() as session:
        session.execute(sa.delete(IssueVoice))
        session.execute(sa.update(Issue).values(contact_id=None))
    assert "contact_id" in world.post(verdict="yes", said="Fine").json["errors"]
    assert world.row().state is IssueState.FIXED
    assert world.post(verdict="yes", said="Fine", contact_id=world.people[0]).json["state"] == "verified"


def test_the_state_cannot_be_set_while_several_have_not_said_yes(three: World) -> None:
    with three.at(1), pytest.raises(RuleViolation) as refused:
        three.move(IssueState.VERIFIED, note="All of them, I think")
    assert refused.value.missing == ("voices",)
    for person in three.people[:2]:
        three.post(contact_id=person, verdict="yes", said="Fine")
    with three.at(2):
        three.move(IssueState.VERIFIED, note="The third says yes too")
    assert three.row().state is IssueState.VERIFIED


def test_attempts_are_counted_at_whoever_was_tried_the_least(three: World) -> None:
    three.mails(0.1)
    assert attempts(three) == 1, "one mail to each of three is one attempt"
    for _ in range(2):
        three.post(contact_id=three.people[0], verdict="not_reached")
    assert attempts(three) == 1
    for person in three.people[1:]:
        for _ in range(2):
            three.post(contact_id=person, verdict="not_reached")
    assert attempts(three) == 3


def test_reminders_are_attempts_and_a_reopening_starts_anew(world: World) -> None:
    counted = []
    for hours in (0.1, 7 * 24 + 1, 14 * 24 + 2):  # five days later is a Saturday
        world.mails(hours)
        counted.append(attempts(world))
    assert counted == [1, 2, 3]
    world.post(verdict="no", said="No")
    assert attempts(world) == 0


def test_after_three_attempts_it_may_be_closed_without_a_word_and_not_before(world: World) -> None:
    for _ in range(2):
        world.post(verdict="not_reached")
    with world.at(1), pytest.raises(RuleViolation) as refused:
        world.move(IssueState.CLOSED_UNVERIFIED)
    assert refused.value.missing == ("contact_attempts",)
    world.post(verdict="not_reached")
    with world.at(2):
        world.move(IssueState.CLOSED_UNVERIFIED)
    assert world.row().state is IssueState.CLOSED_UNVERIFIED


def test_a_mail_is_stopped_by_what_happened_since_it_was_planned(world: World) -> None:
    world.post(verdict="yes", said="Told me on the phone")
    assert world.mails(0.5) == []


def test_no_reminder_after_a_word(world: World) -> None:
    world.mails(0.1)
    reader = Reader(world, world.links()[0], 1)
    reader.open()
    reader.say(30, "yes")
    assert [mail["Subject"] for mail in world.mails(7 * 24 + 1) if "solved" in mail["Subject"]] == [
        "Is it solved? My claim took too long"
    ]


def test_who_wants_no_mails_gets_none_and_the_owner_sees_whom_to_call(world: World) -> None:
    with transaction():
        suppressions.suppress(SuppressionReason.UNSUBSCRIBED, actor="test", contact_id=world.people[0])
    assert world.mails(0.5) == []
    world.hours = 1
    mail = world.shown()["people"][0]["mail"]
    assert (mail["state"], mail["reason"]) == ("skipped", "stop_list")


def test_asking_again_reaches_those_who_were_not_asked(world: World) -> None:
    assert world.post(way="mail").status_code == 201
    assert len(world.mails(0.5)) == 1, "whoever is being asked gets no second mail"


def test_after_a_reopening_the_new_fix_is_asked_about_anew(world: World) -> None:
    world.mails(0.1)
    world.post(verdict="no", said="No")
    with world.at(24):
        world.mend()
    assert len(world.mails(24.5)) == 2
    assert len(set(world.links())) == 2
