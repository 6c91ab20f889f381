"""What a customer confirmed closes by itself when nothing is left to do; what is left is remembered."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback.issues.models import IssueVoice
from feedback.issues.rules import IssueState
from feedback.issues.service import write_commitment
from feedback.kernel import clock
from feedback.uow import transaction
from jobs import close_confirmed_issues
from tests.slices.verifying.conftest import World, forget_request
from tests.slices.verifying.test_pages import issue_page

DAY = 24


@pytest.fixture
def confirmed(world: World) -> World:
    said = world.post(contact_id=world.people[0], verdict="yes", said="It works")
    assert (said.status_code, world.row().state) == (201, IssueState.VERIFIED)
    return world


def run(world: World, days: float) -> str | None:
    forget_request()
    with world.at(world.hours + days * DAY):
        return close_confirmed_issues.run()


def test_after_two_weeks_and_not_before(confirmed: World) -> None:
    assert [run(confirmed, days) for days in (13.9, 0.2, 1)] == [None, "1 done, 0 failed", None]
    issue = confirmed.row()
    assert (issue.state, issue.next_due_at, issue.withdrawn_at) == (IssueState.CLOSED, None, None)
    assert confirmed.events("moved")[-1]["to"] == "closed"


def test_the_page_says_when(confirmed: World) -> None:
    assert "it closes by itself on" in issue_page(confirmed)


def test_a_promise_holds_it_without_a_word(confirmed: World) -> None:
    with transaction(), confirmed.at(confirmed.hours):
        write_commitment(confirmed.row(), "A new form", clock.now() + timedelta(days=60), confirmed.viewer)
    assert run(confirmed, 15) is None
    assert (confirmed.row().state, confirmed.told("issue_held_open")) == (IssueState.VERIFIED, set())
    assert "it closes by itself on" not in issue_page(confirmed)


def test_who_is_still_to_be_answered_holds_it_and_the_owner_hears_once(confirmed: World) -> None:
    with transaction() as session:
        session.execute(sa.update(IssueVoice).values(answered_at=None))
    assert [run(confirmed, 15), run(confirmed, 1)] == [None, None]
    assert confirmed.row().state is IssueState.VERIFIED
    assert [row["kind"] for row in confirmed.notices()].count("issue_held_open") == 1


def test_a_company_may_want_a_person_to_do_it(confirmed: World) -> None:
    confirmed.app.extensions["closedloop_settings"].close_verified_days = 0
    assert run(confirmed, 400) is None
    assert "it closes by itself on" not in issue_page(confirmed)
