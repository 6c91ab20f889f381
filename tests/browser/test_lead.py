"""A lead's morning in the browser: who is away and what they left, who has room, and a rule tried out before it holds."""

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.models import User
from feedback.access.queries import lead_of
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.models import IssueMistake
from feedback.staffing.models import Absence
from feedback.uow import transaction
from tests.browser.company import ready
from tests.browser.test_accessibility import violations, visited

pytestmark = pytest.mark.browser


def user_id(app: Flask, name: str) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(User.id).where(User.name == name)) or 0


def absence_id(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.min(Absence.id))) or 0


def test_nothing_on_the_pages_of_a_lead_keeps_somebody_out(app, page: Page, live_server, log_in, tenants):
    log_in(user_id(app, "Clara Núñez"))
    paths = ["/app/team", f"/app/team/{user_id(app, 'Денис Ли')}", f"/app/absences/{absence_id(app)}", "/app/rules"]
    assert visited(page, live_server, paths) == []
    page.get_by_role("button", name="Cambiar").first.click()
    expect(page.get_by_text("Cuando se cumple todo esto")).to_be_visible()
    assert violations(page) == []


def test_a_rule_is_changed_tried_and_saved_with_one_hand(app, page: Page, live_server, log_in, tenants):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(user_id(app, "Ken Obi"))
    page.goto(f"{live_server}/app/rules")
    ready(page)
    first = page.locator(".cl-rule-words").first.inner_text()
    page.get_by_role("button", name="Rule 1 one down").click()
    expect(page.get_by_text("This is a draft")).to_be_visible()
    page.get_by_role("button", name="Try the rules").click()
    expect(page.get_by_text("Issues by rule")).to_be_visible()
    page.get_by_role("button", name="Save the rules").click()
    expect(page.get_by_text("These rules are in force.")).to_be_visible()
    page.reload()
    ready(page)
    expect(page.locator(".cl-rule-words").nth(1)).to_have_text(first, use_inner_text=True)


def lead_who_decides(app: Flask) -> int:
    """Of the team with the issue that the demo says was a mistake; English from now on."""
    with app.app_context(), transaction():
        team = db.session.scalar(sa.select(Issue.team_id).join(IssueMistake, IssueMistake.issue_id == Issue.id))
        lead = db.session.get_one(User, lead_of(team))
        lead.locale = "en"
        return lead.id


def test_a_lead_confirms_with_one_hand_that_an_issue_was_a_mistake(app, page: Page, live_server, log_in, tenants):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(lead_who_decides(app))
    page.goto(f"{live_server}/app/concessions")
    ready(page)
    page.get_by_role("link", name="Look and decide").click()
    expect(page.get_by_text("was entered by mistake: “")).to_be_visible()
    ready(page)
    page.get_by_role("button", name="It is a problem: it stays").click()
    expect(page.get_by_text("Say why it is a problem after all, so that somebody works on it.")).to_be_visible()
    page.get_by_role("button", name="It is a mistake: take it back").click()
    expect(page.get_by_text("Taken back: it counts nowhere")).to_be_visible()
