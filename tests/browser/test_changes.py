"""An answer is corrected, excluded and counted again; a person is erased; who was not heard is read on a phone too."""

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.surveys.models import Response
from tests.browser.company import person, ready
from tests.browser.test_accessibility import violations
from tests.browser.test_every_page import FITS

pytestmark = pytest.mark.browser


def _choose(page: Page, identity: str, text: str) -> None:
    page.locator(f"#{identity}").click()
    page.get_by_role("option", name=text, exact=True).click()


def _answered(app: Flask) -> tuple[int, int]:
    with app.app_context():
        row = db.session.scalars(sa.select(Response).order_by(Response.responded_at.desc(), Response.id.desc())).first()
        return row.account_id, row.contact_id


def test_a_wrong_answer_is_put_right(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    account, _contact = _answered(app)
    page.goto(f"{live_server}/app/accounts/{account}")
    ready(page)
    page.get_by_role("button", name="Correct or exclude").first.click()
    _choose(page, "answer-score", "7")
    _choose(page, "answer-reason", "Written down wrongly")
    page.locator("#answer-note").fill("Another key")
    page.locator("#answer-correct").click()
    expect(page.get_by_text("corrected to 7")).to_be_visible()
    page.get_by_role("button", name="Correct or exclude").first.click()
    _choose(page, "answer-cause", "A test")
    page.locator("#answer-exclusion-note").fill("Our own people")
    page.locator("#answer-exclude").click()
    expect(page.get_by_text("the answer does not count")).to_be_visible()
    page.get_by_role("button", name="Count it again").click()
    expect(page.get_by_text("the answer does not count")).to_have_count(0)


def test_a_person_is_erased_behind_a_reason_and_a_tick(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.ADMIN, "en"))
    _account, contact = _answered(app)
    page.goto(f"{live_server}/app/privacy/{contact}")
    ready(page)
    assert violations(page) == []
    _choose(page, "erase-reason", "The person asked for it")
    page.get_by_label("I know that this cannot be undone").check()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("This person was erased")).to_be_visible()
    with app.app_context():
        assert db.session.get_one(Contact, contact).name is None


@pytest.mark.parametrize("language", ["en", "ru"])
def test_whom_we_have_not_heard(app, page: Page, live_server, complaints, log_in, tenants, language):
    log_in(person(app, Role.EXPERIENCE_MANAGER, language))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server}/app/coverage")
    ready(page)
    assert page.evaluate(FITS)
    assert violations(page) == []
