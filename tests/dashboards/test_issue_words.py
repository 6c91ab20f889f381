"""Words on the page of an issue that a reader could take for something else: how many promises were kept, who speaks what."""

from datetime import timedelta

import pytest
from flask import Flask

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.models import Commitment, Issue
from feedback.kernel import clock
from feedback.surveys.models import Response
from feedback.uow import transaction
from tests.dashboards.test_work_pages import Work
from tests.factories import make_contact
from tests.slices.issues.answers import accept, make_answer


@pytest.fixture
def work(app: Flask) -> Work:
    return Work(app)


def test_promises_that_nobody_could_keep_yet_are_not_counted_against_those_that_were(work: Work) -> None:
    for text in ("Kept", "Broken", "Withdrawn", "Next week"):
        work.promise(100, text)
    heading = work.of_issue(work.owner)
    with work.app.app_context(), transaction():
        kept, broken, withdrawn, _later = db.session.query(Commitment).order_by(Commitment.id)
        kept.kept_at = withdrawn.withdrawn_at = clock.now()
        broken.due_at = clock.now() - timedelta(hours=1)
    assert "Promised · kept" not in heading
    assert "Promised · kept 1 of 2" in work.of_issue(work.owner)


def add_voice(work: Work) -> None:
    with work.app.app_context():
        account = db.session.get_one(Issue, work.issue).account_id
        contact = make_contact(account, name="Pilar Gil")
        accept(make_answer(account, 5, contact_id=contact, defects=((1, "service"),)))
        with transaction():
            db.session.query(Response).update({"language": "es"})


def test_why_an_issue_is_here_stands_once_and_not_beside_each_person(work: Work) -> None:
    add_voice(work)
    text = work.of_issue(work.owner)
    assert "Pilar Gil" in text
    assert text.count("It is here because a customer answered") == 1


@pytest.mark.parametrize(("locale", "said"), [("en", "speaks Spanish"), ("ru", "язык: испанский")])
def test_who_speaks_another_language_is_said_in_words(work: Work, locale: str, said: str) -> None:
    add_voice(work)
    with work.app.app_context(), transaction():
        db.session.get_one(User, work.owner).locale = locale
    assert work.of_issue(work.owner).count(said) == 2


def test_the_readers_own_language_is_not_said(work: Work) -> None:
    add_voice(work)
    with work.app.app_context(), transaction():
        db.session.get_one(User, work.owner).locale = "es"
    assert "habla" not in work.of_issue(work.owner)
