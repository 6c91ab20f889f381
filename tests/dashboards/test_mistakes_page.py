"""The page of an issue that was entered by mistake: who may say so, who decides, and what both read."""

import pytest
from flask import Flask

from dashboards.places import places_of
from feedback.issues.service import NewIssue, open_issue
from feedback.issues.working.mistake_lines import open_claim
from feedback.issues.working.mistakes import claim_mistake, decide_mistake
from tests.dashboards.test_work_pages import Work
from tests.dashboards.viewing import viewing


@pytest.fixture
def work(app: Flask) -> Work:
    found = Work(app)
    found.issue = found.do(found.manager, open_issue, NewIssue(found.account, title="Wrong customer")).id
    return found


FORM, NOTICE = "Say that it is a mistake", "says that this issue was entered by mistake"


def test_whoever_may_open_issues_may_say_so(work: Work) -> None:
    assert [FORM in work.of_issue(one) for one in (work.owner, work.manager, work.executive)] == [True, True, False]


def test_the_score_of_a_customer_is_no_mistake(app: Flask) -> None:
    answered = Work(app)
    assert FORM not in answered.of_issue(answered.owner)


def test_who_decides_reads_why_and_who_waits_reads_for_whom(work: Work) -> None:
    work.do(work.manager, claim_mistake, work.issue, reason="It was Acme")
    for one in (work.owner, work.manager, work.lead):
        assert NOTICE in work.of_issue(one)
    assert "It is a mistake: take it back" in work.of_issue(work.lead)
    assert "It waits for Lea." in work.of_issue(work.manager)
    assert "It was no mistake" in work.of_issue(work.manager)
    assert "It was no mistake" not in work.of_issue(work.owner)


def test_the_lead_finds_it_among_what_waits(work: Work, app: Flask) -> None:
    work.do(work.owner, claim_mistake, work.issue, reason="It was Acme")
    page = work.page(work.lead, "/app/concessions")
    assert "Look and decide" in page
    assert "Waits for somebody else" in work.page(work.owner, "/app/concessions")
    with viewing(app, work.lead, "/app/concessions") as viewer:
        waiting = {place.path: place.waiting and place.waiting() for place in places_of(viewer)}
    assert waiting["/app/concessions"] == 1


def test_once_taken_back_it_says_so(work: Work, app: Flask) -> None:
    work.do(work.owner, claim_mistake, work.issue, reason="It was Acme")
    with app.app_context():
        said = open_claim(work.issue)
    work.do(work.lead, decide_mistake, said, confirm=True, words="")
    page = work.of_issue(work.owner)
    assert "Taken back: it counts nowhere" in page
    assert "Taken back: it was entered by mistake" in page
    assert NOTICE not in page
    assert "Taken back: it counts nowhere" in work.page(work.owner, "/app/issues?tab=closed")
