"""The card beside the three NPS: what would be left if everybody silent stood at zero, and why there is none."""

from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from dashboards.page import Query
from dashboards.pages.defects.silence import filled_card, waiting_card
from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.kernel import clock
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from tests.dashboards.viewing import texts, viewing
from tests.factories import insert, make_account, make_contact, make_survey, make_user
from tests.logins import as_user

_NUMBERS = count()


def ask(score: int | None = None, *, survey: str = "relationship", segment: str = "SME", days_ago: int = 10) -> None:
    """Somebody new, asked by mail, who perhaps answered."""
    name = f"x{next(_NUMBERS)}"
    account = make_account(external_id=name, segment=segment)
    contact = make_contact(account, external_id=name, email=f"{name}@x.example")
    survey_id = db.session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == survey))
    at = clock.now() - timedelta(days=days_ago)
    sent = {"created_at": at, "sent_at": at, "expires_at": at + timedelta(days=60), "state": InvitationState.SENT}
    invitation = insert(
        Invitation, account_id=account, contact_id=contact, survey_id=survey_id, created_by="x", reminders=0, **sent
    )
    if score is not None:
        draft = AnswerDraft(name, score, name, survey=survey, invitation_id=invitation, external_id=name)
        with transaction():
            accept_answers([draft], AcceptOptions())


@pytest.fixture
def boss(app: Flask) -> int:
    with app.app_context():
        return make_user(Role.EXECUTIVE)


def card(app: Flask, boss: int, **params: str) -> str:
    with viewing(app, boss, "/app/defects") as viewer:
        return texts(filled_card(viewer, params))


def test_nps_times_response_rate(app: Flask, boss: int) -> None:
    with app.app_context():
        for score in (9, 9, 10, 9, 3, 8, None, None, None, None):
            ask(score)
    shown = card(app, boss)
    assert " 30 " in shown  # (4 − 1) of 10; the NPS is +50, and 6 of 10 answered
    assert "60%: 6 of 10 people asked answered" in shown
    assert "NPS of those who answered our requests (50)" in shown


def test_silence_makes_no_bad_figure_better(app: Flask, boss: int) -> None:
    with app.app_context():
        for score in (3, 3, 3, 9, 8, *[None] * 15):
            ask(score)
    shown = card(app, boss)
    assert "−40" in shown
    assert "silence makes no bad figure better" in shown


def test_nobody_asked(app: Flask, boss: int) -> None:
    assert "Nobody was asked by mail in this period" in card(app, boss)


def test_too_few_asked(app: Flask, boss: int) -> None:
    with app.app_context():
        for score in (9, 9, 9, 9):
            ask(score)
    assert "Only 4 people were asked: a response rate is shown from 5 on" in card(app, boss)


def test_too_few_answered(app: Flask, boss: int) -> None:
    with app.app_context():
        for score in (9, *[None] * 9):
            ask(score)
    assert "Only 1 of those asked answered: a figure is shown from 5 on" in card(app, boss)


def test_several_surveys_make_none(app: Flask, boss: int) -> None:
    with app.app_context():
        make_survey("after_claim")
        for survey in ("relationship", "after_claim"):
            for score in (9, 9, 9, 9, 9, None):
                ask(score, survey=survey)
    assert "Not made of several surveys" in card(app, boss, survey="all")
    assert "83%: 5 of 6 people asked answered" in card(app, boss)


def test_the_filters_of_the_page_hold(app: Flask, boss: int) -> None:
    with app.app_context():
        for segment, days_ago in (("SME", 10), ("Large", 10), ("SME", 200)):
            for score in (9, 9, 9, 9, 9, None):
                ask(score, segment=segment, days_ago=days_ago)
    assert "10 of 12" in card(app, boss, period="3")
    assert "5 of 6" in card(app, boss, period="3", segment="Large")
    assert "15 of 18" in card(app, boss)


def test_it_leads_to_the_same_selection_of_coverage(app: Flask, boss: int) -> None:
    with viewing(app, boss, "/app/defects") as viewer:
        [place] = [part for part in filled_card(viewer, {"segment": "SME", "period": "6"}) if "not heard" in texts(part)]
    assert place.children.href == "/app/coverage?segment=SME&period=180"


def test_the_page_waits_for_nothing(app: Flask, client: FlaskClient, boss: int) -> None:
    text = as_user(client, boss).get("/app/defects?segment=SME").get_data(as_text=True)
    assert "pessimistic-line" in text
    with app.test_request_context():
        asked, _ = waiting_card(Query("/app/defects", {"segment": "SME"})).children
    assert asked.data == {"segment": "SME"}
