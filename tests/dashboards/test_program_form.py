"""The form of a program: a page that stood open undoes nothing, and what was typed is never changed silently."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from dashboards.components.counts import whole_number
from dashboards.pages.programs.fields import form_values
from dashboards.pages.programs.saving import save
from dashboards.pages.waves.saving import read_form
from feedback.access.rules import Role
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.surveys.programs import get_program
from feedback.surveys.rules import SurveyKind
from tests.factories import make_survey, make_user


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def program() -> int:
    return make_survey("after_visit", SurveyKind.RELATIONSHIP)


def _write(program: int, shown: dict[str, Any], actor: str = "user:1", **typed: Any) -> None:
    save(program, shown | typed, shown, actor=actor)


def test_a_page_that_stood_open_saves_only_what_was_changed_in_it(program: int) -> None:
    shown = form_values(get_program(program))
    _write(program, shown, reminder_1=2)
    _write(program, shown, quarantine_days=100)
    found = get_program(program)
    assert (found.reminder_days[0], found.quarantine_days) == (2, 100)


def test_what_somebody_else_changed_meanwhile_is_refused_with_the_field_and_the_name(program: int) -> None:
    shown, faster = form_values(get_program(program)), make_user(Role.EXPERIENCE_MANAGER, name="Ada Faster")
    _write(program, shown, actor=f"user:{faster}", reminder_1=2)
    with pytest.raises(Conflict, match=r"Ada Faster has changed meanwhile: “Days until a reminder”"):
        _write(program, shown, reminder_1=9)
    assert get_program(program).reminder_days[0] == 2


def test_the_same_change_in_two_pages_is_no_contradiction(program: int) -> None:
    shown = form_values(get_program(program))
    _write(program, shown, quarantine_days=70)
    _write(program, shown, quarantine_days="70")
    assert get_program(program).quarantine_days == 70


@pytest.mark.parametrize("typed", [-5, 1.5, "99999999999999999999", "nan", "1e999", "many", 3651])
def test_a_number_that_cannot_be_is_said_beside_its_field(program: int, typed: Any) -> None:
    shown = form_values(get_program(program))
    with pytest.raises(InvalidInput) as refused:
        _write(program, shown, quarantine_days=typed, reminder_2=-1)
    assert set(refused.value.errors) == {"quarantine_days", "reminder_2"}


@pytest.mark.parametrize("typed", [0, "", None, "0"])
def test_no_second_reminder_is_written_as_nothing_or_0(program: int, typed: Any) -> None:
    shown = form_values(get_program(program))
    _write(program, shown, reminder_1=4, reminder_2=typed)
    assert get_program(program).reminder_days == [4]


def test_whole_numbers_are_read_however_the_field_hands_them_over() -> None:
    assert [whole_number("days", typed, 0, 9) for typed in (7, 7.0, "7", " 7 ", "", None)] == [7, 7, 7, 7, None, None]


def test_fallbacks_that_are_no_languages_are_named(program: int) -> None:
    shown = form_values(get_program(program))
    with pytest.raises(InvalidInput) as refused:
        _write(program, shown, fallbacks="xx, klingon, es")
    assert "xx, klingon." in refused.value.errors["fallbacks"][0]


def test_the_planner_changes_no_number_silently() -> None:
    said = {"survey": "nps", "name": "Autumn", "starts_on": "2026-05-20", "ends_on": "2026-05-30"}
    with pytest.raises(InvalidInput) as refused:
        read_form(said | {"per_day": 0, "callbacks_per_owner_day": -3, "not_heard_days": 1.5, "account_gap_days": 91})
    assert set(refused.value.errors) == {"per_day", "callbacks_per_owner_day", "not_heard_days", "account_gap_days"}
