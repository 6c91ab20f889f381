"""Every page under axe-core, in light and in dark: nothing serious or critical may be left."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.browser.company import person, ready
from tests.factories import make_account, make_contact, make_defect

pytestmark = pytest.mark.browser
HARMFUL = {"serious", "critical"}


def violations(page: Page, *, without: str = "") -> list[str]:
    """What axe-core finds on the page that keeps somebody from using it; `without` names a rule that is not asked."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-dash-is-loading=true], .cl-progress")).to_have_count(0)
    found = _harmful(page, without)
    if found:  # a page that a callback is drawing again has no names for a moment: what counts is how it stands then
        page.wait_for_timeout(1500)
        page.wait_for_load_state("networkidle")
        found = _harmful(page, without)
    return found


def _harmful(page: Page, without: str) -> list[str]:
    return [
        f"{page.url} {one['id']}: {node['html'][:160]}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in HARMFUL and one["id"] != without
        for node in one["nodes"]
    ]


def visited(page: Page, server: str, paths: Iterable[str]) -> list[str]:
    """What axe-core finds on all these pages of the program."""
    found = []
    for path in paths:
        page.goto(server + path)
        ready(page)
        found += violations(page)
    return found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, page: Page) -> str:
    """The colours of the device and of the person."""
    page.emulate_media(color_scheme=request.param, reduced_motion="reduce")
    return request.param


def test_axe_finds_what_is_broken(page: Page):
    page.set_content("<title>x</title><main><h1>x</h1><p style='color:#ccc;background:#fff'>faint</p><input></main>")
    assert {line.split(" ")[1] for line in violations(page)} >= {"color-contrast:", "label:"}


def test_the_pages_of_a_manager(app, page: Page, live_server, log_in, tenants, scheme):
    log_in(person(app, Role.ACCOUNT_MANAGER, "en", theme=scheme))
    assert visited(page, live_server, ["/app/readiness", "/app/accounts", "/app/surveys", "/app/defects"]) == []
    page.goto(f"{live_server}/app/accounts")
    page.locator(".cl-row-link").first.click()
    expect(page.locator(".cl-strip")).to_be_visible()
    page.locator("#gate-ask").click()
    expect(page.locator(".cl-verdict")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Change what").first.click()
    expect(page.locator("#survey-link-make")).to_be_visible()
    assert violations(page) == []


def test_the_pages_of_an_issue_owner(app, page: Page, live_server, log_in, tenants, scheme):
    log_in(person(app, Role.FRONTLINE, "en", theme=scheme))
    paths = ["/app/issues", "/app/issues?tab=closed", f"/app/issues/{first_issue(app)}", "/app/issues/999999"]
    assert visited(page, live_server, paths) == []
    page.get_by_role("button", name="Notices").click()
    expect(page.locator(".cl-notice").first).to_be_visible()
    assert violations(page) == []


def first_issue(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.min(Issue.id)))


def test_the_pages_of_an_executive(app, page: Page, live_server, log_in, tenants, scheme):
    log_in(person(app, Role.EXECUTIVE, "en", theme=scheme))
    with app.app_context():
        code = db.session.scalar(sa.select(Defect.code).limit(1))
    paths = [
        "/app/readiness",
        "/app/defects",
        f"/app/defects?defect={code}",
        "/app/issues",
        "/app/defects?region=Nowhere",
        "/app/defects?period=zzz",
    ]
    assert visited(page, live_server, paths) == []
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_label("Name of the view")).to_be_visible()
    assert violations(page) == []


def test_the_pages_on_a_phone(app, page: Page, live_server, log_in, tenants, scheme):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(person(app, Role.EXECUTIVE, "ru", theme=scheme))
    assert visited(page, live_server, ["/app/readiness", "/app/issues", "/app/defects", "/app/accounts", "/app/surveys"]) == []


def test_the_plain_pages(app, page: Page, live_server, log_in, tenants, scheme):
    page.goto(f"{live_server}/login")
    found = violations(page)
    log_in(person(app, Role.ADMIN, "es", theme=scheme))
    for path in ("/settings", "/nowhere"):
        page.goto(live_server + path)
        found += violations(page)
    assert found == []


WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


def test_the_pages_of_a_survey(app, page: Page, live_server, scheme):
    """The public pages, where anything that axe-core finds is too much."""
    path = survey_path(app)
    found = [*everything(page, f"{live_server}/s/nothing"), *everything(page, f"{live_server}{path}?score=3")]
    page.locator("#answer button").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    found += everything(page)
    page.get_by_role("link", name="Change my answer").click()
    expect(page.get_by_role("status")).to_contain_text("You answered 3 on")
    found += everything(page)
    found += everything(page, live_server + path.replace("/s/", "/u/"))
    page.locator("form:not(.trap) button").first.click()
    expect(page.locator("[name=again]")).to_have_count(1)
    assert found + everything(page) == []


def everything(page: Page, address: str = "") -> list[str]:
    """What axe-core has to say about a page by all of WCAG 2.2 AA and its best practices."""
    if address:
        page.goto(address)
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{page.url} {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def survey_path(app: Flask) -> str:
    with app.app_context():
        account = make_account()
        contact = make_contact(account)
        make_defect("late", wording={"en": "Late"})
        with transaction():
            return urlsplit(invite_contact(account, contact, actor="test").url).path


def test_a_menu_says_on_its_button_whether_it_is_open(app, page: Page, live_server, log_in, tenants):
    log_in(person(app, Role.EXECUTIVE, "en"))
    page.goto(f"{live_server}/app/defects")
    ready(page)
    button = page.get_by_role("button", name="Your menu")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("menuitem", name="Settings")).to_be_visible()
    # Mantine puts an empty element with a tabindex into each menu, to focus it first
    assert violations(page, without="aria-required-children") == []
