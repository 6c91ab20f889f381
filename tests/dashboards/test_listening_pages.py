"""Pages about asking: nothing unknown is a nought, times and numbers are the reader's, every number says what it is of."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from dashboards.components.dates import in_digits
from dashboards.components.moments import day_and_time
from dashboards.figures.wave_days import wave_days
from dashboards.mistakes import in_words, reason_given
from dashboards.pages.coverage.view import wanted_by
from dashboards.pages.honesty.view import _q, _ratio
from dashboards.pages.programs.listing import reminders
from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.listening.drafts import WaveDraft
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.listening.service import create_wave, move_wave, take_off
from feedback.reporting.program_board import ProgramLine
from feedback.surveys.rules import Cadence, SurveyKind
from feedback.surveys.service import DEFAULT_SURVEY, ensure_survey
from feedback.uow import transaction
from tests.dashboards.test_short_pages import links_of
from tests.dashboards.viewing import body_of, query_of, texts, viewing
from tests.factories import make_account, make_contact, make_user

TODAY = date(2026, 5, 20)


@pytest.fixture
def draft(app: Flask) -> int:
    """A wave to one person, and a customer-experience manager who may look at it."""
    with app.app_context():
        make_contact(make_account())
        with transaction():
            return create_wave(
                WaveDraft(DEFAULT_SURVEY, "Autumn", clock.now().date(), clock.now().date() + timedelta(days=9), {}),
                actor="user:1",
            )


def _seen(app: Flask, address: str) -> str:
    with app.app_context():
        manager = make_user(Role.EXPERIENCE_MANAGER)
    with viewing(app, manager) as viewer:
        return texts(body_of(viewer, address))


def _links(app: Flask, role: Role, address: str, user: int | None = None) -> list[str]:
    with app.app_context():
        reader = user if user is not None and role is Role.ACCOUNT_MANAGER else make_user(role)
    with viewing(app, reader) as viewer:
        return links_of(body_of(viewer, address))


def test_the_list_knows_of_a_draft_neither_whom_it_asks_nor_leaves_out(app: Flask, draft: int) -> None:
    row = _seen(app, "/app/waves").partition("Autumn")[2]
    assert (row.count("–"), "0" in row.split("Draft")[1].split("–", 1)[1]) == (5, False)  # one between the days


def test_each_number_of_a_rehearsal_says_what_it_is_of(app: Flask, draft: int) -> None:
    seen = _seen(app, f"/app/waves/{draft}")
    assert "of 1" in seen.partition("Left out")[2]
    assert "1 person · times where you are (UTC)" in seen


def test_a_wave_that_is_over_promises_no_more_checks(app: Flask, draft: int) -> None:
    with app.app_context(), transaction():
        move_wave(draft, WaveState.CANCELLED, actor="user:1")
    seen = _seen(app, f"/app/waves/{draft}")
    assert ("It is over: no mail leaves any more." in seen, "checked once more" in seen) == (True, False)


def test_only_who_may_plan_is_led_to_the_planner(app: Flask, draft: int) -> None:
    with app.app_context(), transaction():
        move_wave(draft, WaveState.CANCELLED, actor="user:1")
    planner = f"/app/waves/new?wave={draft}"
    found = {role: planner in _links(app, role, f"/app/waves/{draft}") for role in (Role.EXECUTIVE, Role.EXPERIENCE_MANAGER)}
    assert found == {Role.EXECUTIVE: False, Role.EXPERIENCE_MANAGER: True}


def test_an_account_manager_is_not_led_to_a_wave_that_is_not_theirs_to_see(app: Flask) -> None:
    with app.app_context():
        manager = make_user(Role.ACCOUNT_MANAGER)
        account = make_account(owner_id=manager)
        contact = make_contact(account)
        with transaction():
            today = clock.now().date()
            wave = create_wave(WaveDraft(DEFAULT_SURVEY, "Autumn", today, today + timedelta(days=9), {}), actor="user:1")
            take_off(wave, account, contact, ExclusionReason.OTHER, "On leave", actor="user:1")
    seen = [_links(app, role, "/app/honesty", manager) for role in (Role.ACCOUNT_MANAGER, Role.EXECUTIVE)]
    assert [f"/app/waves/{wave}" in links for links in seen] == [False, True]


def test_an_unknown_survey_shows_the_one_that_the_bar_says_instead(app: Flask) -> None:
    with app.app_context():
        manager = make_user(Role.EXPERIENCE_MANAGER)
        with transaction():
            ensure_survey("visit", name="Visit", kind=SurveyKind.TRANSACTIONAL)
    with viewing(app, manager) as viewer:
        chosen = [
            wanted_by(viewer, query_of(f"/app/coverage{search}")).survey for search in ("", "?survey=nope", "?survey=visit")
        ]
        assert (chosen, wanted_by(viewer, query_of("/app/coverage?survey=all")).survey) == (
            [DEFAULT_SURVEY] * 2 + ["visit"],
            None,
        )


@pytest.mark.parametrize(
    ("locale", "written"), [("en", "Thu, Nov 26, 10:00"), ("es", "jue, 26 nov, 10:00"), ("ru", "чт, 26 нояб., 10:00")]
)
def test_a_time_is_written_in_the_language_and_zone_of_its_reader(app: Flask, locale: str, written: str) -> None:
    with app.app_context():
        reader = make_user(Role.EXPERIENCE_MANAGER, locale=locale, time_zone="Europe/Berlin")
    with viewing(app, reader) as viewer:
        assert day_and_time(datetime(2026, 11, 26, 9, tzinfo=UTC), viewer) == written


@pytest.mark.parametrize(
    ("form", "shown"), [("DD/MM/YYYY", "09/12/2026"), ("DD.MM.YYYY", "09.12.2026"), ("YYYY-MM-DD", "2026-12-09")]
)
def test_a_field_shows_its_day_as_its_reader_types_it(form: str, shown: str) -> None:
    assert (in_digits("2026-12-09", form), in_digits("soon", form)) == (shown, "soon")


def test_figures_of_the_honesty_page_have_the_comma_of_the_language(app: Flask) -> None:
    with app.app_context():
        reader = make_user(Role.EXPERIENCE_MANAGER, locale="es")
    with viewing(app, reader):
        assert (_q(0.0123), _q(0.0001), _ratio(2.5), _ratio(0.05)) == ("0,012", "< 0,001", "2,5", "0,05")


def test_the_days_named_below_the_mails_do_not_touch(app: Flask) -> None:
    days = dict.fromkeys([TODAY + timedelta(days=days) for days in (0, 1, 2, 3, 20, 21, 40)], 5)
    with app.test_request_context():
        assert wave_days(days).layout["xaxis"]["tickvals"] == [TODAY, TODAY + timedelta(days=20), TODAY + timedelta(days=40)]


@pytest.mark.parametrize(("days", "said"), [((), "none"), ((7,), "after 7 days"), ((1, 5), "after 1 day, then after 5 more")])
def test_reminders_are_counted_from_the_mail_before(app: Flask, days: tuple[int, ...], said: str) -> None:
    line = ProgramLine(1, "x", "X", SurveyKind.RELATIONSHIP, True, Cadence.NONE, None, days, 180, None, (), 0)
    with app.test_request_context():
        assert reminders(line) == said


def test_what_was_wrong_is_said_once_for_each_field() -> None:
    wrong = InvalidInput({"starts_on": ["Choose a day."], "ends_on": ["Choose a day."], "name": ["Give it a name."]})
    assert (in_words(wrong), in_words(RuleViolation("No."))) == ("Choose a day. Give it a name.", "No.")


def test_a_reason_needs_words_and_words_a_reason(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(InvalidInput) as missing:
            reason_given(None, "  ", field="cause")
        assert set(missing.value.errors) == {"cause", "note"}
        assert reason_given("other", " asked twice ") == ("other", "asked twice")
