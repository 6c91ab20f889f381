"""The surveys page: whom we asked, who answered, who is waited for; each person sees their own customers."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.reporting.defect_board import BoardFilters
from feedback.reporting.survey_board import Links, survey_board
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_survey, make_user

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
OLD, FRESH = NOW - timedelta(days=80), NOW - timedelta(days=5)


@pytest.fixture
def people(app):
    """Ana's customer was asked three times: answered, ended, waiting; Bea's once, and a second survey asked nobody."""
    with app.app_context(), clock.frozen(NOW):
        ana, bea, boss = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER), make_user(Role.EXECUTIVE)
        make_survey("visit")
        mine, other = make_account(external_id="A", name="Mine", owner_id=ana), make_account(name="Other", owner_id=bea)
        first = ask(mine, make_contact(mine, external_id="A-1"), FRESH)
        ask(mine, make_contact(mine), OLD)
        ask(mine, make_contact(mine, name="Slow Joe"), FRESH)
        ask(other, make_contact(other), FRESH)
        with transaction():
            draft = AnswerDraft("A", 9, contact_external_id="A-1", responded_at=NOW, invitation_id=first)
            accept_answers([draft], AcceptOptions())
    return {"ana": ana, "bea": bea, "boss": boss}


def ask(account: int, contact: int, at: datetime) -> int:
    with clock.frozen(at), transaction():
        return invite_contact(account, contact, actor="test").invitation_id


@pytest.mark.parametrize(("who", "links"), [("ana", Links(1, 1, 1)), ("bea", Links(0, 1, 0)), ("boss", Links(1, 2, 1))])
def test_links_are_counted_in_the_viewer_s_scope(app, people, who, links):
    with viewing(app, people[who]) as viewer, clock.frozen(NOW):
        board = survey_board(viewer, BoardFilters(), offset=0, limit=10)
    assert board.links == links
    assert len(board.waiting) == links.waiting
    assert [line.links.asked for line in board.programs] == [links.asked, 0]


def test_the_period_leaves_out_what_was_asked_before(app, people):
    with viewing(app, people["ana"]) as viewer, clock.frozen(NOW):
        assert survey_board(viewer, BoardFilters(period="3"), offset=0, limit=10).links == Links(1, 1, 1)
    with viewing(app, people["ana"]) as viewer, clock.frozen(NOW + timedelta(days=50)):
        assert survey_board(viewer, BoardFilters(period="3"), offset=0, limit=10).links.asked == 2


def test_the_survey_of_the_address_narrows_everything(app, people):
    with viewing(app, people["boss"]) as viewer, clock.frozen(NOW):
        board = survey_board(viewer, BoardFilters(survey="visit"), offset=0, limit=10)
    assert ([line.name for line in board.programs], board.links, list(board.waiting)) == (["Visit"], Links(), [])


def test_figures_of_the_company_are_for_those_who_may_see_them(app, people):
    shown = {}
    for who in ("ana", "boss"):
        with viewing(app, people[who]) as viewer, clock.frozen(NOW):
            board = survey_board(viewer, BoardFilters(), offset=0, limit=10)
        shown[who] = [(line.answers, line.nps is not None) for line in board.programs]
    assert shown == {"ana": [(1, False), (0, False)], "boss": [(1, True), (0, False)]}


def test_the_page_names_who_is_waited_for_and_says_too_few(app, people):
    with viewing(app, people["ana"]) as viewer, clock.frozen(NOW):
        read = texts(body_of(viewer, "/app/surveys"))
    assert "3 asked · 1 answered · 1 waiting · 1 ended without an answer" in read
    assert "A figure is shown from 5 answers on" in read
    assert "Slow Joe" in read
    assert "Other" not in read


def test_an_empty_company_says_how_to_ask(app):
    with app.app_context():
        boss = make_user(Role.EXECUTIVE)
    with viewing(app, boss) as viewer:
        read = texts(body_of(viewer, "/app/surveys"))
    assert "Nobody was asked by a personal link in this period." in read
    assert "No link is waiting." in read
