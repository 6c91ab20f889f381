"""The pack for a review: what stands in it, that it prints in every script, and that nobody else gets it."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from feedback.access.rules import Role
from feedback.accounts.models import Spend
from feedback.kernel import clock
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_account, make_contact, make_user
from tests.logins import as_user
from tests.slices.gate.world import NOW, give_answer
from tests.slices.planning.desk import Desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def taken(desk: Desk, plan: int, person: int) -> PdfReader:
    with clock.frozen(NOW):
        answer = desk.as_(person).get(f"/app/plans/{plan}/review.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return PdfReader(BytesIO(answer.data))


def words_of(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_the_pdf_says_what_the_plan_says(desk: Desk) -> None:
    plan = desk.add(desk.make(note="Win them back"), "must-change", kind="issue", issue_id=desk.issue)
    plan = desk.add(plan, "sales-intents", intent="upsell", product="Fleet cover", amount=1200.0)
    plan = desk.add(plan, "reviews", starts_at="2026-12-01T09:00:00Z")
    text = words_of(taken(desk, plan["id"], desk.manager))
    for part in (
        "Nordbau",
        "Issue #1 solved",
        "It is open.",
        "Fleet cover",
        "Carla Ruiz",
        "9 on",
        "Next review",
        "Confidential",
        "Page 1",
    ):
        assert part in text


def test_it_is_a4_with_a_number_on_each_page(desk: Desk) -> None:
    plan = desk.make()
    for number in range(30):
        plan = desk.add(plan, "objectives", text=f"Objective {number}: " + "a long sentence about what we want. " * 9)
    pdf = taken(desk, plan["id"], desk.manager)
    assert len(pdf.pages) > 2
    assert [f"Page {place}" in page.extract_text() for place, page in enumerate(pdf.pages, 1)] == [True] * len(pdf.pages)
    assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]


def test_accents_and_cyrillic_print_and_markup_is_text(app: Flask) -> None:
    with app.app_context(), clock.frozen(NOW):
        manager = make_user(Role.ACCOUNT_MANAGER, locale="ru", name="Олег Щукин")
        account = make_account(name="Ñandú & Söhne <b>", owner_id=manager)
        contact = make_contact(account, name="Жанна Ёлкина")
        give_answer(account, contact, 9)
    client = as_user(app.test_client(), manager)
    made = client.post("/api/v1/account-plans", json={"account_id": account, "period": "year", "starts_on": "2026-11-02"})
    answer = client.get(f"/app/plans/{made.get_json()['id']}/review.pdf")
    text = words_of(PdfReader(BytesIO(answer.data)))
    for part in ("Ñandú & Söhne <b>", "Жанна Ёлкина", "Олег Щукин", "Страница 1"):
        assert part in text


def test_only_who_sees_the_plan_gets_its_pack(desk: Desk) -> None:
    plan = desk.make()["id"]
    found = [desk.as_(person).get(f"/app/plans/{plan}/review.pdf").status_code for person in (desk.executive, desk.other)]
    assert found == [200, 404]


def test_the_page_shows_the_trend_beside_the_year_before(desk: Desk) -> None:
    plan = desk.make()
    with desk.app.app_context():
        for month, amount in ((date(2026, 10, 1), 900.0), (date(2026, 9, 1), 500.0), (date(2025, 10, 1), 1000.0)):
            insert(Spend, account_id=desk.account, month=month, product_code="", amount=amount, currency="EUR")
    with clock.frozen(NOW), viewing(desk.app, desk.manager) as viewer:
        page = texts(body_of(viewer, f"/app/accounts/{desk.account}/plan/review?plan={plan['id']}"))
    assert "1,400 EUR in 12 months · −10% against the same 1 month a year before" in page
    assert "900, a year before 1,000" in page
