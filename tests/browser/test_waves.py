"""The journey of a customer-experience manager: write texts, plan, rehearse, take somebody off, start, pause, look back."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.drafts import WaveDraft
from feedback.listening.models import Wave, WaveExclusion
from feedback.listening.rules.states import WaveState
from feedback.listening.service import create_wave
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from tests.browser.company import person, ready
from tests.browser.test_accessibility import violations
from tests.browser.test_every_page import FITS, UNNAMED

pytestmark = pytest.mark.browser


def _draw_up(app: Flask) -> int:
    with app.app_context(), transaction():
        today = clock.now().date()
        return create_wave(WaveDraft("relationship", "Autumn", today, today + timedelta(days=20), {}), actor="user:1")


def _add_a_program(page: Page, server: str) -> None:
    """A survey of one's own, that lets people rest for no day, in Spanish and Russian."""
    page.goto(f"{server}/app/programs")
    ready(page)
    page.get_by_label("Name", exact=True).fill("After a visit")
    page.get_by_label("Code, for files and the API").fill("after_visit")
    page.get_by_role("button", name="Add the survey").click()
    page.wait_for_url(re.compile(r"/app/programs/\d+$"))
    page.get_by_label("Days before a person is asked again").fill("0")
    with page.expect_response("**/_dash-update-component*"):  # it draws the page anew, with the links below
        page.get_by_role("button", name="Save", exact=True).click()
    for number, (language, question) in enumerate((("Español", "¿Volvería?"), ("Русский", "Вернётесь?")), start=1):
        page.get_by_role("link", name=language, exact=True).click()
        expect(page.get_by_text(f"There are no texts of your own in {language}")).to_be_visible()
        page.get_by_label("Question").fill(question)
        page.get_by_role("button", name="Save as a new version").click()
        expect(page.get_by_text(f"Version {number}, by")).to_be_visible()


def test_texts_that_are_not_saved_are_asked_about(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    page.goto(f"{live_server}/app/programs/1")
    ready(page)
    page.get_by_label("Question").fill("Would you come again?")
    asked: list[str] = []
    answer = {"stay": lambda dialog: dialog.dismiss(), "leave": lambda dialog: dialog.accept()}
    for choice in ("stay", "leave"):
        page.once("dialog", lambda dialog, choice=choice: (asked.append(dialog.message), answer[choice](dialog)))
        page.get_by_role("link", name="Español", exact=True).click()
        if choice == "stay":
            expect(page.get_by_label("Question")).to_have_value("Would you come again?")
    expect(page).to_have_url(re.compile("language=es"))
    assert asked == ["Leave without saving these texts?"] * 2
    expect(page.locator("[data-unsaved*=':es:']")).to_be_visible()  # the address changes before the page does
    stamp = page.locator("[data-unsaved]").get_attribute("data-unsaved") or ""
    page.get_by_label("Question").fill("¿Volvería?")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator("[data-unsaved]")).not_to_have_attribute("data-unsaved", stamp)
    page.get_by_role("link", name="English", exact=True).click()  # nothing is asked: it is saved
    expect(page).not_to_have_url(re.compile("language=es"))
    assert len(asked) == 2


def _take_somebody_off(page: Page) -> None:
    page.get_by_role("button", name="Take off", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").click()
    page.get_by_role("option", name="The wrong person").click()
    dialog.get_by_label("In a few words").fill("Left the company")
    dialog.get_by_role("button", name="Take off the wave").click()
    expect(page.get_by_role("link", name="Taken off by hand")).to_be_visible()


def test_from_a_program_to_the_wave_and_its_honesty(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    _add_a_program(page, live_server)
    preview = page.get_by_role("link", name="Detractor").get_attribute("href") or ""
    assert "Вернётесь?" in page.request.get(live_server + preview).text()
    page.get_by_role("link", name="Plan a wave").click()
    page.wait_for_url(re.compile("/app/waves/new"))
    page.get_by_label("Name of the wave").fill("Visitors")
    page.get_by_role("button", name="Rehearse it").click()
    page.wait_for_url(re.compile(r"/app/waves/\d+$"))
    wave_id = int(page.url.rpartition("/")[2])
    expect(page.get_by_role("heading", name="Rehearsal")).to_be_visible()
    _take_somebody_off(page)
    page.get_by_text("Start the wave …").click()
    page.get_by_role("button", name="Start the wave").click()
    expect(page.get_by_role("heading", name="Where it stands")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.goto(f"{live_server}/app/honesty?survey=after_visit")
    ready(page)
    expect(page.get_by_text("Left the company")).to_be_visible()
    with app.app_context():
        assert db.session.get_one(Wave, wave_id).state is WaveState.PAUSED
        of_wave = Invitation.wave_id == wave_id
        planned = sa.select(sa.func.count()).where(of_wave, Invitation.state == InvitationState.PLANNED)
        assert (db.session.scalar(planned) or 0) > 0
        notes = db.session.scalars(sa.select(WaveExclusion.note).where(WaveExclusion.wave_id == wave_id))
        assert notes.all() == ["Left the company"]


def test_what_is_wrong_with_a_wave_stands_beside_the_field(app, page: Page, live_server, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "es"))
    page.goto(f"{live_server}/app/waves/new")
    ready(page)
    name, last = page.get_by_label("Nombre de la oleada"), page.get_by_label("Último día para primeros correos")
    page.get_by_role("button", name="Ensayarla").click()
    expect(name).to_have_accessible_description("Póngale un nombre.")
    name.fill("Primavera")
    last.fill(clock.now().strftime("%d/%m/%Y"))
    last.blur()
    page.get_by_role("button", name="Ensayarla").click()
    expect(last).to_have_accessible_description("El último día es anterior al primero.")
    expect(name).not_to_have_attribute("aria-invalid", "true")
    assert page.url.endswith("/app/waves/new")


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "dark"), ("es", 390, "light"), ("ru", 1280, "light")])
def test_the_pages_fit_and_can_be_used(app, page: Page, live_server, complaints, log_in, tenants, language, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    log_in(person(app, Role.EXPERIENCE_MANAGER, language))
    wave = f"/app/waves/{_draw_up(app)}"
    programs = ("/app/programs", "/app/programs/1", "/app/programs/1?language=ru", "/app/reasons?reason=new", "/app/honesty")
    for path in ("/app/waves", "/app/waves/new", "/app/waves/1", wave, f"{wave}?reason=no_permission", *programs):
        page.goto(live_server + path)
        ready(page)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(".cl-error")).to_have_count(0)
        assert (page.evaluate(FITS), page.evaluate(UNNAMED)) == (True, []), path
        assert violations(page) == []
