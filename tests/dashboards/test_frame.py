"""The frame: who gets in, what the address means, what is answered when something fails."""

import re

from flask import Flask
from flask.testing import FlaskClient

from dashboards import router, shell
from dashboards.page import Page, Query
from dashboards.places import PLACES, home_of, places_of
from feedback.access.rules import Role
from feedback.kernel.errors import NotFound
from tests import factories
from tests.dashboards.viewing import body_of, query_of, texts, viewing
from tests.logins import as_user


def test_a_page_without_log_in_leads_to_the_log_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/app/accounts?region=North")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/app/accounts?region%3DNorth"


def test_a_callback_without_log_in_is_401(client: FlaskClient) -> None:
    assert client.post("/app/_dash-update-component", json={}).status_code == 401


def test_the_layout_without_log_in_is_401(client: FlaskClient) -> None:
    assert client.get("/app/_dash-layout").status_code == 401


def test_files_of_the_program_need_no_log_in(client: FlaskClient) -> None:
    with client.get("/app/assets/closedloop.css") as answer:
        assert answer.status_code == 200


def test_every_dash_route_is_guarded(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/app/")]
    unmarked = [rule.rule for rule in rules if not hasattr(app.view_functions[rule.endpoint], "_permission")]
    assert (len(rules) > 5, unmarked) == (True, [])


def test_only_files_of_dash_are_public(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/app/")]
    public = {rule.rule for rule in rules if app.view_functions[rule.endpoint]._permission is None}
    assert public == {
        "/app/assets/<path:filename>",
        "/app/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/app/_favicon.ico",
        "/app/_program/<string(maxlength=40):name>",
    }


def test_a_query_link_changes_one_parameter_and_drops_empty_ones() -> None:
    query = query_of("/app/accounts?region=North&page=2")
    assert query.link(page=None, sort="-revenue") == "/app/accounts?region=North&sort=-revenue"


def test_numbers_in_the_address_that_are_none_fall_back() -> None:
    query = Query("/app/accounts", {"page": "-1; drop"})
    assert query.number("page", 1) == 1


def test_an_id_that_no_table_can_hold_matches_no_page() -> None:
    page = Page("/app/accounts/<id>", "account.read", lambda *_: "", lambda *_: None)
    assert (page.match("/app/accounts/7").ids, page.match("/app/accounts/9999999999")) == ({"id": 7}, None)


def test_a_person_of_the_frontline_never_sees_the_company_figures(app: Flask) -> None:
    with app.app_context():
        user = factories.make_user(Role.FRONTLINE)
    with viewing(app, user) as viewer:
        assert "/app/defects" not in {place.path for place in places_of(viewer)}


def test_the_frame_names_the_person_and_the_places(app: Flask) -> None:
    with app.app_context():
        user = factories.make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")
    with viewing(app, user) as viewer:
        shown = shell.layout()
        assert home_of(viewer).startswith("/app/")
    assert "Ana Torres" in texts(shown)
    assert "Accounts" in texts(shown)


def test_an_unknown_address_shows_the_missing_page(app: Flask) -> None:
    with app.app_context():
        user = factories.make_user()
    with viewing(app, user):
        head, body, title, _path = router.explain_page_error(NotFound())
    assert "nothing here" in texts(head)
    assert "nothing here" in title
    assert "Go to my first page" in texts(body)


def test_an_unexpected_error_shows_a_request_id_and_no_detail(app: Flask) -> None:
    with app.app_context():
        user = factories.make_user()
    with viewing(app, user):
        _head, body, _title, _path = router.explain_page_error(ZeroDivisionError("secret detail"))
    assert "Request" in texts(body)
    assert "secret detail" not in texts(body)


def test_the_policy_of_pages_allows_no_inline_script(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = factories.make_user()
    answer = as_user(client, user).get("/app/accounts")
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert nonce
    assert re.findall(r'<script(?! src)[^>]*type="application/javascript">', answer.text) == [
        f'<script nonce="{nonce.group(1)}" id="_dash-renderer" type="application/javascript">'
    ]


def test_an_address_without_a_page_is_404(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = factories.make_user()
    assert as_user(client, user).get("/app/nowhere").status_code == 404


def test_the_empty_address_leads_to_the_first_page(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        user = factories.make_user(Role.ACCOUNT_MANAGER)
    assert as_user(client, user).get("/app/").location in {place.path for place in PLACES}


def test_accounts_of_others_are_not_listed(app: Flask) -> None:
    with app.app_context():
        ana, bea = factories.make_user(Role.ACCOUNT_MANAGER), factories.make_user(Role.ACCOUNT_MANAGER)
        factories.make_account(name="Nordbau", owner_id=ana)
        factories.make_account(name="Iberseguros", owner_id=bea)
    with viewing(app, ana) as viewer:
        shown = texts(body_of(viewer, "/app/accounts"))
    assert ("Nordbau" in shown, "Iberseguros" in shown) == (True, False)


def test_accounts_say_when_no_account_fits(app: Flask) -> None:
    with app.app_context():
        user = factories.make_user()
    with viewing(app, user) as viewer:
        assert "No account fits these filters." in texts(body_of(viewer, "/app/accounts?q=nobody"))


def test_search_finds_accounts_by_a_few_letters(app: Flask) -> None:
    with app.app_context():
        user = factories.make_user()
        account = factories.make_account(name="Nordbau 100 %")
        factories.make_contact(account, name="Ana Ruiz")
    with viewing(app, user) as viewer:
        assert "Nordbau" in texts(shell.show_hits(viewer, "0 %"))
        assert "Ana Ruiz" in texts(shell.show_hits(viewer, "ruiz"))
        assert "Nothing found" in texts(shell.show_hits(viewer, "0_%"))
