"""The inbox of sales plays as an account manager sees it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from dashboards.figures.spend import spend_chart, spend_label
from dashboards.pages.sales_plays.callbacks import step
from dashboards.pages.sales_plays.logging import log_contact
from dashboards.still.markup import still_markup
from feedback.access.rules import Role, Viewer
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import Match
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.reporting.sales_play_board import sales_plays
from feedback.selling.rules import PlayState
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, plotly_of, texts, viewing
from tests.factories import make_user
from tests.logins import token
from tests.slices.gate.world import NOW
from tests.slices.selling.world import falling, make_buyer, seasonal, suggest

PAGE = "/app/sales-plays"


@pytest.fixture
def manager(app: Flask, client: FlaskClient) -> int:
    """Who looks after a customer with a question, one that fell, an angry one, and a seasonal one."""
    with app.app_context():
        make_user(Role.FRONTLINE)
        user_id = make_user(Role.ACCOUNT_MANAGER)
        stories: tuple[tuple[str, int, list[float]], ...] = (
            ("Young", 9, []), ("Fell", 9, falling()), ("Angry", 2, falling()), ("Season", 9, seasonal()),
        )  # fmt: skip
        for name, score, amounts in stories:
            make_buyer(score, amounts, external_id=name, name=name, owner_id=user_id)
    for name in ("Young", "Fell", "Angry", "Season"):
        assert suggest(client, name, token(app), external_id=name).status_code == 201
    return user_id


@pytest.fixture
def viewer(app: Flask, manager: int) -> Iterator[Viewer]:
    with clock.frozen(NOW), viewing(app, manager, PAGE) as found:
        yield found


def test_questions_come_first_then_what_may_go_ahead_then_what_is_held(viewer):
    shown = texts(body_of(viewer, PAGE))
    places = [shown.index(word) for word in ("Questions for you", "Young", "May go ahead", "Fell", "Held: put right", "Angry")]
    assert places == sorted(places)
    assert "every year: the season explains it" in shown


def test_the_first_picture_is_drawn_without_a_program(viewer):
    assert still_markup(body_of(viewer, PAGE)).count('class="cl-still"') >= 3


def test_a_held_one_names_what_to_do_and_who_is_on_it(viewer):
    (line,), _after = sales_plays(viewer, PlayState.HELD)
    assert (line.play, line.issue is not None) == ("fix_basics", True)
    assert any("2" in reason for reason in line.reasons)


def test_the_chart_is_a_chart_and_says_in_words_what_it_shows(viewer):
    (line,), _after = sales_plays(viewer, PlayState.ACCEPTED)
    assert line.chart is not None
    names = [trace.name for trace in plotly_of(spend_chart(line.chart)).data]
    assert names == ["band", "last year", "expected", "spend", "judged"]
    assert "below what is usual" in spend_label(line.chart)


def test_the_answer_moves_the_play(viewer):
    (line,), _after = sales_plays(viewer, PlayState.QUESTION)
    with transaction():
        step(viewer, "known_project_end", line.id, "The site was closed")
    assert [one.account for one in sales_plays(viewer, PlayState.SCREENED_OUT)[0]] == ["Season", "Young"]


def test_taking_and_dismissing_leave_the_inbox(viewer):
    for act, state in (("take", PlayState.ACCEPTED), ("dismiss", PlayState.HELD)):
        (line,), _after = sales_plays(viewer, state)
        with transaction():
            step(viewer, act, line.id, "No")
    shown = texts(body_of(viewer, PAGE))
    assert "Taken" in shown
    assert "Dismissed" in shown


def test_a_sales_contact_is_logged_from_the_card_and_says_what_the_gate_had_answered(viewer):
    (line,), _after = sales_plays(viewer, PlayState.ACCEPTED)
    ((external_id, _name),) = line.people
    said = log_contact(viewer, 1, {"id": line.id}, external_id, "phone", "interested", " Call again ")
    entry = db.session.scalars(sa.select(SalesContact)).one()
    assert (entry.account_id, entry.matched, entry.note) == (line.account_id, Match.VALID, "Call again")
    assert "The gate had allowed it" in texts(said)


def test_a_contact_on_a_held_play_is_kept_as_one_against_the_gate(viewer):
    (line,), _after = sales_plays(viewer, PlayState.HELD)
    said = log_contact(viewer, 1, {"id": line.id}, line.people[0][0], "phone", "declined", None)
    assert "Against the gate's answer" in texts(said)
    assert "Log a sales contact" in texts(body_of(viewer, PAGE))


def test_without_saying_what_came_of_it_nothing_is_logged(viewer):
    (line,), _after = sales_plays(viewer, PlayState.ACCEPTED)
    with pytest.raises(InvalidInput):
        log_contact(viewer, 1, {"id": line.id}, None, "phone", None, None)
    assert db.session.scalars(sa.select(SalesContact)).all() == []


def test_the_account_page_shows_spend_and_its_plays(app, viewer):
    (line,), _after = sales_plays(viewer, PlayState.ACCEPTED)
    shown = texts(body_of(viewer, f"/app/accounts/{line.account_id}"))
    assert "40% below what is usual" in shown
    assert "All sales plays" in shown


def test_an_account_without_spend_has_no_such_panel(viewer):
    (line,), _after = sales_plays(viewer, PlayState.QUESTION)
    assert "Full line: spend." not in texts(body_of(viewer, f"/app/accounts/{line.account_id}"))


def test_somebody_elses_plays_are_not_there(app, manager):
    with app.app_context():
        other = make_user(Role.ACCOUNT_MANAGER)
    with viewing(app, other, PAGE) as viewer:
        shown = texts(body_of(viewer, PAGE))
    assert "Nothing waits for your answer." in shown
    assert "Fell" not in shown


def test_an_executive_reads_and_has_no_buttons(app, manager):
    with app.app_context():
        boss = make_user(Role.EXECUTIVE)
    with clock.frozen(NOW), viewing(app, boss, PAGE) as viewer:
        assert "I take it" not in texts(body_of(viewer, PAGE))
