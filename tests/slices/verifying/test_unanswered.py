"""A fix whose customer never answers is closed by itself, unverified, after 30 days; not one that nobody was asked about."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import IssueEvent, IssueVoice
from feedback.issues.queries.single import list_commitments
from feedback.issues.rules import IssueState
from feedback.issues.service import write_commitment
from feedback.uow import transaction
from jobs import close_unanswered_issues
from tests.slices.verifying.conftest import MONDAY, World, forget_request
from tests.slices.verifying.test_pages import issue_page

DAY = 24


def run(world: World, hours: float) -> str | None:
    forget_request()
    with world.at(hours):
        return close_unanswered_issues.run()


def ask_in_vain(world: World) -> None:
    assert world.post(contact_id=world.people[0], verdict="not_reached").status_code == 201


def test_after_thirty_days_and_not_before(world: World) -> None:
    ask_in_vain(world)
    fixed_for = [30 * DAY - 2, 30 * DAY + 2, 31 * DAY]
    assert [run(world, hours) for hours in fixed_for] == [None, "1 done, 0 failed", None]
    issue = world.row()
    assert (issue.state, issue.next_due_at) == (IssueState.CLOSED_UNVERIFIED, None)
    assert issue.closed_at is not None
    assert world.band() == "fixed_unverified"


def test_its_people_hear_of_it_and_the_history_says_who_did_it(world: World) -> None:
    ask_in_vain(world)
    run(world, 31 * DAY)
    assert world.told("issue_unanswered") == {world.owner, world.manager}
    newest = db.session.scalars(sa.select(IssueEvent).where(IssueEvent.kind == "moved").order_by(IssueEvent.id.desc())).first()
    assert newest is not None
    assert (newest.actor, newest.data["was"], newest.data["to"]) == ("system", "fixed", "closed_unverified")


def test_who_was_never_asked_cannot_have_failed_to_answer(world: World) -> None:
    assert run(world, 40 * DAY) is None
    assert world.row().state is IssueState.FIXED


def test_a_voice_that_nobody_replied_to_still_waits_for_us(world: World) -> None:
    ask_in_vain(world)
    with transaction() as session:
        session.execute(sa.update(IssueVoice).values(answered_at=None))
    assert run(world, 40 * DAY) is None
    assert world.row().state is IssueState.FIXED


def test_promises_do_not_hold_it_what_was_due_is_broken_and_the_rest_stands_on(world: World) -> None:
    ask_in_vain(world)
    issue, viewer = world.row(), world.viewer
    with transaction():
        for text, days in (("Due", 2), ("Later", 90)):
            write_commitment(issue, text, MONDAY + timedelta(days=days), viewer)
    run(world, 31 * DAY)
    assert world.row().state is IssueState.CLOSED_UNVERIFIED
    made = {one.text: one for one in list_commitments(world.issue)}
    assert (made["Due"].broken_at is None, made["Later"].broken_at, made["Later"].is_open) == (False, None, True)


def test_an_answer_meanwhile_wins(world: World) -> None:
    ask_in_vain(world)
    world.hours = 29 * DAY
    assert world.post(contact_id=world.people[0], verdict="yes", said="It works").status_code == 201
    assert run(world, 31 * DAY) is None
    assert world.row().state is IssueState.VERIFIED


@pytest.mark.parametrize(("asked", "said"), [(True, "it is closed on"), (False, "without asking, it is never closed")])
def test_the_page_says_beforehand_what_will_happen(world: World, asked: bool, said: str) -> None:
    if asked:
        ask_in_vain(world)
    assert said in issue_page(world)
