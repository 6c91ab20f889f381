"""An account manager plans a customer, in a real browser: what must change is taken over, ticks itself, and prints."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.uow import transaction
from tests.browser.test_accessibility import visited
from tests.slices.planning.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(app: Flask) -> Desk:
    """Max with Nordbau, where an issue is open."""
    return Desk(app)


@pytest.fixture
def plan(page: Page, live_server: str, complaints: list[str], log_in: Callable[[int], None], desk: Desk) -> Page:
    """The page of Nordbau's plan, before there is one."""
    log_in(desk.manager)
    page.goto(f"{live_server}/app/accounts/{desk.account}/plan")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.get_by_role("heading", name="What do we want with Nordbau")).to_be_visible()
    return page


def test_a_plan_from_must_change_ticks_itself_and_comes_as_a_pdf(plan: Page, desk: Desk) -> None:
    plan.get_by_role("button", name="Begin the plan").click()
    plan.get_by_role("button", name="Take all of it over").click()
    expect(plan.get_by_text("0 of 1 have changed")).to_be_visible()
    with desk.app.app_context(), transaction() as session:
        solved = {"state": IssueState.VERIFIED, "verified_at": clock.now(), "next_due_at": None}
        session.execute(sa.update(Issue).where(Issue.id == desk.issue).values(**solved))
    plan.reload()
    expect(plan.get_by_text("1 of 1 have changed")).to_be_visible()
    plan.get_by_role("link", name="Review pack").click()
    expect(plan.get_by_role("heading", name="Review of Nordbau")).to_be_visible()
    with plan.expect_download() as taken:
        plan.get_by_role("link", name="PDF").click()
    assert taken.value.suggested_filename.endswith(".pdf")
    assert taken.value.path().read_bytes().startswith(b"%PDF-")


def test_an_objective_is_written_down_and_reached(plan: Page) -> None:
    plan.get_by_role("button", name="Begin the plan").click()
    plan.get_by_text("Add an objective").click()
    plan.get_by_label("What we want to reach").fill("They renew in spring")
    plan.get_by_role("button", name="Add the objective").click()
    plan.get_by_role("button", name="Reached: They renew in spring").click()
    expect(plan.get_by_role("button", name="Open again: They renew in spring")).to_be_visible()


def test_the_list_of_the_day_fits_a_phone_and_walks_with_keys(plan: Page, live_server: str) -> None:
    plan.set_viewport_size({"width": 390, "height": 844})
    plan.goto(f"{live_server}/app/today")
    expect(plan.locator("#still")).to_have_count(0)
    expect(plan.get_by_text("Not to be called today")).to_be_visible()
    plan.keyboard.press("j")
    expect(plan.get_by_role("link", name="Nordbau")).to_be_focused()
    assert plan.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_accessible(plan: Page, live_server: str, desk: Desk, width: int) -> None:
    found = desk.add(desk.add(desk.make(), "must-change", kind="issue", issue_id=desk.issue), "objectives", text="Be heard")
    found = desk.add(found, "sales-intents", intent="upsell", product="Cover", amount=1200.0)
    desk.add(desk.add(found, "reviews", starts_at="2026-11-01T09:00:00Z"), "promises", text="Figures", due_on="2026-11-02")
    plan.set_viewport_size({"width": width, "height": 900})
    base = f"/app/accounts/{desk.account}/plan"
    assert visited(plan, live_server, [base, f"{base}/review", "/app/today", "/app/plans", "/settings/calendar"]) == []
