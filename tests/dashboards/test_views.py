"""Views that a person keeps, and filters that the address asks for."""

import pytest
from flask import Flask

from dashboards import router, views
from dashboards.components.filters import Filter, filter_bar
from dashboards.pages import find_page
from feedback.access.rules import Role
from feedback.access.saved_views import LONGEST_NAME, MOST, list_views, remove_view, save_view
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.uow import transaction
from tests import factories
from tests.dashboards.test_short_pages import links_of
from tests.dashboards.viewing import query_of, texts, viewing

PATH = "/app/readiness"


@pytest.fixture
def ana(app: Flask) -> int:
    with app.app_context():
        return factories.make_user(Role.ACCOUNT_MANAGER)


def save(app: Flask, person: int, **values: str) -> int:
    with app.test_request_context("/app/"), transaction():
        return save_view(person, **{"path": PATH, "search": "?region=North", "name": "North", **values}).id


def names(app: Flask, person: int, path: str = PATH) -> list[tuple[str, str]]:
    with app.app_context():
        return [(view.name, view.search) for view in list_views(person, path)]


def test_a_view_keeps_the_filters_and_not_the_place_in_the_list(app: Flask, ana: int) -> None:
    save(app, ana, search="?page=3&region=North&cursor=x&play=upsell", name="  Up   north ")
    assert names(app, ana) == [("Up north", "?play=upsell&region=North")]


def test_the_same_name_replaces_and_another_page_is_another_matter(app: Flask, ana: int) -> None:
    save(app, ana)
    save(app, ana, search="?region=South")
    save(app, ana, path="/app/accounts")
    assert names(app, ana) == [("North", "?region=South")]


@pytest.mark.parametrize("values", [{"name": " "}, {"name": "x" * (LONGEST_NAME + 1)}, {"search": "?q=" + "x" * 2000}])
def test_what_cannot_be_kept_is_refused(app: Flask, ana: int, values: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        save(app, ana, **values)
    assert names(app, ana) == []


def test_there_is_a_limit_per_page(app: Flask, ana: int) -> None:
    for number in range(MOST):
        save(app, ana, name=f"View {number}")
    with pytest.raises(RuleViolation):
        save(app, ana, name="One more")


def test_nobody_sees_or_removes_another_person_s_view(app: Flask, ana: int) -> None:
    view = save(app, ana)
    with app.app_context():
        bea = factories.make_user(Role.ACCOUNT_MANAGER)
    assert names(app, bea) == []
    with app.app_context(), pytest.raises(NotFound), transaction():
        remove_view(bea, view)
    assert names(app, ana) == [("North", "?region=North")]


def test_the_head_of_a_page_links_its_views(app: Flask, ana: int) -> None:
    save(app, ana)
    with viewing(app, ana, PATH) as viewer:
        page, query = find_page(PATH)
        head = router._head(page, viewer, query, "")
    assert f"{PATH}?region=North" in links_of(head)
    assert "Views (1)" in texts(head)


def test_saving_answers_the_new_list_or_why_not(app: Flask, ana: int) -> None:
    with viewing(app, ana, PATH) as viewer:
        shown, label, refused, field = views.keep(viewer, 1, None, "Mine", PATH, "?region=North&page=2")
        assert (links_of(shown), label, refused, field) == ([f"{PATH}?region=North"], "Views (1)", "", "")
        *_rest, refused, _field = views.keep(viewer, 2, None, "", PATH, "")
    assert "Give the view a name" in refused


@pytest.mark.parametrize("path", ["/app/accounts/1", "/app/initiatives/new", "/app/opening"])
def test_pages_about_one_thing_and_forms_keep_no_views(app: Flask, ana: int, path: str) -> None:
    with viewing(app, ana, path) as viewer:
        page, query = find_page(path)
        assert views.views_menu(viewer, page, query) is None


OPEN = Filter("region", "Region", [("North", "North")])
CLOSED = Filter("category", "Category", [("price", "Price")], closed=True)
DEFAULT = Filter("period", "Period", [("12", "12 months")], empty="12")


@pytest.mark.parametrize(
    ("item", "address", "value", "labels"),
    [
        (OPEN, "?region=North", "North", ["North"]),
        (OPEN, "?region=zz", "zz", ["North", "zz (unknown)"]),
        (CLOSED, "?category=zz", None, ["Price"]),
        (DEFAULT, "?period=zz", "12", ["12 months"]),
    ],
)
def test_a_filter_says_what_the_address_asks_for(
    app: Flask, item: Filter, address: str, value: str | None, labels: list[str]
) -> None:
    with app.test_request_context("/app/"):
        control, _clear = filter_bar([item], query_of("/app/defects" + address)).children
    assert (control.value, [option["label"] for option in control.data]) == (value, labels)


@pytest.mark.parametrize(("address", "gone"), [("", True), ("?region=North", False)])
def test_filters_can_be_cleared_once_there_are_some(app: Flask, address: str, gone: bool) -> None:
    with app.test_request_context("/app/"):
        _control, clear = filter_bar([OPEN], query_of("/app/accounts" + address)).children
    assert (clear.href, "cl-gone" in clear.className) == ("/app/accounts", gone)
