"""The card: for minutes, for one account, one reader and one site, and nothing is kept of it."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.access.service import revoke_token
from feedback.kernel import clock
from feedback.permission.rules import Channel
from feedback.uow import transaction
from tests.factories import make_account, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import NOW, give_consent, give_issue, make_customer

CRM = "https://crm.example"


@pytest.fixture(autouse=True)
def _sites(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "card_origins", [CRM])


def _mint(client: FlaskClient, account_id: int, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return client.post(f"/api/v1/accounts/{account_id}/card-links", json={"origin": CRM} | more, headers=headers or {})


def _path(response: Any) -> str:
    assert response.status_code == 201, response.text
    return "/embed/" + response.get_json()["url"].partition("/embed/")[2]


def test_it_says_how_the_customer_stands(app: Flask, client: FlaskClient) -> None:
    account_id, contact_id = make_customer(name="Nordbau", time_zone="Europe/Berlin")
    give_consent(contact_id, channel=Channel.PHONE)
    give_issue(account_id)
    page = client.get(_path(_mint(client, account_id, token(app))))
    assert page.status_code == 200
    for text in ("Nordbau", "Promoter", "Low share (20%)", "Major issue open", "Not now.", "<script"):
        assert (text in page.text) == (text != "<script"), text


def test_only_its_site_may_show_it_and_nobody_keeps_it(app: Flask, client: FlaskClient) -> None:
    account_id, _contact = make_customer()
    headers = client.get(_path(_mint(client, account_id, token(app)))).headers
    assert f"frame-ancestors {CRM};" in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "X-Frame-Options" not in headers
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(("language", "words"), [("es", "Promotor"), ("ru", "Промоутер")])
def test_it_speaks_the_language_of_its_link(app: Flask, client: FlaskClient, language: str, words: str) -> None:
    account_id, _contact = make_customer()
    page = client.get(_path(_mint(client, account_id, token(app), language=language)))
    assert (f'lang="{language}"' in page.text, words in page.text) == (True, True)


def test_another_site_gets_no_link(app: Flask, client: FlaskClient) -> None:
    account_id, _contact = make_customer()
    response = _mint(client, account_id, token(app), origin="https://evil.example")
    assert (response.status_code, list(response.get_json()["errors"])) == (422, ["origin"])


def test_an_old_link_says_what_to_do(app: Flask, client: FlaskClient) -> None:
    account_id, _contact = make_customer(name="Nordbau")
    path = _path(_mint(client, account_id, token(app)))
    with clock.frozen(NOW + timedelta(minutes=10)):
        page = client.get(path)
    assert (page.status_code, "Nordbau" in page.text) == (410, False)
    assert "Reload the page around it." in page.text


def test_a_changed_link_is_none(app: Flask, client: FlaskClient) -> None:
    account_id, _contact = make_customer()
    path = _path(_mint(client, account_id, token(app)))
    for place in range(len("/embed/standing/"), len(path), 7):
        changed = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        assert client.get(changed).status_code == 404
        assert "frame-ancestors 'none'" in client.get(changed).headers["Content-Security-Policy"]


def test_somebody_elses_customer_gets_no_link(app: Flask, client: FlaskClient) -> None:
    me, account_id = make_user(Role.ACCOUNT_MANAGER), make_account(owner_id=make_user(Role.ACCOUNT_MANAGER))
    assert _mint(as_user(client, me), account_id).status_code == 404


def test_a_system_makes_it_for_a_person_who_sees_only_their_own(app: Flask, client: FlaskClient) -> None:
    make_user(Role.ACCOUNT_MANAGER, email="ana@acme.example")
    account_id, _contact = make_customer()
    assert _mint(client, account_id, token(app), for_email="ana@acme.example").status_code == 404
    assert _mint(client, account_id, token(app), for_email="nobody@acme.example").status_code == 422


def test_who_left_sees_nothing_with_a_link_from_before(app: Flask, client: FlaskClient) -> None:
    owner = make_user(Role.ACCOUNT_MANAGER, email="ana@acme.example")
    account_id, _contact = make_customer(name="Nordbau", owner_id=owner)
    path = _path(_mint(client, account_id, token(app), for_email="ana@acme.example"))
    assert client.get(path).status_code == 200
    with transaction() as session:
        session.get_one(User, owner).active = False
    page = client.get(path)
    assert (page.status_code, "Nordbau" in page.text) == (404, False)


def test_a_revoked_token_takes_its_links_along(app: Flask, client: FlaskClient) -> None:
    account_id, _contact = make_customer()
    path = _path(_mint(client, account_id, token(app)))
    with transaction():
        revoke_token(1, actor="user:1")
    assert client.get(path).status_code == 404


def test_a_link_opens_nothing_else(app: Flask, client: FlaskClient) -> None:
    account_id, _contact = make_customer()
    secret = _path(_mint(client, account_id, token(app))).rpartition("/")[2]
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"/api/v1/accounts/{account_id}", headers=bearer).status_code == 401
    for path in (f"/s/{secret}", f"/u/{secret}", f"/v/{secret}"):
        assert client.get(path).status_code in {404, 410}
