"""What issues mean for the gate, read for many accounts at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import NO_ISSUES, issue_facts
from feedback.issues.rules import IssueState, Severity
from feedback.kernel import clock
from feedback.uow import transaction
from tests.factories import make_account, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer, make_response

pytestmark = pytest.mark.columns_changed_by_hand
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=40)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Any:
    with app.app_context(), clock.frozen(NOW):
        yield


def change(model: Any, *conditions: Any, **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(model).where(*conditions).values(**values))


def state_of(account_id: int, now: datetime = NOW) -> str:
    db.session.rollback()
    return issue_facts([account_id], now)[account_id].state


def closed_unverified(account_id: int, *scores: int) -> list[Any]:
    """The voices of an issue that was fixed a day after NOW and closed without the customer's word."""
    answers = [make_answer(account_id, score) for score in scores]
    accept(*answers)
    fixed = NOW + timedelta(days=1)
    change(Issue, state=IssueState.CLOSED_UNVERIFIED, fixed_at=fixed, closed_at=NOW + timedelta(days=32), next_due_at=None)
    return answers


@pytest.mark.parametrize(
    ("state", "severity", "standing"),
    [
        (IssueState.ROUTED, Severity.MINOR, "minor_open"),
        (IssueState.IN_FIX, Severity.MAJOR, "major_open"),
        (IssueState.NEW, Severity.CRITICAL, "major_open"),
        (IssueState.FIXED, Severity.MINOR, "fixed_unverified"),
        (IssueState.VERIFIED, Severity.MAJOR, "none"),
        (IssueState.CLOSED, Severity.MAJOR, "none"),
    ],
)
def test_state_and_severity_decide(state: IssueState, severity: Severity, standing: str) -> None:
    account = make_account()
    accept(make_answer(account))
    change(Issue, state=state, severity=severity)
    assert state_of(account) == standing


def test_an_overdue_clock_raises_minor_to_major() -> None:
    account = make_account()
    accept(make_answer(account))
    assert [state_of(account, NOW + timedelta(hours=hours)) for hours in (47, 49)] == ["minor_open", "major_open"]


def test_the_worst_issue_speaks_and_is_named_first_with_its_owner_and_due_date() -> None:
    team, account = make_team(), make_account()
    make_user(Role.FRONTLINE, team_id=team, name="Lucía Gómez")
    catch_all(team)
    mild = make_answer(account, 6)
    grave = make_answer(account, 0, defects=((make_defect(), "service"),))
    placed = accept(mild, grave)
    fact = issue_facts([account, make_account()], NOW)[account]
    assert (fact.state, fact.owners) == ("major_open", ("Lucía Gómez",))
    assert fact.issue_ids == (placed[grave.response_id], placed[mild.response_id])
    assert fact.next_due_at == NOW + timedelta(hours=36)


def test_an_account_without_issues_has_none() -> None:
    account = make_account()
    assert issue_facts([account], NOW) == {account: NO_ISSUES}


def test_closed_unverified_counts_until_every_voice_answers_seven_or_better() -> None:
    account = make_account()
    first, second = closed_unverified(account, 5, 6)
    make_response(account, first.contact_id, 7, LATER)
    assert state_of(account, LATER) == "fixed_unverified"
    make_response(account, second.contact_id, 9, LATER)
    assert state_of(account, LATER) == "none"


def test_closed_unverified_is_not_healed_by_an_answer_from_before_the_fix_or_below_seven() -> None:
    account = make_account()
    (voice,) = closed_unverified(account, 5)
    make_response(account, voice.contact_id, 9, NOW + timedelta(hours=2))
    make_response(account, voice.contact_id, 6, LATER)
    assert state_of(account, LATER) == "fixed_unverified"


def test_closed_unverified_ends_when_its_customer_leaves() -> None:
    account = make_account()
    (voice,) = closed_unverified(account, 5)
    change(AccountContact, AccountContact.contact_id == voice.contact_id, left_at=LATER)
    assert state_of(account, LATER) == "none"


def test_facts_of_many_accounts_cost_at_most_two_statements() -> None:
    accounts = [make_account() for _ in range(30)]
    accept(*(make_answer(account) for account in accounts))
    change(Issue, Issue.account_id == accounts[0], state=IssueState.CLOSED_UNVERIFIED, closed_at=NOW, next_due_at=None)
    seen: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", listener := lambda *args: seen.append(args[2]))
    facts = issue_facts(accounts, NOW)
    sa.event.remove(db.engine, "before_cursor_execute", listener)
    assert (len(facts), len([statement for statement in seen if statement.startswith("SELECT")])) == (30, 2)
