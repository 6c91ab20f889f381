"""Words on the page of an issue that a reader could take for something else: how many promises were kept, who speaks what."""

from datetime import timedelta

import pytest
from flask import Flask

from dashboards.pages.issues.fields import fixers
from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.models import Commitment, Issue
from feedback.issues.working.diagnosis import Fix, plan_fix
from feedback.kernel import clock
from feedback.reporting.issue_board import issue_detail
from feedback.staffing.models import Absence
from feedback.surveys.models import Response
from feedback.uow import transaction
from tests.dashboards.test_work_pages import Work
from tests.dashboards.viewing import viewing
from tests.factories import insert, make_contact
from tests.slices.issues.answers import accept, make_answer


@pytest.fixture
def work(app: Flask) -> Work:
    return Work(app)


def test_promises_that_nobody_could_keep_yet_are_not_counted_against_those_that_were(work: Work) -> None:
    for text in ("Kept", "Broken", "Withdrawn", "Late", "Next week"):
        work.promise(100, text)
    heading = work.of_issue(work.owner)
    with work.app.app_context(), transaction():
        kept, broken, withdrawn, late, _later = db.session.query(Commitment).order_by(Commitment.id)
        kept.kept_at = withdrawn.withdrawn_at = clock.now()
        broken.due_at = late.due_at = clock.now() - timedelta(hours=1)
        late.kept_at = clock.now()
    assert "Promised · kept" not in heading
    assert "Promised · kept 1 of 3" in work.of_issue(work.owner)


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


def test_who_told_us_is_not_also_affected(work: Work) -> None:
    alone = work.of_issue(work.owner)
    add_voice(work)
    assert "Also affected" not in alone
    assert "Also affected 1 more person here" in work.of_issue(work.owner)


def test_a_fix_planned_too_late_and_for_who_is_away_is_said(work: Work) -> None:
    with work.app.app_context():
        due = db.session.get_one(Issue, work.issue).resolution_due_at
        now = clock.now()
        leave = {"user_id": work.lead, "entered_by": "test", "created_at": now}
        span = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=3)}
        insert(Absence, **leave, **span, first_day=now.date(), last_day=now.date() + timedelta(days=3))
    work.do(work.owner, plan_fix, work.issue, Fix(work.lead, due + timedelta(days=2)))
    page = work.of_issue(work.owner)
    assert "After the day by which it has to be solved:" in page
    assert "; nobody stands in." in page
    with viewing(work.app, work.owner) as viewer:
        labels = [one["label"] for one in fixers(issue_detail(viewer, work.issue)) if one["label"].startswith("Lea")]
    assert labels[0].startswith("Lea (away until ")
