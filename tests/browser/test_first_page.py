"""The first page of a visit: drawn by the server, then usable, then with figures that answer to the pointer."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from feedback.access.rules import Role
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def page_without_plotly(
    page: Page, app: Flask, live_server: str, complaints: list[str], log_in: Callable[[int], None]
) -> tuple[Page, list[Route]]:
    """A readiness page whose plotly.js is on its way, and the request for it."""
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")
        for name in ("Nordbau", "Iberseguros"):
            factories.make_contact(factories.make_account(external_id=name, name=name, owner_id=ana))
    log_in(ana)
    held: list[Route] = []
    page.route("**/plotly-basic*", lambda route: held.append(route))
    page.goto(f"{live_server}/app/readiness")
    expect(page.locator("#still")).to_have_count(0)
    return page, held


def test_a_page_can_be_used_before_its_figures_can(page_without_plotly: tuple[Page, list[Route]]) -> None:
    page, _held = page_without_plotly
    expect(page.locator("#react-entry-point .cl-graph svg.cl-still")).to_be_visible()
    page.get_by_placeholder("Account", exact=True).fill("nord")
    page.wait_for_url("**?q=nord")
    expect(page.get_by_role("link", name="Iberseguros", exact=True)).to_have_count(0)


def test_the_figure_takes_the_place_of_its_drawing(page_without_plotly: tuple[Page, list[Route]]) -> None:
    page, held = page_without_plotly
    expect(page.locator(".cl-still-kept")).to_have_count(1)
    held.pop().continue_()
    expect(page.locator("#readiness-matrix .main-svg").first).to_be_visible()
    expect(page.locator(".cl-still-kept")).to_have_count(0)


def test_a_link_in_a_list_changes_the_page_without_loading_it_anew(page_without_plotly: tuple[Page, list[Route]]) -> None:
    page, _held = page_without_plotly
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Nordbau", exact=True).click()
    expect(page.get_by_role("heading", name="How do we stand with Nordbau?")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_plotly_comes_with_the_first_figure(
    page: Page, app: Flask, live_server: str, complaints: list[str], log_in: Callable[[int], None]
) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")
        factories.make_contact(factories.make_account(name="Nordbau", owner_id=ana))
    log_in(ana)
    page.goto(f"{live_server}/app/accounts")
    expect(page.locator("#still")).to_have_count(0)
    assert page.locator("script[src*=plotly]").count() == 0
    page.locator(".cl-places").get_by_role("link", name="Readiness").click()
    expect(page.locator("#readiness-matrix .main-svg").first).to_be_visible()
