"""The readiness page: matrix, counts, list, filters, export."""

from datetime import timedelta

import plotly.graph_objects as go
from flask import Flask
from flask.testing import FlaskClient

from dashboards.figures.readiness import COLUMNS, dot_places, dot_size, readiness_matrix
from feedback.access.rules import Role
from feedback.accounts.models import WalletEstimate
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.reporting.readiness import NOBODY, Readiness, ReadinessFilters, ReadinessLine, readiness, select_lines
from feedback.uow import transaction
from tests import factories
from tests.dashboards.viewing import body_of, plotly_of, texts, viewing
from tests.logins import as_user


def line(number: int, **changes: object) -> ReadinessLine:
    values = {
        "id": number,
        "name": f"Account {number}",
        "owner": "Ana",
        "revenue": 100.0 * number,
        "advocacy": "promoter",
        "share_of_wallet": "low",
        "share": 0.2,
        "issues": "none",
        "play": "upsell",
        "stance": "allow",
        "call": "allow",
    }
    return ReadinessLine(**(values | changes))


def report(*lines: ReadinessLine) -> Readiness:
    return Readiness(lines, lines, "EUR", clock.now())


def account_with(owner: int, *, name: str, score: int, our_share: float = 0.2, **values: object) -> int:
    """An account whose decision maker answered yesterday."""
    account = factories.make_account(external_id=name, name=name, owner_id=owner, annual_revenue=1000.0, **values)
    now = clock.now()
    spend = {"category": "all", "total_spend": 1000.0, "our_spend": 1000 * our_share, "confidence": 0.9}
    factories.insert(WalletEstimate, account_id=account, as_of=now.date(), created_at=now, **spend)
    factories.make_contact(account, external_id=f"{name}-1", name=f"Buyer of {name}")
    draft = AnswerDraft(name, score, contact_external_id=f"{name}-1", responded_at=now - timedelta(days=1))
    with transaction():
        accept_answers([draft], AcceptOptions())
    return account


def test_groups_count_ready_waiting_fix_and_recover() -> None:
    groups = report(
        line(1),
        line(5, call="block"),
        line(6, call="defer", stance="limited"),
        line(2, play="fix_first", stance="hold"),
        line(3, play="recover_now", stance="hold"),
        line(4, play="protect", stance="reactive"),
    ).groups
    assert {name: tally.accounts for name, tally in groups.items()} == {
        "ready": 1,
        "waiting": 2,
        "fix": 1,
        "recover": 1,
        "rest": 1,
    }


def test_lines_come_by_play_and_then_by_revenue() -> None:
    lines = [line(1, play="protect"), line(2), line(3)]
    assert [one.id for one in select_lines(lines, ReadinessFilters())] == [3, 2, 1]


def test_within_a_play_those_whom_one_may_call_come_first() -> None:
    assert [one.id for one in select_lines([line(9, call="block"), line(1), line(2)], ReadinessFilters())] == [2, 1, 9]


def test_a_cell_narrows_the_lines() -> None:
    lines = [line(1), line(2, advocacy="detractor", share_of_wallet="high")]
    assert [one.id for one in select_lines(lines, ReadinessFilters(advocacy="detractor", share="high"))] == [2]


def test_an_account_manager_who_cannot_be_read_is_nobody() -> None:
    assert ReadinessFilters.named_by({"owner": "١", "region": "North"}) == ReadinessFilters(NOBODY, region="North")


def test_dots_stay_in_the_column_of_their_band(app: Flask) -> None:
    lines = [line(number, advocacy="passive", share_of_wallet="high") for number in range(1, 200)]
    places = dot_places(lines)
    assert all(1.0 < across < 2.0 and 2.06 < up < 3.16 for across, up in places.values())


def test_the_area_of_a_dot_is_proportional_to_revenue() -> None:
    assert dot_size(400.0, 400.0, 1) / dot_size(100.0, 400.0, 1) == 2.0


def test_the_matrix_draws_every_heard_account_once(app: Flask) -> None:
    lines = [line(number, advocacy=band) for number, band in enumerate([*COLUMNS, "unknown"], 1)]
    with app.test_request_context("/app/readiness"):
        figure = plotly_of(readiness_matrix(report(*lines)))
    assert sum(len(trace.x) for trace in figure.data if isinstance(trace, go.Scatter)) == 3


def test_the_shipped_plotly_can_draw_the_matrix(app: Flask) -> None:
    with app.test_request_context("/app/readiness"):
        figure = plotly_of(readiness_matrix(report(line(1))))
    assert {trace.type for trace in figure.data} <= {"scatter", "bar", "pie"}


def test_an_account_with_an_open_issue_is_hollow(app: Flask) -> None:
    with app.test_request_context("/app/readiness"):
        figure = plotly_of(readiness_matrix(report(line(1, issues="major_open", play="fix_first", stance="hold"))))
    assert figure.data[1].marker.symbol == "triangle-up-open"


def test_an_account_that_nobody_may_call_today_is_hollow(app: Flask) -> None:
    with app.test_request_context("/app/readiness"):
        figure = plotly_of(readiness_matrix(report(line(1, call="defer"))))
    assert figure.data[1].marker.symbol == "triangle-up-open"


def test_the_page_lists_my_accounts_with_play_and_why(app: Flask) -> None:
    with app.app_context():
        ana, bea = factories.make_user(Role.ACCOUNT_MANAGER), factories.make_user(Role.ACCOUNT_MANAGER)
        account_with(ana, name="Nordbau", score=10)
        account_with(ana, name="Iberseguros", score=2, our_share=0.8)
        account_with(bea, name="Uralagro", score=10)
    with viewing(app, ana, "/app/readiness") as viewer:
        shown = texts(body_of(viewer, "/app/readiness"))
    assert "1 ready, but not to be called today" in shown
    assert "1 recover now" in shown
    assert "Buyer of Iberseguros (decision maker) scored us 2" in shown or "is open and serious" in shown
    assert "Uralagro" not in shown


def test_a_play_in_the_address_narrows_the_list(app: Flask) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        account_with(ana, name="Nordbau", score=10)
        account_with(ana, name="Iberseguros", score=2)
    with viewing(app, ana, "/app/readiness") as viewer:
        shown = texts(body_of(viewer, "/app/readiness?play=upsell"))
    assert ("Nordbau" in shown, "Iberseguros" in shown) == (True, False)


def test_silence_is_counted_as_not_heard(app: Flask) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        factories.make_contact(factories.make_account(owner_id=ana, annual_revenue=2_200_000.0))
    with viewing(app, ana, "/app/readiness") as viewer:
        shown = texts(body_of(viewer, "/app/readiness"))
    assert "Not heard or held back: 1 account, €2.2M" in shown


def test_a_person_without_accounts_reads_where_they_come_from(app: Flask) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
    with viewing(app, ana, "/app/readiness") as viewer:
        assert "No account is yours yet." in texts(body_of(viewer, "/app/readiness"))


def test_the_export_holds_what_the_page_shows(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        ana, bea = factories.make_user(Role.ACCOUNT_MANAGER), factories.make_user(Role.ACCOUNT_MANAGER)
        account_with(ana, name="=Nordbau", score=10)
        account_with(bea, name="Uralagro", score=10)
    answer = as_user(client, ana).get("/app/readiness.csv?play=upsell")
    rows = answer.text.strip().splitlines()
    assert answer.content_type.startswith("text/csv")
    assert len(rows) == 2
    assert "'=Nordbau" in rows[1]


def test_closed_accounts_are_not_asked_about(app: Flask) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        account_with(ana, name="Nordbau", score=10, status="closed")
    with viewing(app, ana, "/app/readiness") as viewer:
        assert readiness(viewer, ReadinessFilters()).everybody == []


def test_a_ready_account_whose_buyer_gave_no_consent_says_so_in_its_row(app: Flask) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        account_with(ana, name="Nordbau", score=10)
    with viewing(app, ana) as viewer:
        said = texts(body_of(viewer, "/app/readiness"))
    assert "0 ready" in said
    assert "1 ready, but not to be called today" in said
    assert "No approach on this channel" in said
    assert "No consent of Buyer of Nordbau to offers by phone is recorded." in said
    assert "Offer what they buy elsewhere." not in said
