"""The journey of a customer-experience manager: plan, rehearse, take somebody off, start, pause."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.models import Wave, WaveExclusion
from feedback.listening.rules.states import WaveState
from feedback.listening.service import WaveDraft, create_wave
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from tests.browser.company import person, ready
from tests.browser.test_accessibility import violations
from tests.browser.test_every_page import FITS, UNNAMED

pytestmark = pytest.mark.browser


def _draw_up(app: Flask) -> None:
    with app.app_context(), transaction():
        today = clock.now().date()
        create_wave(WaveDraft("relationship", "Autumn", today, today + timedelta(days=20), {}), actor="user:1")


def test_from_the_plan_to_the_pause(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    page.goto(f"{live_server}/app/waves")
    ready(page)
    page.get_by_role("link", name="Plan a wave").click()
    page.wait_for_url("**/app/waves/new")
    page.get_by_label("Name of the wave").fill("Autumn")
    page.get_by_role("button", name="Rehearse it").click()
    page.wait_for_url("**/app/waves/1")
    expect(page.get_by_role("heading", name="Rehearsal")).to_be_visible()
    page.get_by_role("button", name="Take off", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").click()
    page.get_by_role("option", name="The wrong person").click()
    dialog.get_by_label("In a few words").fill("Left the company")
    dialog.get_by_role("button", name="Take off the wave").click()
    expect(page.get_by_role("link", name="Taken off by hand")).to_be_visible()
    page.get_by_role("button", name="Start the wave").click()
    expect(page.get_by_role("heading", name="Where it stands")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    with app.app_context():
        assert db.session.get_one(Wave, 1).state is WaveState.PAUSED
        planned = sa.select(sa.func.count()).select_from(Invitation).where(Invitation.state == InvitationState.PLANNED)
        assert (db.session.scalar(planned) or 0) > 0
        assert db.session.scalars(sa.select(WaveExclusion.note)).all() == ["Left the company"]


def test_a_wave_without_a_name_is_not_planned(app, page: Page, live_server, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    page.goto(f"{live_server}/app/waves/new")
    ready(page)
    page.get_by_role("button", name="Rehearse it").click()
    expect(page.get_by_text("A wave needs a survey, a name, a first and a last day.")).to_be_visible()
    assert page.url.endswith("/app/waves/new")


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "dark"), ("es", 390, "light"), ("ru", 1280, "light")])
def test_the_pages_fit_and_can_be_used(app, page: Page, live_server, complaints, log_in, tenants, language, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    log_in(person(app, Role.EXPERIENCE_MANAGER, language))
    _draw_up(app)
    for path in ("/app/waves", "/app/waves/new", "/app/waves/1", "/app/waves/1?reason=no_permission"):
        page.goto(live_server + path)
        ready(page)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(".cl-error")).to_have_count(0)
        assert (page.evaluate(FITS), page.evaluate(UNNAMED)) == (True, []), path
        assert violations(page) == []
