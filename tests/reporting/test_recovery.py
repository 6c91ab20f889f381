"""The recovery report: who counts as called, what is a pair, and what the page and the API show of it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Interaction
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.rules.recovery import Share
from feedback.reporting.recovery import RecoveryFilter, recovery
from feedback.surveys.models import Response
from feedback.surveys.rules import SurveyKind
from tests.factories import insert, make_account, make_contact, make_survey, make_user
from tests.logins import as_user, token
from tests.slices.issues.answers import accept, make_answer, make_response

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def answers(*scores: int, called_on: float | None = None, days: tuple[float, ...] = (0, 100, 200)) -> int:
    """The answers of one person, one after the other; a call about the first where `called_on` says when."""
    account = make_account()
    person = make_contact(account, ContactRole.USER)
    first = make_answer(account, scores[0], contact_id=person, responded_at=at(days[0]))
    for score, day in zip(scores[1:], days[1:], strict=False):
        make_response(account, person, score, at(day))
    if called_on is not None:
        issue = accept(first)[first.response_id]
        talk = {"account_id": account, "issue_id": issue, "channel": "phone", "direction": "out"}
        insert(Interaction, **talk, occurred_at=at(called_on), created_at=at(called_on))
    return account


@pytest.mark.usefixtures("company")
def test_a_detractor_who_was_called_and_comes_back_counts() -> None:
    found = recovery(RecoveryFilter())
    assert found.recovery.called == Share(1, 2)
    assert found.recovery.others == Share(1, 3)
    assert found.relapse.called == Share(1, 1)


@pytest.fixture
def company(app: Flask) -> object:
    with app.app_context():
        answers(3, 8, 5, called_on=10)  # came back, and fell back
        answers(4, 5, called_on=10)  # did not
        answers(2, 7)  # by themselves
        answers(2, 4)
        answers(5, 6, called_on=150)  # called after the second answer: that was not its doing
        answers(9, 10)  # was never unhappy
        answers(1, 9, called_on=10, days=(0, 400))  # too long ago to tell anything
        yield


@pytest.mark.usefixtures("company")
def test_only_first_answers_of_the_period_count() -> None:
    assert recovery(RecoveryFilter(start=at(1).date())).recovery.called.n == 0
    assert recovery(RecoveryFilter(stop=at(-1).date())).pairs == 0


@pytest.mark.usefixtures("company")
def test_too_few_say_counts_and_no_more() -> None:
    found = recovery(RecoveryFilter())
    assert (found.recovery.excess, found.recovery.difference, found.line) == (None, None, None)
    assert found.pairs > 0


@pytest.mark.parametrize("kind", [SurveyKind.TRANSACTIONAL, SurveyKind.RECOVERY_PULSE])
def test_only_relationship_answers_are_second_scores(app: Flask, kind: SurveyKind) -> None:
    with app.app_context():
        answers(3, 9, called_on=10)
        other = make_survey("other", kind)
        db.session.execute(sa.update(Response).where(Response.score == 9).values(survey_id=other))
        assert recovery(RecoveryFilter()).recovery.called.n == 0


def test_the_api_says_all_of_it(app: Flask, client: FlaskClient, company: object) -> None:
    body = client.get("/api/v1/recovery", headers=token(app, "read")).json
    assert body["recovery"]["called"]["count"] == 1
    assert body["recovery"]["excess"] is None
    assert client.get("/api/v1/recovery?from=2026-05-01&to=2026-01-01", headers=token(app, "read")).status_code == 422


def test_the_figures_come_out_of_a_company_that_has_enough(app: Flask) -> None:
    with app.app_context():
        for number in range(40):
            answers(number % 11, 5 + number % 4)
        for number in range(12):
            answers(number % 6, 8 + number % 2, called_on=10)
        found = recovery(RecoveryFilter())
    assert found.line is not None
    assert found.recovery.excess is not None
    assert found.recovery.excess.low > 0
    assert found.recovery.difference is not None


def test_the_page_is_the_executives(app: Flask, client: FlaskClient, company: object) -> None:
    with app.app_context():
        executive, manager = make_user(Role.EXECUTIVE), make_user(Role.ACCOUNT_MANAGER)
    page = as_user(client, executive).get("/app/recovery").text
    assert "Does it help to call unhappy customers?" in page
    assert "1 of 2" in page
    assert "Too few answers yet" in page
    assert "Does it help" not in as_user(client, manager).get("/app/recovery").text
