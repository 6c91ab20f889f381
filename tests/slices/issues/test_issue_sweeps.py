"""What the jobs do to issues: owners, news of clocks, priorities; and what is done once stays done once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.accounts.rules import ValueTier
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction
from jobs import advance_issue_clocks, each, refresh_issue_priorities, route_unrouted_issues
from tests.factories import make_account, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


def run(job: Callable[[], Any], **after: float) -> Any:
    with clock.frozen(NOW + timedelta(**after)):
        return job()


def change(model: type[Model], **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(model).values(**values))


def open_issue(account: int | None = None) -> int:
    answer = make_answer(account or make_account())
    return accept(answer)[answer.response_id]


def issue(issue_id: int) -> Any:
    db.session.rollback()
    return db.session.execute(sa.select(*Issue.__table__.columns).where(Issue.id == issue_id)).one()


def told(kind: str) -> list[int]:
    db.session.rollback()
    payloads = db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()
    return [payload["user_id"] for payload in payloads if payload["kind"] == kind]


def test_an_issue_gets_its_owner_as_soon_as_a_rule_leads_to_one() -> None:
    waiting, team = open_issue(), make_team()
    owner = make_user(Role.FRONTLINE, team_id=team)
    catch_all(team)
    assert run(route_unrouted_issues.run, minutes=5) == "1 done, 0 failed"
    found = issue(waiting)
    assert (found.state, found.owner_id, found.routed_at) == ("routed", owner, NOW + timedelta(minutes=5))
    assert told("issue_unrouted") == []


@pytest.mark.parametrize(("minutes", "owned"), [(15, False), (16, True)])
def test_after_a_quarter_of_an_hour_anybody_gets_it_and_administrators_hear_of_the_gap(minutes: int, owned: bool) -> None:
    admin, person = make_user(Role.ADMIN), make_user(Role.FRONTLINE, team_id=make_team())
    catch_all(make_team())  # a team that everybody has left
    waiting = open_issue()
    run(route_unrouted_issues.run, minutes=minutes)
    assert (issue(waiting).owner_id == person, told("issue_unrouted") == [admin]) == (owned, owned)


def test_with_nobody_at_all_the_administrators_hear_it_once() -> None:
    admin = make_user(Role.ADMIN)
    waiting = open_issue()
    [run(route_unrouted_issues.run, minutes=minutes) for minutes in (20, 25)]
    assert (issue(waiting).state, told("issue_unrouted")) == (IssueState.NEW, [admin])


def test_work_of_somebody_who_left_goes_on_with_a_colleague_where_it_was() -> None:
    team = make_team()
    left = make_user(Role.FRONTLINE, team_id=team)
    catch_all(team)
    waiting = open_issue()
    change(Issue, state=IssueState.CONTACTED)
    with transaction() as session:
        session.execute(sa.update(User).where(User.id == left).values(active=False))
    colleague = make_user(Role.FRONTLINE, team_id=team)
    run(route_unrouted_issues.run, minutes=5)
    assert (issue(waiting).state, issue(waiting).owner_id) == ("contacted", colleague)


@pytest.mark.parametrize("here", [True, False])
def test_an_owner_who_was_chosen_by_hand_stays_while_they_are_here(here: bool) -> None:
    team = make_team()
    chosen = make_user(Role.FRONTLINE, active=here)
    colleague = make_user(Role.FRONTLINE, team_id=team)
    waiting = open_issue()
    change(Issue, owner_id=chosen, assigned_manually=True, state=IssueState.IN_FIX)
    catch_all(team)
    run(route_unrouted_issues.run, minutes=20)
    found = issue(waiting)
    assert (found.owner_id, found.assigned_manually, found.state) == ((chosen if here else colleague), here, "in_fix")
    assert told("issue_assigned") == ([] if here else [colleague])


def test_an_overdue_clock_is_told_once_to_the_owner_and_the_account_manager() -> None:
    team, manager = make_team(), make_user(Role.ACCOUNT_MANAGER)
    owner = make_user(Role.FRONTLINE, team_id=team)
    catch_all(team)
    late = open_issue(make_account(owner_id=manager))
    [run(advance_issue_clocks.run, hours=hours) for hours in (47, 48, 48.1, 49)]
    assert told("issue_overdue") == [owner, manager]
    assert issue(late).overdue_notified_at == NOW + timedelta(hours=48.1)
    assert db.session.scalars(sa.select(IssueEvent.data).where(IssueEvent.kind == "overdue")).one()["clock"] == "first_contact"


def test_a_clock_that_was_reset_and_runs_out_again_is_told_again() -> None:
    owner = make_user(Role.FRONTLINE, team_id=(team := make_team()))
    catch_all(team)
    late = open_issue()
    run(advance_issue_clocks.run, hours=49)
    with clock.frozen(NOW + timedelta(hours=50)), transaction():
        move_issue(late, Move(IssueState.CONTACTED, note="Called."), viewer=get_viewer(owner))
    [run(advance_issue_clocks.run, hours=hours) for hours in (51, 169, 171, 172)]
    assert len(told("issue_overdue")) == 2


@pytest.mark.parametrize(("hours", "reminders"), [(43, 0), (44, 1), (47.9, 1)])
def test_the_owner_is_reminded_some_hours_before(hours: float, reminders: int) -> None:
    owner = make_user(Role.FRONTLINE, team_id=(team := make_team()))
    catch_all(team)
    open_issue()
    [run(advance_issue_clocks.run, hours=hours) for _ in range(2)]
    assert told("issue_due_soon") == [owner] * reminders


def test_priorities_follow_the_account_and_due_dates_stay() -> None:
    waiting = open_issue(make_account(value_tier=ValueTier.C))
    before = issue(waiting)
    change(Account, value_tier=ValueTier.A, annual_revenue=5e6)
    assert [run(refresh_issue_priorities.run, days=1) for _ in range(2)] == ["1 changed", None]
    after = issue(waiting)
    assert (after.value_tier, after.priority > before.priority) == (ValueTier.A, True)
    assert after.next_due_at == before.next_due_at


def test_one_item_that_fails_does_not_stop_the_others_and_loses_its_own_changes() -> None:
    def work(item: int) -> bool:
        change(Account, name=f"changed by {item}")
        if item == 2:
            raise ValueError("two")
        return True

    make_account()
    assert each.each_in_its_own_transaction([1, 2], work) == "1 done, 1 failed"
    assert db.session.scalar(sa.select(Account.name)) == "changed by 1"


def test_when_every_item_fails_the_job_has_failed() -> None:
    def work(item: int) -> bool:
        raise ValueError(item)

    with pytest.raises(RuntimeError, match="all 2 items failed"):
        each.each_in_its_own_transaction([1, 2], work)
