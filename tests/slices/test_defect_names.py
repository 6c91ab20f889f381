"""A defect is called by its name in the reader's language, wherever a person reads it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.defects.naming import shown_names
from feedback.kernel import clock
from feedback.reporting.search import search_everything
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_defect, make_team, make_user
from tests.logins import as_user

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
NAMES = {"es": "Siniestros lentos", "ru": "Медленные убытки"}


@pytest.fixture
def company(app):
    """Fifteen accounts whose detractors name a problem that has a Spanish and a Russian name."""
    with app.app_context(), clock.frozen(NOW):
        make_team()
        make_user(Role.FRONTLINE)
        make_defect("late_claims", name="Late claims", names=NAMES)
        with transaction():
            accept_answers([draft(number) for number in range(30)], AcceptOptions())
        yield


def draft(number: int) -> AnswerDraft:
    hurt = number % 2 == 0
    return AnswerDraft(
        account_external_id=f"A{number}",
        contact_external_id=f"C{number}",
        score=2 if hurt else 9,
        responded_at=NOW - timedelta(days=1),
        defects=("late_claims",) if hurt else (),
    )


@pytest.mark.parametrize(("language", "name"), [("en", "Late claims"), ("es", NAMES["es"]), ("ru", NAMES["ru"])])
@pytest.mark.parametrize("address", ["/app/defects?defect=late_claims", "/app/issues", "/app/accounts/1"])
def test_every_page_says_the_name_in_the_reader_s_language(app, company, address, language, name):
    with viewing(app, make_user(Role.EXECUTIVE, locale=language)) as viewer:
        read = texts(body_of(viewer, address))
    assert name in read
    assert not [other for other in ("Late claims", *NAMES.values()) if other != name and other in read]


def test_figures_say_it_too(app, company):
    with viewing(app, make_user(Role.EXECUTIVE, locale="es")) as viewer:
        drawn = str(body_of(viewer, "/app/defects"))
    assert "Late" not in drawn


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"name": "Late", "names": {"es": "Tarde"}}, "Tarde"),
        ({"name": "Late", "names": {"ru": "Поздно"}}, "Late"),
        ({"name": "Late", "names": {"es": ""}}, "Late"),
        ({"name": "", "names": {}}, "code_1"),
    ],
)
def test_without_a_name_in_the_language_it_is_the_plain_name_then_the_code(app, values, shown):
    with app.app_context():
        make_defect("code_1", **values)
        reader = make_user(Role.EXECUTIVE, locale="es")
    with viewing(app, reader):
        assert shown_names() == {"code_1": shown}


@pytest.mark.parametrize(("language", "typed"), [("es", "siniestros"), ("es", "late cl"), ("es", "#1"), ("ru", "МЕДЛЕННЫЕ")])
def test_the_search_finds_issues_by_either_name_and_shows_the_reader_s(app, company, language, typed):
    with viewing(app, make_user(Role.EXECUTIVE, locale=language)) as viewer:
        hits = [hit for hit in search_everything(viewer, typed) if hit.kind == "issue"]
    assert hits
    assert hits[0].title.endswith(NAMES[language])


def test_the_spreadsheet_is_written_for_its_reader_and_the_api_for_machines(app, client, company):
    as_user(client, make_user(Role.EXECUTIVE, locale="ru"))
    row = next(csv.DictReader(io.StringIO(client.get("/app/defects.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert (row["defect"], row["name"]) == ("late_claims", NAMES["ru"])
    assert client.get("/api/v1/defects/ranking").json["items"][0]["name"] == "Late claims"
