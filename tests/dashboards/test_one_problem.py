"""Two open issues of one person: both pages ask whether they are one problem, and one press makes them one."""

from typing import Any

import pytest
from flask import Flask

from dashboards.pages.issues import voice_callbacks
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from tests.dashboards.test_work_pages import Work
from tests.dashboards.viewing import viewing
from tests.factories import make_contact, make_defect
from tests.slices.issues.answers import accept, make_answer


class Twice(Work):
    """Carla speaks in an issue about a defect and in one without."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.plain = self.answer()

    def answer(self, *, other: bool = False, **said: Any) -> int:
        with self.app.app_context():
            first = db.session.get_one(Issue, self.issue)
            contact = make_contact(first.account_id, name="Rosa") if other else first.contact_id
            answer = make_answer(first.account_id, 3, contact_id=contact, **said)
            opened: int = accept(answer)[answer.response_id]
        return opened

    def issue_page(self, issue: int, person: int | None = None) -> str:
        return self.page(person or self.owner, f"/app/issues/{issue}")

    def press(self, monkeypatch: pytest.MonkeyPatch, kept: int, other: int) -> Any:
        monkeypatch.setattr(voice_callbacks, "pressed_button", lambda: {"kept": kept, "other": other})
        with viewing(self.app, self.owner) as viewer:
            return voice_callbacks.make_one(viewer, 1, 4)


@pytest.fixture
def twice(app: Flask) -> Twice:
    return Twice(app)


QUESTION = "Carla Ruiz has another open issue: is it the same problem?"


def test_both_pages_ask_and_the_one_that_says_what_is_wrong_stays(twice: Twice) -> None:
    pages = twice.issue_page(twice.issue), twice.issue_page(twice.plain)
    assert [QUESTION in page for page in pages] == [True, True]
    with twice.app.app_context():
        number = db.session.get_one(Issue, twice.issue).number
    assert [f"Then issue #{number} stays" in page for page in pages] == [True, True]


def test_one_press_makes_them_one(twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    assert twice.press(monkeypatch, twice.issue, twice.plain) == (None, 5)
    with twice.app.app_context():
        assert db.session.get_one(Issue, twice.plain).merged_into_id == twice.issue
    assert QUESTION not in twice.issue_page(twice.issue)
    assert "They are issues" not in str(twice.press(monkeypatch, twice.issue, twice.plain))


def test_what_cannot_be_one_is_refused_in_words(twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    refused, again = twice.press(monkeypatch, twice.issue, twice.issue)
    assert "Choose another issue" in str(refused)
    assert again is not None


def test_nobody_is_asked_about_two_defects_two_people_or_without_the_right(twice: Twice) -> None:
    with twice.app.app_context():
        lost = make_defect("lost")
    assert QUESTION not in twice.issue_page(twice.issue, twice.executive)
    assert "Rosa has another open issue" not in twice.issue_page(twice.answer(other=True, defects=((lost, "service"),)))
    other = twice.issue_page(twice.answer(defects=((lost, "service"),)))
    assert other.count(QUESTION) == 1  # only about the one without a defect


def test_what_is_fixed_goes_into_what_is_not(twice: Twice) -> None:
    with twice.app.app_context():
        db.session.get_one(Issue, twice.issue).state = IssueState.FIXED
        number = db.session.get_one(Issue, twice.plain).number
        db.session.commit()
    assert f"Then issue #{number} stays" in twice.issue_page(twice.issue)


def test_who_spoke_twice_is_one_person_with_all_their_words(twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    twice.answer(other=True)
    twice.press(monkeypatch, twice.plain, twice.issue)
    text = twice.issue_page(twice.plain)
    assert "2 people · 2 still to answer" in text
    assert [text.count(part) for part in ("Answer this person", "This is another problem")] == [2, 3]
    assert "2 still to answer" in twice.page(twice.owner, "/app/issues?tab=mine")
