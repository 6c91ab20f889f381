"""How likely an answer and a detractor are: from programs of the same kind, whatever the size of the history."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from feedback.listening import history
from feedback.surveys.models import Response
from feedback.surveys.rules import Band, SurveyKind
from tests.factories import insert, make_account, make_contact, make_survey

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def say(survey: int, scores: list[int], *, account: int | None = None, contact: int | None = None) -> None:
    """One person's answers, a month apart."""
    account = account or make_account()
    contact = contact or make_contact(account)
    same = {"source": "test", "content_digest": "", "channel": "web", "role": "user", "version": 1, "created_at": NOW}
    for place, score in enumerate(reversed(scores), 1):
        at = NOW - timedelta(days=30 * place)
        insert(Response, account_id=account, contact_id=contact, survey_id=survey, score=score, responded_at=at, **same)


def test_answers_about_events_tell_nothing_about_the_relationship(app: Flask) -> None:
    with app.app_context():
        before = history.chances(NOW, SurveyKind.RELATIONSHIP)
        survey = make_survey("after_claim")
        for _ in range(12):
            say(survey, [2, 1])
        assert history.chances(NOW, SurveyKind.RELATIONSHIP) == before
        assert history.chances(NOW, SurveyKind.TRANSACTIONAL).detracts(2) > before.detracts(2)


def test_the_answer_before_decides(app: Flask) -> None:
    with app.app_context():
        survey = make_survey("yearly", SurveyKind.RELATIONSHIP)
        for _ in range(20):
            say(survey, [9, 10])
            say(survey, [3, 2])
        found = history.chances(NOW, SurveyKind.RELATIONSHIP).by_band
    # 20 of 20 and 0 of 20, each with ten people at what is usual: (40 of 80 and 10 at 1/4) / 90
    usual = (40 + 2.5) / 90
    assert found[Band.DETRACTOR] == pytest.approx((20 + 10 * usual) / 30)
    assert found[Band.PROMOTER] == pytest.approx(10 * usual / 30)


def test_only_the_newest_are_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SAMPLE", 2)
    with app.app_context():
        survey = make_survey("yearly", SurveyKind.RELATIONSHIP)
        say(survey, [1, 1, 1, 10, 10])
        found = history.chances(NOW, SurveyKind.RELATIONSHIP)
    assert found.by_band[Band.PROMOTER] < found.by_band[None]
