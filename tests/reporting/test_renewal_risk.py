"""Renewals by the weight of their issues: whose contract an issue is about, and who sees it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.models import Contract
from feedback.accounts.upserts import upsert_contracts
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.reporting.renewal_risk import RenewalRisk, renewal_risk
from feedback.uow import transaction
from tests.factories import insert, make_account, make_user

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _inside(app: Flask):
    with clock.frozen(NOW), app.app_context():
        yield


def _lease(account: str, name: str, days: int = 30, site: str | None = "tower") -> int:
    row = {"account_external_id": account, "external_id": name, "name": name, "site_external_id": site}
    with transaction():
        upsert_contracts([row | {"renewal_on": (NOW + timedelta(days=days)).date()}])
    return db.session.execute(sa.select(Contract.id).where(Contract.external_id == name)).scalar_one()


def _issue(account_id: int, number: int, severity: Severity = Severity.MAJOR, **values: object) -> None:
    due = {name: NOW + timedelta(days=1) for name in ("first_contact_due_at", "next_update_due_at", "resolution_due_at")}
    defaults = {"state": IssueState.ROUTED, "source": IssueSource.STAFF, "defect_key": 0, "value_tier": "B", "opened_at": NOW}
    row = {"account_id": account_id, "number": number, "severity": severity, "next_due_at": NOW + timedelta(days=1)}
    insert(Issue, **defaults | due | row | values)


def _risk(role: Role = Role.ADMIN, user: int | None = None, **options: int) -> RenewalRisk:
    return renewal_risk(get_viewer(user or make_user(role)), **options)


def test_an_account_with_one_contract_puts_all_its_issues_to_it() -> None:
    fox, ola = make_account(external_id="FOX"), make_account(external_id="OLA")
    _lease("FOX", "L1"), _lease("OLA", "L2")
    _issue(fox, 1)
    _issue(ola, 2, Severity.MINOR)
    found = _risk()
    assert [(line.contract, line.points) for line in found.lines] == [("L1", 6), ("L2", 2)]
    assert [(site.name, site.contracts, site.points) for site in found.sites] == [("tower", 2, 8)]


def test_with_several_contracts_an_issue_counts_where_somebody_said_so() -> None:
    fox = make_account(external_id="FOX")
    first, _ = _lease("FOX", "L1"), _lease("FOX", "L2")
    _issue(fox, 1, contract_id=first)
    _issue(fox, 2)
    assert [(line.contract, line.points, line.unplaced) for line in _risk().lines] == [("L1", 6, 1), ("L2", 0, 1)]


def test_reminders_of_ours_weigh_nothing() -> None:
    fox = make_account(external_id="FOX")
    _lease("FOX", "L1")
    _issue(fox, 1, source=IssueSource.CONTACT_GAP)
    assert [line.points for line in _risk().lines] == [0]


def test_what_renews_later_is_not_listed_and_an_account_may_renew_without_a_contract() -> None:
    make_account(external_id="FOX")
    make_account(external_id="OLA", name="Ola", renewal_on=(NOW + timedelta(days=9)).date())
    _lease("FOX", "L1", days=400)
    assert [(line.account, line.contract) for line in _risk(days=180).lines] == [("Ola", None)]


def test_an_account_manager_sees_own_customers() -> None:
    manager = make_user(Role.ACCOUNT_MANAGER)
    make_account(external_id="FOX", owner_id=manager)
    make_account(external_id="OLA")
    _lease("FOX", "L1"), _lease("OLA", "L2")
    assert [line.contract for line in _risk(user=manager).lines] == ["L1"]


def test_the_same_file_again_changes_nothing() -> None:
    make_account(external_id="FOX")
    assert _lease("FOX", "L1") == _lease("FOX", "L1")
    with transaction():
        (written,) = upsert_contracts([{"account_external_id": "NOBODY", "external_id": "L1"}])
    assert written.errors
