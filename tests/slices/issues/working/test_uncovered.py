"""A deputy goes on leave as well: whoever answers for those who were stood in for hears that nobody is there."""

from flask import Flask

from dashboards.pages.team.view import absence_words
from feedback.access.queries import get_viewer
from feedback.issues.absences import announce_absence
from feedback.reporting.team_board import absence_board
from feedback.uow import transaction
from tests.dashboards.viewing import texts, viewing
from tests.slices.issues.working.conftest import NOW, House
from tests.slices.issues.working.test_concessions import told
from tests.slices.issues.working.test_deputies import Leave, leave

__all__ = ["leave"]


def away(house: House, person: int, deputy: int | None) -> int:
    day = NOW.date().isoformat()
    made = house.be(person).post("/absences", user_id=person, deputy_id=deputy, first_day=day, last_day=day)
    assert made.status_code == 201, made.text
    return int(made.json["id"])


def announce(app: Flask, *absences: int) -> None:
    with app.app_context():
        for one in absences:
            with transaction():
                announce_absence(one)


def words(app: Flask, house: House, absence: int) -> str:
    with viewing(app, house.lead) as viewer:
        return texts(absence_words(absence_board(viewer, absence).absence, get_viewer(house.lead)))


def test_the_lead_of_who_was_stood_in_for_hears_that_nobody_is(leave: Leave, app: Flask) -> None:
    announce(app, 1)
    before = told(app, "absence_begun")
    announce(app, away(leave.house, leave.luis, None))
    assert told(app, "absence_begun")[len(before) :].count(leave.house.lead) == 1
    assert "who is away too: nobody stands in" in words(app, leave.house, 1)


def test_nobody_hears_where_somebody_stands_in_for_both(leave: Leave, app: Flask) -> None:
    announce(app, 1)
    before = told(app, "absence_begun")
    announce(app, away(leave.house, leave.luis, leave.eva))
    assert leave.house.lead not in told(app, "absence_begun")[len(before) :]
    assert "who is away too; Eva stands in" in words(app, leave.house, 1)
