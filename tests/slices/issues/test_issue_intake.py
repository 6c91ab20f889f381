"""Detractor answers open issues, join them as further voices, and reach an owner at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent, IssueVoice
from feedback.issues.rules import IssueState, Severity
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Any:
    with app.app_context(), clock.frozen(NOW):
        yield


def issue(issue_id: int) -> Any:
    """The stored row, free of the session."""
    db.session.rollback()
    return db.session.execute(sa.select(*Issue.__table__.columns).where(Issue.id == issue_id)).one()


def set_issue(issue_id: int, **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(Issue).where(Issue.id == issue_id).values(**values))


def test_a_detractor_answer_opens_an_issue_with_an_owner_and_three_clocks() -> None:
    team = make_team()
    owner = make_user(Role.FRONTLINE, team_id=team)
    catch_all(team)
    answer = make_answer(make_account(value_tier=ValueTier.A), score=2)
    opened = issue(accept(answer)[answer.response_id])
    assert (opened.state, opened.severity, opened.owner_id, opened.team_id) == ("routed", "major", owner, team)
    assert opened.first_contact_due_at == opened.next_due_at == NOW + timedelta(hours=24)
    assert opened.resolution_due_at == NOW + timedelta(hours=168)


def test_without_routing_rules_the_least_loaded_of_the_frontline_gets_it() -> None:
    busy, free = make_user(Role.FRONTLINE), make_user(Role.FRONTLINE)
    answers = [make_answer(make_account()) for _ in range(2)]
    opened = [issue(accept(answer)[answer.response_id]) for answer in answers]
    assert [(one.state, one.owner_id) for one in opened] == [("routed", busy), ("routed", free)]


def test_without_anybody_on_the_frontline_an_issue_stays_new_for_the_sweep() -> None:
    answer = make_answer(make_account())
    opened = issue(accept(answer)[answer.response_id])
    assert (opened.state, opened.owner_id, opened.routed_at) == (IssueState.NEW, None, None)


def test_a_second_answer_about_the_same_defect_joins_as_a_voice() -> None:
    account, defect = make_account(), (make_defect(), "service")
    first, second = (make_answer(account, defects=(defect,)) for _ in range(2))
    assert accept(first)[first.response_id] == accept(second)[second.response_id]
    voices = db.session.scalars(sa.select(IssueVoice.response_id).order_by(IssueVoice.id)).all()
    assert voices == [first.response_id, second.response_id]


def test_answers_of_one_list_share_an_issue_per_account_and_first_defect() -> None:
    account, other = make_account(), make_account()
    slow, rude = (make_defect(), "service"), (make_defect(), "service")
    answers = [
        make_answer(account, defects=(slow, rude)),
        make_answer(account, defects=(slow,)),
        make_answer(account, defects=(rude, slow)),
        make_answer(account),
        make_answer(other, defects=(slow,)),
    ]
    placed = accept(*answers)
    issues = [placed[answer.response_id] for answer in answers]
    assert issues[0] == issues[1]
    assert len(set(issues)) == 4


@pytest.mark.columns_changed_by_hand
def test_another_account_or_a_closed_issue_is_not_joined() -> None:
    account = make_account()
    first, second = make_answer(account), make_answer(account)
    closed = accept(first)[first.response_id]
    set_issue(closed, closed_at=NOW, state=IssueState.CLOSED, next_due_at=None)
    assert accept(second)[second.response_id] != closed


def test_an_issue_that_staff_opened_is_joined_too() -> None:
    account = make_account()
    first, second = make_answer(account), make_answer(account)
    opened = accept(first)[first.response_id]
    set_issue(opened, source="staff")
    assert accept(second)[second.response_id] == opened


def test_a_graver_voice_raises_the_severity_and_no_clock_gets_later() -> None:
    account = make_account(value_tier=ValueTier.C)
    mild, grave = make_answer(account, 6), make_answer(account, 1)
    before = issue(accept(mild)[mild.response_id])
    with clock.frozen(NOW + timedelta(hours=30)):
        accept(grave)
    after = issue(before.id)
    assert (before.severity, after.severity) == (Severity.MINOR, Severity.MAJOR)
    assert after.first_contact_due_at == before.first_contact_due_at
    assert after.resolution_due_at == NOW + timedelta(hours=30 + 336)
    assert after.priority > before.priority


def test_a_milder_voice_lowers_nothing() -> None:
    account = make_account()
    grave, mild = make_answer(account, 1), make_answer(account, 6)
    opened = accept(grave)[grave.response_id]
    accept(mild)
    assert issue(opened).severity is Severity.MAJOR


def test_a_decision_maker_opens_a_major_issue() -> None:
    account = make_account()
    contact = make_contact(account)
    answer = make_answer(account, 6, contact_id=contact, role=ContactRole.DECISION_MAKER)
    assert issue(accept(answer)[answer.response_id]).severity is Severity.MAJOR


@pytest.mark.parametrize(("hours_after_the_fix", "state", "reopened"), [(1, "routed", 1), (-1, "fixed", 0)])
def test_an_answer_given_after_the_fix_takes_the_issue_back(hours_after_the_fix: int, state: str, reopened: int) -> None:
    account = make_account()
    first = make_answer(account)
    opened = accept(first)[first.response_id]
    set_issue(opened, state=IssueState.FIXED, fixed_at=NOW, contacted_at=NOW)
    with clock.frozen(NOW + timedelta(days=2)):
        accept(make_answer(account, responded_at=NOW + timedelta(hours=hours_after_the_fix)))
    found = issue(opened)
    assert (found.state, found.reopen_count) == (state, reopened)


def test_a_corrected_answer_stays_with_its_issue_and_is_one_voice() -> None:
    account = make_account()
    answer = make_answer(account, 6)
    opened = accept(answer)[answer.response_id]
    worse = make_answer(account, 1, contact_id=answer.contact_id)
    again = replace(worse, response_id=answer.response_id, responded_at=NOW)
    assert accept(again) == {answer.response_id: opened}
    assert issue(opened).severity is Severity.MAJOR
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IssueVoice)) == 1


def test_a_list_spreads_over_the_team_evenly() -> None:
    team = make_team()
    people = [make_user(Role.FRONTLINE, team_id=team) for _ in range(3)]
    make_user(Role.FRONTLINE, team_id=team, active=False)
    catch_all(team)
    accept(*(make_answer(make_account()) for _ in range(6)))
    owners = db.session.scalars(sa.select(Issue.owner_id)).all()
    assert sorted(owners) == sorted(people * 2)


def test_the_owner_and_the_account_manager_are_told_once_each() -> None:
    team, manager = make_team(), make_user(Role.ACCOUNT_MANAGER)
    owner = make_user(Role.FRONTLINE, team_id=team)
    catch_all(team)
    accept(make_answer(make_account(owner_id=manager)))
    told = db.session.scalars(sa.select(OutboxMessage.payload)).all()
    assert sorted(payload["user_id"] for payload in told) == sorted([owner, manager])


def test_what_happened_is_in_the_history() -> None:
    account = make_account()
    accept(make_answer(account, 6))
    accept(make_answer(account, 0))
    kinds = db.session.scalars(sa.select(IssueEvent.kind).order_by(IssueEvent.id)).all()
    assert kinds == ["opened", "voice_added", "severity_raised"]


def test_numbers_are_unique_and_rise() -> None:
    placed = [accept(make_answer(make_account()), make_answer(make_account())) for _ in range(2)]
    numbers = [issue(issue_id).number for issues in placed for issue_id in issues.values()]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("size", [1, 40])
def test_a_list_costs_the_same_number_of_statements_whatever_its_length(size: int) -> None:
    account = make_account()
    opened = make_answer(account)
    accept(opened)
    answers = [make_answer(account, 1), *(make_answer(make_account()) for _ in range(size))]
    seen: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", listener := lambda *args: seen.append(args[2]))
    accept(*answers)
    sa.event.remove(db.engine, "before_cursor_execute", listener)
    # two ask which owners are away and who has these customers, two whether partners or open plays have to look again; each once
    assert len(seen) <= 22, seen
