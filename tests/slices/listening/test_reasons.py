"""What people may tick: the catalogue in their words, by category, in the order of the program."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.defects.rules import DefectCategory
from feedback.extensions import db
from feedback.surveys.models import SurveyProgram, SurveyReason
from feedback.surveys.queries import MOST_REASONS, list_reasons
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.uow import transaction
from tests.factories import insert, make_defect


@pytest.fixture(autouse=True)
def inside(app: Flask):
    with app.app_context():
        yield


def _program_id() -> int:
    return db.session.scalars(sa.select(SurveyProgram.id).where(SurveyProgram.code == DEFAULT_SURVEY)).one()


def _texts(language: str = "en") -> list[tuple[str, list[str]]]:
    return [(group.category.value, [reason.text for reason in group.reasons]) for group in list_reasons("relationship", language)]


def test_reasons_stand_under_product_price_and_service() -> None:
    make_defect("slow", DefectCategory.SERVICE, wording={"en": "It was slow"})
    make_defect("dear", DefectCategory.PRICE, wording={"en": "Too dear"})
    make_defect("broke", DefectCategory.PRODUCT, wording={"en": "It broke"})
    assert _texts() == [("product", ["It broke"]), ("price", ["Too dear"]), ("service", ["It was slow"])]


def test_the_order_and_choice_of_the_program_hold() -> None:
    first, _left, last = (make_defect(code, wording={"en": code}) for code in ("a", "b", "c"))
    for place, defect_id in enumerate((last, first)):
        insert(SurveyReason, survey_id=_program_id(), defect_id=defect_id, place=place)
    assert _texts() == [("service", ["c", "a"])]


def test_a_reason_is_said_in_the_first_language_it_has_words_in() -> None:
    make_defect(wording={"es": "Caro", "ru": "Дорого"})
    make_defect(wording={"en": "Slow", "es": "Lento"})
    assert _texts("es-MX") == [("service", ["Caro", "Lento"])]
    assert _texts("fr") == [("service", ["Slow"])]
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(fallbacks=["ru"]))
    assert _texts("fr") == [("service", ["Дорого", "Slow"])]


def test_what_is_no_longer_offered_is_left_out() -> None:
    make_defect(wording={"en": "Old"}, active=False)
    assert _texts() == []


def test_a_program_without_a_choice_offers_the_first_of_the_catalogue() -> None:
    for number in range(MOST_REASONS + 1):
        make_defect(wording={"en": f"Reason {number}"})
    ((_category, texts),) = _texts()
    assert texts == [f"Reason {number}" for number in range(MOST_REASONS)]
