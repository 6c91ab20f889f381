"""Complaints, entered by hand or handed in by another system: each once, none lost."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from tests.factories import make_contact
from tests.slices.issues.openings import NOW, House, found_house


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> Iterator[House]:
    with clock.frozen(NOW):
        yield found_house(app, client)


def test_a_complaint_is_taken_once(house: House) -> None:
    named = {"external_system": "desk", "external_id": "T-1"}
    first, again = house.complain(**named), house.complain(**named)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["id"] == again.json["id"]
    assert (first.json["title"], first.json["why"]) == ("The bill is wrong", "The customer complained; desk handed it in.")
    assert house.complain(**named, title="Another").status_code == 409
    assert house.count(Issue) == 1


def test_a_complaint_about_a_defect_joins_the_issue_about_it(house: House) -> None:
    house.defects("late")
    opened = house.answer("p1", 5, defects=["late"])["issue_id"]
    joined = house.complain(defect="late", severity="major").json
    assert (joined["id"], joined["severity"]) == (opened, "major")
    assert [voice["source"] for voice in joined["voices"]] == ["response", "complaint"]


def test_a_complaint_of_a_customer_who_is_not_known_yet_is_not_lost(house: House) -> None:
    who = {"account_external_id": "NEW-1", "account_name": "Nordbau", "contact_external_id": "n-1", "contact_name": "Ana Ruiz"}
    body = {"source": "complaint", "text": "Nobody calls back", "external_system": "desk", "external_id": "T-9", **who}
    made = house.client.post("/api/v1/issues", json=body | {"contact_role": "decision_maker"}, headers=house.bearer)
    assert (made.status_code, made.json["severity"]) == (201, "major"), "who decides is heard as such"
    account = house.client.get(f"/api/v1/accounts/{made.json['account_id']}", headers=house.bearer).json
    with house.app.app_context():
        person = db.session.get_one(Contact, made.json["voices"][0]["contact_id"]).name
    assert (account["name"], person) == ("Nordbau", "Ana Ruiz")
    again = house.client.post("/api/v1/issues", json=body | {"contact_role": "decision_maker"}, headers=house.bearer)
    assert (again.status_code, again.json["id"]) == (200, made.json["id"])


def test_a_complaint_of_nobody_in_particular_makes_nobody(house: House) -> None:
    body = {"source": "complaint", "text": "Nobody calls back"}
    for account in ("ACME", "NEW-1"):
        made = house.client.post("/api/v1/issues", json=body | {"account_external_id": account}, headers=house.bearer)
        assert (made.status_code, made.json["voices"][0]["contact_id"]) == (201, None), made.json
    assert (house.count(Contact), house.count(Account)) == (0, 2)


def test_somebody_new_at_an_account_that_is_known_by_our_id_is_taken(house: House) -> None:
    made = house.complain(contact_external_id="n-1", contact_name="Ana Ruiz")
    assert (made.status_code, house.count(AccountContact)) == (201, 1), made.json


def test_a_complaint_that_is_refused_leaves_no_customer_behind(house: House) -> None:
    who = {"account_external_id": "NEW-1", "contact_external_id": "n-1", "defect": "unheard-of"}
    refused = house.client.post("/api/v1/issues", json={"source": "complaint", "text": "x", **who}, headers=house.bearer)
    assert (refused.status_code, house.count(Account), house.count(Contact)) == (422, 1, 0)


def test_a_person_who_names_an_account_that_is_not_there_made_a_mistake(house: House) -> None:
    body = {"source": "complaint", "text": "Nobody calls back", "account_external_id": "NEW-1"}
    assert house.client.post("/api/v1/issues", json=body).status_code == 404
    unknown = house.post("", title="x", account_external_id="ACME", account_name="Nordbau")
    assert (unknown.status_code, "account_name" in unknown.json["errors"]) == (422, True)


def test_harm_to_the_customers_own_customers_makes_an_issue_graver_once(house: House) -> None:
    issue = house.complain(harm={"count": 40, "what": "Their insured wait"}).json
    assert (issue["severity"], issue["harmed_count"]) == ("major", 40)
    put = {"json": {"harms": True, "count": 50}}
    assert house.client.put(f"/api/v1/issues/{issue['id']}/harm", **put).json["severity"] == "major"
    back = house.client.put(f"/api/v1/issues/{issue['id']}/harm", json={"harms": False}).json
    assert (back["severity"], back["harmed_count"]) == ("minor", None)


@pytest.mark.parametrize(("said", "severity"), [({}, "major"), ({"severity": "minor"}, "minor")])
def test_a_decision_makers_complaint_is_as_grave_as_their_low_score(house: House, said: dict[str, str], severity: str) -> None:
    with house.app.app_context():
        contact = make_contact(house.account, "decision_maker")
    assert house.complain(contact_id=contact, **said).json["severity"] == severity


def test_a_complaint_of_somebody_else_is_minor_unless_it_says_more(house: House) -> None:
    assert house.complain().json["severity"] == "minor"


def test_somebody_of_another_customer_gets_no_role_by_a_mistyped_id(house: House) -> None:
    other = {"account_external_id": "NEW-2", "account_name": "Faro", "contact_external_id": "f-1", "contact_name": "Bo"}
    body = {"source": "complaint", "text": "Nobody calls back", **other}
    assert house.client.post("/api/v1/issues", json=body, headers=house.bearer).status_code == 201
    refused = house.complain(contact_external_id="f-1")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["contact_external_id"])
    assert house.complain(contact_external_id="f-1", contact_role="user").status_code == 201
