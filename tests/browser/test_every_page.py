"""Every main page: with nothing in the database on a phone at night, and with a company in it in each language and width."""

import pytest
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.browser.company import person, ready
from tests.dashboards.test_contrast import AA, contrast
from tests.factories import make_user

pytestmark = pytest.mark.browser
PLACES = {Role.ACCOUNT_MANAGER: "/app/readiness", Role.FRONTLINE: "/app/issues", Role.EXECUTIVE: "/app/defects"}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
COLOURS = """() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor].map(colour =>
  '#' + colour.match(/[0-9]+/g).slice(0, 3).map(part => Number(part).toString(16).padStart(2, '0')).join(''))"""
UNNAMED = """() => [...document.querySelectorAll('main a, main button, header a, header button, input:not([type=hidden])')]
  .filter(element => element.offsetParent && !(element.textContent || '').trim() && !element.getAttribute('aria-label')
    && !element.title && !(element.labels && element.labels.length) && !element.getAttribute('aria-labelledby'))
  .map(element => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("role", PLACES, ids=str)
def test_an_empty_company_on_a_phone_at_night(app, page: Page, live_server, complaints, log_in, role):
    with app.app_context():
        log_in(make_user(role, theme="dark"))
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (PLACES[role], "/app/accounts", "/app/surveys"):
        page.goto(live_server + path)
        ready(page)
        expect(page.locator(".cl-empty").first).to_be_visible()
        text, ground = page.evaluate(COLOURS)
        assert (page.evaluate(FITS), contrast(text, ground) >= AA, text > ground) == (True, True, True)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 390), ("ru", 390), ("ru", 1280)])
def test_the_pages_of_the_property_company(app, page: Page, live_server, complaints, log_in, tenants, language, width):
    page.set_viewport_size({"width": width, "height": 844})
    for role, path in PLACES.items():
        log_in(person(app, role, language))
        for address in (path, "/app/accounts", "/app/surveys"):
            page.goto(live_server + address)
            ready(page)
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator(".cl-error")).to_have_count(0)
            assert (page.evaluate(FITS), page.evaluate(UNNAMED)) == (True, [])


def test_a_phone_reaches_every_place_and_reads_every_reason(app, page: Page, live_server, complaints, log_in, tenants):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(person(app, Role.EXECUTIVE, "en"))
    page.goto(f"{live_server}/app/readiness")
    ready(page)
    page.wait_for_load_state("networkidle")  # what the program draws after its first answer would close it again
    reason = page.locator(".cl-fold").first
    reason.locator("summary").press("Enter")
    expect(reason.locator(".cl-fold-more")).to_be_hidden()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Accounts").click()
    page.wait_for_url("**/app/accounts")


SMALL = """() => [...document.querySelectorAll(
    'main button, main .cl-button, main .cl-tab, main .cl-chip, main .mantine-Input-input, header button')]
  .filter(element => element.offsetParent && element.getBoundingClientRect().height < 43.5)
  .map(element => element.outerHTML.slice(0, 120))"""


@pytest.mark.browser_context_args(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
def test_a_finger_meets_what_is_to_be_pressed_and_nothing_else_is_shown(app, page: Page, live_server, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    for path in ("/app/waves/new", "/app/programs/1", "/app/coverage", "/app/reasons?reason=new"):
        page.goto(live_server + path)
        ready(page)
        assert (page.evaluate(SMALL), page.evaluate(FITS)) == ([], True), path
    page.goto(f"{live_server}/app/coverage")
    ready(page)
    expect(page.get_by_text("Clear the filters")).to_be_hidden()


def test_the_bell_counts_what_is_new_until_it_is_read(app, page: Page, live_server, complaints, log_in):
    owner = _told(app)
    log_in(owner)
    page.goto(f"{live_server}/app/accounts")
    ready(page)
    bell = page.get_by_role("button", name="Notices, 1 new")
    expect(page.locator("#bell-count")).to_have_text("1")
    bell.click()
    expect(page.locator(".cl-notice.cl-new")).to_have_count(1)
    expect(page.locator("#bell-count")).to_have_text("1")
    page.locator(".cl-notice.cl-new").click()
    expect(page.locator("#issue")).to_be_visible()
    expect(page.locator("#bell-count")).to_have_text("")
    page.reload()
    ready(page)
    expect(page.get_by_role("button", name="Notices, none new")).to_be_visible()


def _told(app) -> int:
    """An owner who was given one issue by an answer; answers the id."""
    with app.app_context():
        owner = make_user(Role.FRONTLINE)
        with transaction():
            accept_answers([AnswerDraft("A", 1, responded_at=clock.now())], AcceptOptions())
        deliver_outbox.run()
    return owner


def test_a_view_is_saved_found_again_and_cleared(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.EXECUTIVE, "en"))
    page.goto(f"{live_server}/app/defects?region=Centro&category=service")
    ready(page)
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name of the view").fill("Service in the centre")
    page.keyboard.press("Enter")
    expect(page.locator("#views-label")).to_have_text("Views (1)")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Clear the filters").click()
    page.wait_for_url("**/app/defects")
    expect(page.get_by_role("link", name="Clear the filters")).to_be_hidden()
    page.get_by_role("button", name="Views (1)").click()
    page.get_by_role("link", name="Service in the centre").click()
    page.wait_for_url("**category=service&region=Centro")
