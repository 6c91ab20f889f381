"""What is long is folded, everything can be read without a mouse, and nothing is said twice."""

from datetime import UTC, datetime, timedelta

import pytest
from dash import html
from flask import Flask

from dashboards import shell
from dashboards.components.badges import play_badge
from dashboards.components.folds import folded_list, folded_text
from dashboards.figures.labels import two_lines
from dashboards.viewport import VIEWPORT_COOKIE
from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.issues.service import Talk, record_interaction
from feedback.kernel import clock
from feedback.uow import transaction
from tests import factories
from tests.dashboards.viewing import body_of, texts, viewing

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
PHONE = {"Cookie": f"{VIEWPORT_COOKIE}=390"}


def links_of(component: object) -> list[str]:
    """The addresses of every link in a layout, in order."""
    found = [component.href] if getattr(component, "href", None) else []
    children = getattr(component, "children", component if isinstance(component, list | tuple) else None)
    inside = children if isinstance(children, list | tuple) else [children] if hasattr(children, "_type") else []
    return found + [link for child in inside for link in links_of(child)]


def test_a_long_reason_opens_and_holds_every_sentence(app: Flask) -> None:
    with app.test_request_context("/app/"):
        shown = folded_text("A long sentence. " * 8, ["The second one.", "The third one."])
    assert isinstance(shown, html.Details)
    assert isinstance(shown.children[0], html.Summary)
    assert texts(shown).endswith("The second one. The third one.")


def test_a_short_reason_just_stands_there(app: Flask) -> None:
    assert isinstance(folded_text("Short."), html.Div)


def test_a_list_shows_its_first_lines_and_folds_the_rest() -> None:
    shown, rest = folded_list([html.Li(str(number)) for number in range(5)], shown=3, more="2 more", name="")
    assert (texts(shown), texts(rest)) == ("0 1 2", "2 more 3 4")


@pytest.mark.parametrize(("advocacy", "band"), [("promoter", "promoter"), ("passive", "passive")])
def test_asking_about_spend_has_the_colour_of_its_field_in_the_matrix(app: Flask, advocacy: str, band: str) -> None:
    with app.test_request_context("/app/"):
        assert f"cl-badge-{band}" in play_badge("qualify_wallet", advocacy).className.split()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Short", ["Short"]),
        ("Медленное урегулирование убытков", ["Медленное", "урегулирование убытков"]),
        ("Donaudampfschifffahrtsgesellschaft und mehr davon", ["Donaudampfschifffahrts", "gesellschaft und mehr…"]),
    ],
)
def test_names_of_bars_take_two_lines(text: str, lines: list[str]) -> None:
    assert two_lines(text, 22) == lines


def test_the_bar_of_a_phone_reaches_every_place(app: Flask) -> None:
    with app.app_context():
        boss = factories.make_user(Role.EXECUTIVE)
    with viewing(app, boss) as viewer:
        bar = shell._bottom_bar(viewer)
    assert len(bar.children) == shell.BELOW + 1
    assert "/app/accounts" in links_of(bar)


@pytest.fixture
def talked(app: Flask) -> tuple[int, int]:
    """An issue (id 1) about which its owner talked with the customer, and the account manager; answers their ids."""
    with app.app_context(), clock.frozen(NOW):
        owner, manager = factories.make_user(Role.FRONTLINE), factories.make_user(Role.ACCOUNT_MANAGER)
        factories.make_account(external_id="A", owner_id=manager)
        with transaction():
            accept_answers([AnswerDraft("A", 2, contact_external_id="A-1", responded_at=NOW)], AcceptOptions())
    with viewing(app, owner) as viewer, clock.frozen(NOW), transaction():
        record_interaction(1, Talk("They want one person."), viewer=viewer)
    return owner, manager


def test_a_call_is_told_once_on_the_issue_and_once_in_the_timeline(app: Flask, talked: tuple[int, int]) -> None:
    owner, manager = talked
    for person, address in ((owner, "/app/issues/1"), (manager, "/app/accounts/1")):
        with viewing(app, person) as viewer, clock.frozen(NOW + timedelta(hours=1)):
            assert texts(body_of(viewer, address)).count("They want one person.") == 1


def test_a_phone_gets_shorter_lists_and_can_page(app: Flask) -> None:
    with app.app_context():
        manager = factories.make_user(Role.ACCOUNT_MANAGER)
        for _ in range(20):
            factories.make_account(owner_id=manager)
    for address, few in (("/app/readiness", 10), ("/app/accounts", 15)):
        with viewing(app, manager, address, **PHONE) as viewer:
            shown = body_of(viewer, address)
        assert len([link for link in links_of(shown) if link.startswith("/app/accounts/")]) == few
        assert f"{address}?page=2" in links_of(shown)


@pytest.mark.parametrize(("answers", "said"), [(0, "Nobody has answered in this period"), (3, "Too few to say")])
def test_a_card_without_a_number_says_why(app: Flask, answers: int, said: str) -> None:
    with app.app_context(), clock.frozen(NOW):
        boss = factories.make_user(Role.EXECUTIVE)
        with transaction():
            accept_answers([AnswerDraft(f"A{number}", 9, responded_at=NOW) for number in range(answers)], AcceptOptions())
    with viewing(app, boss) as viewer, clock.frozen(NOW):
        assert said in texts(body_of(viewer, "/app/defects"))


@pytest.mark.parametrize(("path", "shown"), [("/app/accounts", "Account 3"), ("/app/readiness", "Account 3")])
def test_a_page_beyond_the_last_one_is_the_last_one(app: Flask, path: str, shown: str) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        for number in range(1, 4):
            factories.make_account(external_id=str(number), name=f"Account {number}", owner_id=ana)
    with viewing(app, ana) as viewer:
        assert shown in texts(body_of(viewer, f"{path}?page=9999"))
