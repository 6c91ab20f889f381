"""/api/v1/accounts and contacts: what each field does, whose it is, and that every input of the gate can be changed."""

import csv
import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from tests.factories import make_account, make_contact, make_team, make_user
from tests.logins import as_user, token

BASE = "/api/v1"


@pytest.fixture
def system(app: Flask, client: FlaskClient) -> FlaskClient:
    """A client of another system with all scopes."""
    client.environ_base["HTTP_AUTHORIZATION"] = token(app)["Authorization"]
    return client


def stored(app: Flask, *columns: Any) -> list[tuple[Any, ...]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.select(*columns))]


def make(app: Flask, **values: Any) -> int:
    with app.app_context():
        return make_account(**values)


def test_an_account_is_created_with_owner_and_team(app: Flask, system: FlaskClient) -> None:
    with app.app_context():
        make_user(Role.ACCOUNT_MANAGER, email="Ada@example.com", name="Ada")
        make_team(code="claims")
    body = {"external_id": "A", "name": "One", "owner_email": "ada@example.com", "team": "claims", "renewal_date": "2027-01-31"}
    response = system.post(f"{BASE}/accounts", json=body)
    assert response.status_code == 201
    assert response.json["owner"]["name"] == "Ada"
    assert (response.json["team"], response.json["renewal_date"], response.json["play"]) == (
        "claims",
        "2027-01-31",
        "survey_first",
    )


def test_an_external_id_is_taken_once(app: Flask, system: FlaskClient) -> None:
    make(app, external_id="A")
    assert system.post(f"{BASE}/accounts", json={"external_id": "A", "name": "Two"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"owner_email": "nobody@example.com"}, "owner_email"),
        ({"team": "nope"}, "team"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"value_tier": "D"}, "value_tier"),
        ({"annual_revenue": -1}, "annual_revenue"),
        ({"annual_revenue": "NaN"}, "annual_revenue"),
        ({"renewal_date": "soon"}, "renewal_date"),
        ({"id": 7}, "id"),
        ({"owner_id": 7}, "owner_id"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "created_at"),
    ],
)
def test_what_an_account_cannot_be(app: Flask, system: FlaskClient, body: dict[str, Any], field: str) -> None:
    response = system.patch(f"{BASE}/accounts/{make(app)}", json=body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_patch_changes_what_is_named_and_put_empties_the_rest(app: Flask, system: FlaskClient) -> None:
    account = make(app, segment="SMB", region="north", value_tier="A")
    patched = system.patch(f"{BASE}/accounts/{account}", json={"region": None, "industry": "media"}).json
    assert (patched["segment"], patched["region"], patched["industry"]) == ("SMB", None, "media")
    put = system.put(f"{BASE}/accounts/{account}", json={"name": "New"}).json
    assert (put["name"], put["segment"], put["industry"], put["value_tier"]) == ("New", None, None, "A")
    assert [row[0] for row in stored(app, AuditEvent.action) if row[0].startswith("account.")] == ["account.changed"] * 2


def test_lists_page_by_name_and_filter(app: Flask, system: FlaskClient) -> None:
    with app.app_context():
        for number in range(5):
            make_account(name=f"Shop {number % 2}", segment="SMB")
        make_account(name="Else", segment="Large")
    first = system.get(f"{BASE}/accounts?limit=3&segment=SMB").json
    second = system.get(f"{BASE}/accounts?limit=3&segment=SMB&cursor={first['next_cursor']}").json
    names = [item["name"] for item in first["items"] + second["items"]]
    assert (names, second["next_cursor"]) == (["Shop 0"] * 3 + ["Shop 1"] * 2, None)
    assert [item["name"] for item in system.get(f"{BASE}/accounts?q=els").json["items"]] == ["Else"]
    assert system.get(f"{BASE}/accounts?cursor=WzEsMl0").status_code == 422


def test_lists_filter_by_todays_play(app: Flask, system: FlaskClient) -> None:
    unhappy, silent = make(app, external_id="A"), make(app)
    system.post(f"{BASE}/responses", json={"account_external_id": "A", "contact_external_id": "c", "score": 1})
    play = system.get(f"{BASE}/accounts/{unhappy}").json["play"]
    found = {name: system.get(f"{BASE}/accounts?play={name}").json["items"] for name in (play, "survey_first")}
    assert {name: [item["id"] for item in items] for name, items in found.items()} == {play: [unhappy], "survey_first": [silent]}


def test_owner_me_is_the_viewer(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        admin = make_user(Role.ADMIN)
        mine = make_account(owner_id=admin)
        make_account()
    items = as_user(client, admin).get(f"{BASE}/accounts?owner=me").json["items"]
    assert [item["id"] for item in items] == [mine]


def test_who_creates_an_account_owns_it(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        manager = make_user(Role.ACCOUNT_MANAGER)
        make_user(Role.ACCOUNT_MANAGER, email="other@example.com")
    as_user(client, manager)
    assert client.post(f"{BASE}/accounts", json={"name": "One"}).json["owner"]["id"] == manager
    foreign = {"name": "Two", "owner_email": "other@example.com"}
    assert client.post(f"{BASE}/accounts", json=foreign).status_code == 404
    assert stored(app, Account.name) == [("One",)]


def test_who_sees_own_accounts_learns_nothing_of_other_ids(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        me = make_user(Role.ACCOUNT_MANAGER)
        mine = make_account(owner_id=me)
        make_contact(make_account(external_id="theirs"), external_id="theirs", email="private@example.com")
    as_user(client, me)
    for path in ("/accounts", f"/accounts/{mine}/contacts"):
        taken, free = (client.post(BASE + path, json={"external_id": name, "name": "x"}) for name in ("theirs", "free"))
        assert (taken.status_code, list(taken.json["errors"])) == (422, ["external_id"])
        assert (taken.status_code, taken.json) == (free.status_code, free.json)


def test_what_is_added_without_an_id_gets_one(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        me = make_user(Role.ACCOUNT_MANAGER)
    as_user(client, me)
    accounts = [client.post(f"{BASE}/accounts", json={"name": "Same"}).json for _ in range(2)]
    people = [client.post(f"{BASE}/accounts/{account['id']}/contacts", json={"name": "Ann"}).json for account in accounts]
    assert len({row["external_id"] for row in accounts} | {row["external_id"] for row in people}) == 4
    again = client.post(f"{BASE}/accounts/{accounts[1]['id']}/contacts", json={"external_id": people[0]["external_id"]})
    assert (again.status_code, again.json["id"]) == (201, people[0]["id"])


PATHS = [
    ("get", "", None),
    ("patch", "", {"name": "x"}),
    ("put", "", {"name": "x"}),
    ("get", "/timeline", None),
    ("get", "/contacts", None),
    ("post", "/contacts", {"name": "Ann"}),
    ("get", "/wallets", None),
    ("post", "/wallets", {"category": "x", "total_spend": 1}),
    ("post", "/spend", {"month": "2024-05", "amount": 1}),
    ("get", "/identities", None),
]


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
def test_somebody_elses_account_looks_missing(app: Flask, client: FlaskClient, method: str, path: str, body: Any) -> None:
    with app.app_context():
        me, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        foreign = make_account(owner_id=other)
        make_contact(foreign)
    call = getattr(as_user(client, me), method)
    theirs, missing = call(f"{BASE}/accounts/{foreign}{path}", json=body), call(f"{BASE}/accounts/999{path}", json=body)
    assert theirs.status_code == missing.status_code == 404
    assert theirs.json["detail"] == missing.json["detail"]


def test_somebody_elses_contact_looks_missing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        me = make_user(Role.ACCOUNT_MANAGER)
        foreign = make_contact(make_account(owner_id=make_user(Role.ACCOUNT_MANAGER)))
    as_user(client, me)
    assert client.get(f"{BASE}/contacts/{foreign}").status_code == 404
    assert client.patch(f"{BASE}/contacts/{foreign}", json={"name": "x"}).status_code == 404


def test_contacts_are_added_changed_and_leave(app: Flask, system: FlaskClient) -> None:
    account = make(app)
    added = system.post(f"{BASE}/accounts/{account}/contacts", json={"external_id": "c", "name": "Ann"})
    assert (added.status_code, added.json["role"], added.json["role_guessed"]) == (201, "decision_maker", True)
    contact = added.json["id"]
    changed = system.patch(f"{BASE}/contacts/{contact}", json={"not_now_until": "2030-05-01", "not_now_reason": "Budget"})
    assert (changed.json["not_now_until"], changed.json["name"]) == ("2030-05-01", "Ann")
    role = f"{BASE}/accounts/{account}/contacts/{contact}"
    assert system.patch(role, json={"role": "influencer"}).json["role_guessed"] is False
    assert system.patch(role, json={"left": True}).json["left_at"] is not None
    assert system.get(f"{BASE}/accounts/{account}/contacts").json["items"][0]["left_at"] is not None
    assert system.patch(role, json={"left": False}).json["left_at"] is None
    assert system.patch(f"{BASE}/contacts/{contact}", json={"not_now_until": None}).json["not_now_until"] is None
    assert (stored(app, AccountContact.role), stored(app, Contact.not_now_reason)) == ([("influencer",)], [("Budget",)])


def test_a_pause_has_two_days_and_wishes_are_kept(app: Flask, system: FlaskClient) -> None:
    account = make(app)
    contact = system.post(f"{BASE}/accounts/{account}/contacts", json={"external_id": "c"}).json["id"]
    wish = {"paused_from": "2030-05-01", "paused_until": "2030-05-20", "preferred_channel": "phone", "best_hours": "morning"}
    changed = system.patch(f"{BASE}/contacts/{contact}", json=wish)
    assert {name: changed.json[name] for name in wish} == wish
    for days in ({"paused_until": "2030-05-01"}, {"paused_from": None}, {"paused_until": None}):
        assert "paused_until" in system.patch(f"{BASE}/contacts/{contact}", json=days).json["errors"]
    ended = system.patch(f"{BASE}/contacts/{contact}", json={"paused_from": None, "paused_until": None})
    assert ended.json["paused_from"] is None


def test_wallets_spend_and_identities(app: Flask, system: FlaskClient) -> None:
    account = make(app)
    wallet = {"category": "audit", "total_spend": 100, "our_spend": 20, "as_of": "2026-01-01"}
    assert system.post(f"{BASE}/accounts/{account}/wallets", json=wallet).json["confidence"] == 1.0
    more = system.post(f"{BASE}/accounts/{account}/wallets", json=wallet | {"our_spend": wallet["total_spend"] + 1})
    assert (more.status_code, list(more.json["errors"])) == (422, ["our_spend"])
    system.post(f"{BASE}/accounts/{account}/wallets", json=wallet | {"total_spend": 200, "confidence": 0.5})
    assert [
        (row["total_spend"], row["confidence"]) for row in system.get(f"{BASE}/accounts/{account}/wallets").json["items"]
    ] == [(200, 0.5)]
    spend = {"month": "2024-05", "amount": 10.5}
    statuses = [
        system.post(f"{BASE}/accounts/{account}/spend", json=spend | {"amount": amount}).json["status"] for amount in (1, 1, 2)
    ]
    assert statuses == ["created", "unchanged", "updated"]
    identity = {"system": "crm", "external_id": "77"}
    assert system.post(f"{BASE}/accounts/{account}/identities", json=identity).status_code == 201
    assert system.post(f"{BASE}/accounts/{make(app)}/identities", json=identity).status_code == 409


def test_countries_and_currencies_are_codes_in_upper_case(app: Flask, system: FlaskClient) -> None:
    made = system.post(f"{BASE}/accounts", json={"name": "One", "country": "de", "currency": "eur"})
    assert (made.json["country"], made.json["currency"]) == ("DE", "EUR")
    wrong = system.patch(f"{BASE}/accounts/{made.json['id']}", json={"country": "ZZZ", "currency": "XXX"})
    assert (wrong.status_code, set(wrong.json["errors"])) == (422, {"country", "currency"})
    assert "ISO 3166-1" in wrong.json["errors"]["country"][0]


def test_spend_is_in_a_currency_that_exists(app: Flask, system: FlaskClient) -> None:
    spend = {"month": "2024-05", "amount": 1, "currency": "XXX"}
    answer = system.post(f"{BASE}/accounts/{make(app)}/spend", json=spend)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["currency"])


PARTS = {
    "contacts": [{"external_id": name} for name in "abc"],
    "wallets": [{"category": name, "total_spend": 1, "as_of": "2026-01-01"} for name in "abc"],
    "identities": [{"system": name, "external_id": "77"} for name in "abc"],
}


def pages(system: FlaskClient, url: str) -> list[list[int]]:
    found, cursor = [], ""
    while cursor is not None:
        page = system.get(f"{url}?limit=2{cursor}").json
        found.append([item["id"] for item in page["items"]])
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return found


@pytest.mark.parametrize("part", PARTS)
def test_what_an_account_has_comes_in_pages(app: Flask, system: FlaskClient, part: str) -> None:
    url = f"{BASE}/accounts/{make(app)}/{part}"
    made = [system.post(url, json=body).json["id"] for body in PARTS[part]]
    newest_first = made[::-1] if part == "wallets" else made
    assert pages(system, url) == [newest_first[:2], newest_first[2:]]


def test_who_left_comes_last_across_pages(app: Flask, system: FlaskClient) -> None:
    url = f"{BASE}/accounts/{make(app)}/contacts"
    made = [system.post(url, json=body).json["id"] for body in PARTS["contacts"]]
    system.patch(f"{url}/{made[0]}", json={"left": True})
    assert pages(system, url) == [[made[1], made[2]], [made[0]]]


def test_the_names_of_a_contact_come_in_pages(app: Flask, system: FlaskClient) -> None:
    contact = system.post(f"{BASE}/accounts/{make(app)}/contacts", json={"external_id": "c"}).json["id"]
    url = f"{BASE}/contacts/{contact}/identities"
    made = [system.post(url, json=body).json["id"] for body in PARTS["identities"]]
    assert pages(system, url) == [made[:2], made[2:]]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "Wy0xLC0xXQ", "WyJhIiwiYiJd", "W3RydWUsdHJ1ZV0"])
@pytest.mark.parametrize("part", ["contacts", "wallets"])
def test_a_cursor_that_is_not_ours_is_refused(app: Flask, system: FlaskClient, part: str, cursor: str) -> None:
    answer = system.get(f"{BASE}/accounts/{make(app)}/{part}?cursor={cursor}")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_answers_find_the_account_by_the_identity_of_their_source(app: Flask, system: FlaskClient) -> None:
    account = make(app)
    system.post(f"{BASE}/accounts/{account}/identities", json={"system": "crm", "external_id": "77"})
    answer = {"source": "crm", "account_external_id": "77", "contact_external_id": "c", "score": 9}
    assert system.post(f"{BASE}/responses", json=answer).json["account_id"] == account


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_export_holds_the_viewers_accounts_only(app: Flask, client: FlaskClient, kind: str) -> None:
    with app.app_context():
        me = make_user(Role.ACCOUNT_MANAGER, email="me@example.com")
        make_account(owner_id=me, name="=mine", external_id="A")
        make_account(name="canary-of-others")
    response = as_user(client, me).get(f"{BASE}/accounts/export?format={kind}")
    assert response.status_code == 200
    assert f"accounts.{kind}" in response.headers["Content-Disposition"]
    assert b"canary" not in response.data


def test_the_export_can_be_imported(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        me = make_user(Role.ADMIN, email="me@example.com")
        make_account(owner_id=me, name="=mine", external_id="A", annual_revenue=-0.0)
    text = as_user(client, me).get(f"{BASE}/accounts/export").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["name"], row["external_id"], row["owner_email"], row["value_tier"]) == ("'=mine", "A", "me@example.com", "B")


def test_an_unknown_export_format_is_refused(system: FlaskClient) -> None:
    assert system.get(f"{BASE}/accounts/export?format=pdf").status_code == 422
