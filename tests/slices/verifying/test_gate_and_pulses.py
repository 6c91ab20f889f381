"""The gate stays shut until this customer answers 7 or better or leaves; a pulse asks, and is blended into no figure."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback.accounts.models import Account, Contact
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.defects.nps import nps_by
from feedback.defects.rules.reports import NpsQuery
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.issues.verifying.models import RecoveryPulse
from feedback.kernel import clock
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import SurveyKind
from feedback.uow import transaction
from tests.factories import make_contact
from tests.logins import token
from tests.slices.verifying.conftest import MONDAY, World, forget_request
from tests.slices.verifying.test_asking import leave

DAY = 24


def answer(world: World, person: int, score: int, hours: float, survey: str = "relationship") -> int:
    with world.at(hours), transaction() as session:
        account = session.get_one(Account, world.account).external_id
        contact = session.get_one(Contact, person).external_id
        draft = AnswerDraft(
            account_external_id=account,
            contact_external_id=contact,
            score=score,
            survey=survey,
            source="t",
            external_id=f"{person}-{hours}",
        )
        return accept_answers([draft], AcceptOptions(actor="test"))[0].response_id  # type: ignore[union-attr]


def close_unverified(world: World, hours: float = 31 * DAY) -> None:
    with world.at(hours):
        world.move(IssueState.CLOSED_UNVERIFIED)


def pulse(world: World) -> Invitation:
    db.session.rollback()
    query = sa.select(Invitation).join(RecoveryPulse, RecoveryPulse.invitation_id == Invitation.id)
    return db.session.scalars(query.where(RecoveryPulse.issue_id == world.issue)).one()


def pulse_link(world: World) -> str:
    texts = [mail.get_body(("plain",)).get_content() for mail in world.box.mails]
    return next(text for text in texts if "/s/" in text)


def test_closed_without_a_word_it_keeps_the_gate_shut_until_that_customer_answers_seven(world: World) -> None:
    close_unverified(world)
    bands = [world.band()]
    for person, score, hours in ((world.people[0], 6, 32), (world.people[0], 7, 33)):
        answer(world, person, score, hours * DAY)
        bands.append(world.band())
    # the 6 opened an issue of its own, which counts besides
    assert bands[0] == "fixed_unverified"
    with transaction() as session:
        session.execute(sa.delete(Issue).where(Issue.id != world.issue))
    assert world.band() == "none"


def test_somebody_elses_nine_opens_nothing(world: World) -> None:
    close_unverified(world)
    answer(world, make_contact(world.account), 9, 32 * DAY)
    assert world.band() == "fixed_unverified"


def test_an_answer_from_before_the_fix_opens_nothing(world: World) -> None:
    answer(world, world.people[0], 9, -1)
    close_unverified(world)
    assert world.band() == "fixed_unverified"


def test_who_leaves_the_role_opens_it(world: World) -> None:
    close_unverified(world)
    leave(world, world.people[0])
    assert world.band() == "none"


def test_of_several_all_have_to(three: World) -> None:
    for person in three.people * 3:  # who was never reached nor tried keeps an issue open
        three.post(contact_id=person, verdict="not_reached")
    close_unverified(three)
    bands = []
    for place, person in enumerate(three.people):
        answer(three, person, 8, (32 + place) * DAY)
        bands.append(three.band())
    assert bands == ["fixed_unverified", "fixed_unverified", "none"]


def test_fourteen_days_after_verification_the_same_buyer_is_asked_for_a_score(world: World) -> None:
    world.hours = 2
    world.post(verdict="yes", said="Fine")
    planned = pulse(world)
    assert (planned.contact_id, planned.send_at) == (world.people[0], MONDAY + timedelta(hours=2, days=14))
    assert "/s/" in pulse_link_after(world, 14 * DAY + 3)
    assert world.shown()["pulses"][0]["state"] == "sent"


@pytest.mark.parametrize(
    ("days", "state", "asked_on"), [(30, "planned", "2026-12-24"), (72, "planned", "2027-02-04"), (76, "skipped", None)]
)
def test_a_pulse_waits_for_the_end_of_a_pause(world: World, days: int, state: str, asked_on: str | None) -> None:
    rest(world, days)
    world.post(verdict="yes", said="Fine")
    planned = pulse(world)
    assert (planned.state, planned.send_at and planned.send_at.date().isoformat()) == (state, asked_on)
    line = world.shown()["pulses"][0]
    assert line["due_at"][:10] == (asked_on or "2026-12-07"), "the page of the issue says when it is asked"


def rest(world: World, days: int) -> None:
    """The person of the issue wants to be left alone until that day."""
    with transaction():
        db.session.get_one(Contact, world.people[0]).not_now_until = (MONDAY + timedelta(days=days)).date()


@pytest.mark.parametrize(("days", "left_on"), [(20, 21), (100, None)])
def test_a_pulse_waits_for_the_end_of_a_pause_that_began_after_it_was_planned(
    world: World, days: int, left_on: int | None
) -> None:
    world.post(verdict="yes", said="Fine")
    rest(world, days)
    world.mails(15 * DAY)
    assert (pulse(world).sent_at, pulse(world).state) == (None, "planned" if left_on else "skipped")
    world.mails((days + 2) * DAY)
    assert (pulse(world).state == "sent") is (left_on is not None)


def pulse_link_after(world: World, hours: float) -> str:
    world.mails(hours)
    return pulse_link(world)


def test_a_pulse_knows_no_quarantine_but_the_day_between_two_mails(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    answer(world, world.people[0], 9, 14 * DAY - 5)  # asked, or answered, five hours before
    world.mails(14 * DAY + 1)
    assert pulse(world).sent_at is None
    world.mails(15 * DAY)
    assert pulse(world).sent_at is not None


@pytest.mark.parametrize("reason", [SuppressionReason.UNSUBSCRIBED, SuppressionReason.HARD_BOUNCE])
def test_a_pulse_minds_every_wish_and_dead_addresses(world: World, reason: SuppressionReason) -> None:
    world.post(verdict="yes", said="Fine")
    with transaction():
        suppressions.suppress(reason, actor="test", contact_id=world.people[0])
    world.mails(15 * DAY)
    assert (pulse(world).sent_at, pulse(world).state) == (None, "skipped")


def test_a_pulse_of_an_issue_that_is_open_again_is_called_off(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    world.post(verdict="no", said="It came back")
    world.mails(15 * DAY)
    assert (pulse(world).sent_at, pulse(world).state) == (None, "stopped")


def test_a_pulse_is_in_no_figure_but_in_the_standing(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    before = nps_by(NpsQuery())[0].n
    answer(world, world.people[0], 9, 15 * DAY, "recovery_pulse")
    assert nps_by(NpsQuery())[0].n == before
    world.hours = 15 * DAY + 1
    with world.at(world.hours):
        from feedback.gate.standing import standing_of

        assert standing_of(world.account, clock.now()).advocacy == "promoter"


def test_a_figure_about_pulses_is_refused_with_where_to_look(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    forget_request()
    headers = token(world.app, "read")
    response = world.app.test_client().get("/api/v1/nps?survey=recovery_pulse", headers=headers)
    assert (response.status_code, "/api/v1/recovery" in response.text) == (422, True)
    kinds = db.session.scalars(sa.select(SurveyProgram.kind)).all()
    assert {SurveyKind.VERIFICATION, SurveyKind.RECOVERY_PULSE} <= set(kinds)


def test_a_good_pulse_is_the_word_that_was_missing(world: World) -> None:
    world.mails(0.1)
    close_unverified(world)
    answer(world, world.people[0], 8, 46 * DAY, "recovery_pulse")
    assert world.band() == "none"
    world.hours = 47 * DAY
    assert world.shown()["people"][0]["words"][0]["way"] == "pulse"


def test_a_good_pulse_verifies_a_fix(world: World) -> None:
    world.mails(0.1)
    world.post(verdict="not_reached")
    with world.at(2), transaction():
        from feedback.closed_loop.verifying.asking import plan_pulse

        plan_pulse(db.session.get_one(Issue, world.issue), world.people[0])
    answer(world, world.people[0], 8, 3, "recovery_pulse")
    assert world.row().state is IssueState.VERIFIED


def test_a_bad_pulse_opens_its_issue_again_and_no_second_one(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    answer(world, world.people[0], 3, 15 * DAY, "recovery_pulse")
    assert (world.row().state, world.row().reopen_count) == (IssueState.ROUTED, 1)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Issue)) == 1


def test_the_kinds_cannot_be_used_otherwise(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    with world.at(3), transaction():
        draft = AnswerDraft(account_external_id="A", contact_external_id="C", score=5, survey="is_it_solved", source="t")
        told = accept_answers([draft], AcceptOptions(actor="t"))
    assert told[0].code == "unknown_code"  # type: ignore[union-attr]
