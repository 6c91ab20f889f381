"""Another policy in a real browser: drafted, simulated, approved by somebody else, and named by the next answer of the gate."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.gate.governing.queries import current_policy
from feedback.permission.rules import Channel, ConsentAction
from tests import factories
from tests.browser.company import ready
from tests.browser.test_accessibility import visited
from tests.slices.gate.world import give_consent, make_customer

pytestmark = pytest.mark.browser
PAGE = "/app/gate-policy"


@pytest.fixture
def company(app: Flask) -> dict[str, int]:
    """An administrator, an executive, and thirty content customers whose wallet nobody knows."""
    with app.app_context():
        ids = {"sam": factories.make_user(Role.ADMIN, name="Sam Ode"), "bo": factories.make_user(Role.EXECUTIVE, name="Bo Lind")}
        for number in range(30):
            kept = {"name": f"Customer {number}", "external_id": f"C{number}", "segment": "Retail", "time_zone": "UTC"}
            ids["customer"], contact = make_customer(8, share=None, annual_revenue=1000.0 * (number + 1), **kept)
            give_consent(contact, ConsentAction.GRANTED, channel=Channel.PHONE)
    return ids


def opened(page: Page, live_server: str, path: str) -> None:
    page.goto(live_server + path)
    ready(page)


def drafted(page: Page, live_server: str) -> None:
    """Fill in the form, first with what no policy may say."""
    opened(page, live_server, f"{PAGE}/new")
    page.get_by_label("What it is called").fill("One offer where we do not know")
    page.get_by_label("Why it is needed").fill("Asking is easier with an offer")
    choose(page, "R02 · Detractor · Low share or Share unknown", "One offer may be made")
    expect(page.get_by_text("Nothing is sold to a detractor.")).to_be_visible()
    choose(page, "R02 · Detractor · Low share or Share unknown", "Sell nothing")
    expect(page.get_by_text("Nothing is sold to a detractor.")).to_have_count(0)
    choose(page, "R13 · Passive · Share unknown · No open issue", "One offer may be made")
    expect(page.get_by_text("“Sell only what they ask for” becomes “One offer may be made”.")).to_be_visible()
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_text("It was not simulated yet.")).to_be_visible()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("textbox", name=label).click()
    page.get_by_role("option", name=option, exact=True).locator("visible=true").click()


def test_a_policy_from_the_draft_to_the_next_decision(
    app: Flask, page: Page, live_server: str, complaints: list[str], log_in: Callable[[int], None], company: dict[str, int]
) -> None:
    log_in(company["sam"])
    drafted(page, live_server)
    page.get_by_role("button", name="Simulate it").click()
    expect(page.get_by_text("This policy would open 30 accounts with €465,000 of revenue a year")).to_be_visible()
    expect(page.get_by_text("You wrote it, so somebody else has to decide")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.goto("about:blank")  # what a page still asks for belongs to whoever opened it
    log_in(company["bo"])
    opened(page, live_server, PAGE)
    page.get_by_role("link", name="One offer where we do not know").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert len(taken.value.path().read_text().strip().splitlines()) == 31
    page.get_by_role("button", name="Approve it, and open 30 accounts").click()
    expect(page.get_by_text("Counts now")).to_be_visible()
    page.goto("about:blank")
    log_in(company["sam"])
    opened(page, live_server, f"/app/accounts/{company['customer']}")
    page.locator("#gate-ask").click()
    with app.app_context():
        version = current_policy()["version"]
    page.get_by_role("link", name=f"By the policy {version}.").click()
    expect(page.get_by_text("Passive · Share unknown · No open issue: One offer may be made.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_accessible(
    page: Page, live_server: str, complaints: list[str], log_in: Callable[[int], None], company: dict[str, int], width: int
) -> None:
    log_in(company["sam"])
    drafted(page, live_server)
    page.get_by_role("button", name="Simulate it").click()
    expect(page.locator("#policy-warning")).to_be_visible()
    page.set_viewport_size({"width": width, "height": 900})
    assert visited(page, live_server, [PAGE, f"{PAGE}/1", f"{PAGE}/1/edit", f"{PAGE}/new"]) == []
