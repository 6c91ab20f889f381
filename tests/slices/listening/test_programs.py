"""Programs: texts in versions that nothing changes, reasons, and the page as people see it."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel.errors import Conflict, InvalidInput, RuleViolation
from feedback.reporting.program_board import program_page, text_changes
from feedback.surveys import programs, reasons
from feedback.surveys.models import Invitation, Response, SurveyProgram, SurveyVersion
from feedback.surveys.personal_links import find_asked_by_id
from feedback.surveys.rules import SurveyKind
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_defect, make_survey, make_user
from tests.logins import as_user
from tests.slices.listening.asking import draw_up

ACTOR = "user:1"


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def program() -> int:
    return make_survey("after_visit", SurveyKind.RELATIONSHIP)


def _write(program_id: int, language: str, base: int, **texts: str) -> int:
    with transaction():
        return programs.change_language(program_id, language, texts, base=base, actor=ACTOR).number


def test_each_change_of_a_language_is_a_version_and_keeps_the_others(program: int) -> None:
    assert _write(program, "es", 0, question="¿Volvería?") == 1
    assert _write(program, "ru", 1, question="Вернётесь?") == 2
    newest = programs.latest_version(program)
    assert newest is not None
    assert newest.texts == {"es": {"question": "¿Volvería?"}, "ru": {"question": "Вернётесь?"}}


def test_emptied_texts_are_the_built_in_ones_again(program: int) -> None:
    _write(program, "es", 0, question="¿Volvería?")
    _write(program, "es", 1, question=" ")
    page = program_page(program, "es")
    assert page.version is not None
    assert [(one.before, one.after) for one in page.version.changes] == [("¿Volvería?", "")]
    assert page.used["es"] == "es"
    assert not any(field.own for field in page.fields)


def test_who_did_not_see_the_newest_version_cannot_overwrite_it(program: int) -> None:
    _write(program, "es", 0, question="¿Volvería?")
    with pytest.raises(Conflict, match="Version 1"):
        _write(program, "es", 0, question="Otra")
    with pytest.raises(RuleViolation, match="Nothing"):
        _write(program, "es", 1, question="¿Volvería?")


@pytest.mark.parametrize("statement", ["UPDATE survey_version SET texts = '{}'", "DELETE FROM survey_version"])
def test_what_was_asked_cannot_be_changed(program: int, statement: str) -> None:
    _write(program, "en", 0, question="Would you come back?")
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), transaction() as session:
        session.execute(sa.text(statement))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SurveyVersion)) == 1


def test_a_difference_names_language_and_text() -> None:
    before = {"es": {"question": "A"}, "ru": {"thanks": "Б"}}
    changes = text_changes(before, {"es": {"question": "B", "thanks": "C"}})
    found = [(one.language, one.field, one.before, one.after) for one in changes]
    assert found == [("es", "question", "A", "B"), ("es", "thanks", "", "C"), ("ru", "thanks", "Б", "")]


def test_a_language_without_texts_names_the_one_that_is_used(program: int) -> None:
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(fallbacks=["es"]))
    assert program_page(program, "fr").used["fr"] == "es"


def test_reasons_are_chosen_in_an_order_and_known(program: int) -> None:
    for code in ("a", "b"):
        make_defect(code, wording={"en": code})
    with transaction():
        reasons.choose_reasons(program, ["b", "a"], actor=ACTOR)
    assert reasons.chosen_reasons(program) == ["b", "a"]
    for wrong in (["x"], ["a", "a"]):
        with pytest.raises(InvalidInput), transaction():
            reasons.choose_reasons(program, wrong, actor=ACTOR)
    with transaction():
        reasons.choose_reasons(program, [], actor=ACTOR)
    assert reasons.chosen_reasons(program) == []


def test_the_preview_shows_the_texts_and_counts_nothing(client: FlaskClient, program: int) -> None:
    make_defect("slow", wording={"en": "Slow", "es": "Lento"})
    _write(program, "es", 0, question="¿Volvería?")
    as_user(client, make_user(Role.EXPERIENCE_MANAGER))
    page = client.get(f"/programs/{program}/preview?language=es&score=3")
    assert page.status_code == 200
    assert "Lento" in page.text
    assert 'method="get"' in page.text
    thanks = client.get(f"/programs/{program}/preview?view=preview&lang=es&score=3")
    assert "Gracias" in thanks.text
    for table in (Response, Invitation):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_the_reasons_api_answers_what_people_see(client: FlaskClient, program: int) -> None:
    make_defect("slow", wording={"en": "Slow", "es": "Lento"})
    as_user(client, make_user(Role.EXPERIENCE_MANAGER))
    answer = client.get(f"/api/v1/programs/{program}/reasons?language=es")
    assert answer.json == {"chosen": [], "groups": [{"category": "service", "reasons": [{"code": "slow", "text": "Lento"}]}]}


@pytest.mark.parametrize("days", [-5, 3651, 10**9])
def test_a_rest_that_is_no_rest_is_refused(program: int, days: int) -> None:
    with pytest.raises(InvalidInput) as refused, transaction():
        programs.change_program(program, {"quarantine_days": days}, actor=ACTOR)
    assert list(refused.value.errors) == ["quarantine_days"]


def test_the_audit_has_both_values_of_what_was_changed(program: int) -> None:
    with transaction():
        programs.change_program(program, {"quarantine_days": 0, "active": True, "next_wave_on": date(2027, 1, 4)}, actor=ACTOR)
    data = db.session.scalars(sa.select(AuditEvent.data).where(AuditEvent.action == "survey.changed")).one()
    assert data == {
        "before": {"quarantine_days": None, "next_wave_on": None},
        "after": {"quarantine_days": 0, "next_wave_on": "2027-01-04"},
    }


def test_waves_come_in_pages_with_their_counts(client: FlaskClient) -> None:
    waves = [draw_up(name=f"Wave {number}") for number in range(3)]
    viewer = as_user(client, make_user(Role.EXPERIENCE_MANAGER))
    first = viewer.get("/api/v1/waves?limit=2").get_json()
    last = viewer.get(f"/api/v1/waves?limit=2&cursor={first['next_cursor']}").get_json()
    assert [one["id"] for one in first["items"] + last["items"]] == waves[::-1]
    assert last["next_cursor"] is None
    assert last["items"][0]["states"] == {}


def test_a_link_that_is_handed_over_keeps_the_texts_it_was_made_with(program: int) -> None:
    _write(program, "es", 0, question="¿Volvería?")
    account = make_account()
    contact = make_contact(account)
    with transaction():
        first = invite_contact(account, contact, survey="after_visit", actor=ACTOR).invitation_id
    _write(program, "es", 1, question="Otra")
    asked = find_asked_by_id(first)
    assert asked is not None
    assert asked.texts == {"es": {"question": "¿Volvería?"}}
