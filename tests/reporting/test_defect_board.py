"""The defects page as rows, against a database."""

from datetime import UTC, date, datetime

import pytest

from dashboards.pages.defects.view import body
from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.kernel.errors import Forbidden
from feedback.reporting.defect_board import BoardFilters, defect_board
from feedback.reporting.defect_details import defect_details
from feedback.uow import transaction
from tests.dashboards.viewing import query_of, texts, viewing
from tests.factories import make_defect, make_user

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def company(app):
    """Fifteen accounts with ten answers each: those of every third one name a problem and score low."""
    with app.app_context(), clock.frozen(NOW):
        make_defect("late_claims", name="Late claims")
        make_defect("rude_staff", name="Rude staff")
        with transaction():
            accept_answers([draft(account, turn) for account in range(15) for turn in range(10)], AcceptOptions())
        yield make_user(Role.EXECUTIVE)


def draft(account: int, turn: int) -> AnswerDraft:
    hurt = account % 3 == 0 and turn % 2 == 0
    return AnswerDraft(
        account_external_id=f"A{account}",
        contact_external_id=f"C{account}-{turn}",
        score=3 if hurt else 9,
        comment=f"<b>late</b> {account}" if hurt else None,
        responded_at=datetime(2026, 4 if turn % 2 else 5, 1 + turn, tzinfo=UTC),
        defects=("late_claims",) if hurt else (),
    )


def test_the_board_shows_three_figures_of_one_company(app, company):
    with viewing(app, company) as viewer:
        board = defect_board(viewer, BoardFilters())
    assert {figure.weighting: figure.n for figure in board.figures} == {"responses": 150, "accounts": 15, "revenue": 15}
    # 125 promoters and 25 detractors of 150
    assert board.figures[0].nps == pytest.approx(100 * 100 / 150)


def test_the_waterfall_of_real_answers_closes(app, company):
    with viewing(app, company) as viewer:
        board = defect_board(viewer, BoardFilters())
    assert board.waterfall is not None
    assert board.waterfall.is_closed
    assert [step.code for step in board.waterfall.steps] == [None, "late_claims", None]


def test_a_month_is_only_called_different_when_the_test_says_so(app, company):
    with viewing(app, company) as viewer:
        board = defect_board(viewer, BoardFilters())
    assert [(point.month, point.n, point.change.value) for point in board.months] == [
        (date(2026, 4, 1), 75, "untested"),
        (date(2026, 5, 1), 75, "down"),
    ]


def test_the_category_filters_the_rows_and_not_the_fit(app, company):
    with viewing(app, company) as viewer:
        board = defect_board(viewer, BoardFilters(category="price"))
    assert board.rows == ()
    assert board.waterfall is not None


def test_an_edited_address_falls_back_to_the_defaults():
    assert BoardFilters.named_by({"period": "7", "order": "chaos"}) == BoardFilters()


def test_a_survey_that_does_not_exist_has_no_answers(app, company):
    with viewing(app, company) as viewer:
        assert defect_board(viewer, BoardFilters(survey="nonsense")).n == 0


def test_the_details_hold_months_comments_issues_and_accounts(app, company):
    with viewing(app, company) as viewer:
        board = defect_board(viewer, BoardFilters())
        found = defect_details(viewer, board, "late_claims")
    assert [(point.cited, point.n) for point in found.months] == [(0, 75), (25, 75)]
    assert len(found.verbatims) == 8
    assert found.open_issues == 5
    assert [line.answers for line in found.accounts] == [5, 5, 5, 5, 5]


def test_the_details_of_an_unknown_defect_are_none(app, company):
    with viewing(app, company) as viewer:
        assert defect_details(viewer, defect_board(viewer, BoardFilters()), "nonsense") is None


@pytest.mark.parametrize("role", [Role.FRONTLINE, Role.ACCOUNT_MANAGER])
def test_company_figures_are_not_for_everybody(app, company, role):
    with viewing(app, make_user(role)) as viewer, pytest.raises(Forbidden):
        defect_board(viewer, BoardFilters())


def test_the_page_says_that_there_are_no_answers(app):
    with app.app_context():
        user = make_user(Role.EXECUTIVE)
    with viewing(app, user) as viewer:
        assert "No answers in this period." in texts(body(viewer, query_of("/app/defects")))


def test_the_page_shows_a_comment_as_text(app, company):
    with viewing(app, company) as viewer:
        shown = texts(body(viewer, query_of("/app/defects?defect=late_claims")))
    assert "<b>late</b>" in shown
    assert "association until a fix is measured" in shown


def test_too_few_answers_are_said_and_not_drawn(app):
    with app.app_context(), clock.frozen(NOW):
        with transaction():
            accept_answers([draft(1, turn) for turn in range(3)], AcceptOptions())
        user = make_user(Role.EXECUTIVE)
        with viewing(app, user) as viewer:
            shown = texts(body(viewer, query_of("/app/defects")))
    assert "There are only 3 answers here." in shown


@pytest.mark.parametrize(("kind", "start"), [("csv", b"\xef\xbb\xbfrank,defect,"), ("xlsx", b"PK")])
def test_the_ranking_can_be_taken_along(app, client, company, kind, start):
    from tests.logins import as_user

    answer = as_user(client, company).get(f"/app/defects.{kind}?period=all")
    assert (answer.status_code, answer.data[: len(start)]) == (200, start)


def test_the_file_is_refused_to_an_account_manager(app, client, company):
    from tests.logins import as_user

    manager = make_user(Role.ACCOUNT_MANAGER)
    assert as_user(client, manager).get("/app/defects.csv").status_code == 403
