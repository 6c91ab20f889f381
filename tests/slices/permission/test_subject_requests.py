"""What people ask by right: a month, two more once, a file of everything, an erasure, an objection; and receipts."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.rights import due_on
from tests.factories import make_contact, make_user
from tests.logins import as_user
from tests.slices.gate.world import NOW
from tests.slices.permission.test_grounds import Shop


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Iterator[Shop]:
    with clock.frozen(NOW):
        yield Shop(app, client)


def ask(shop: Shop, kind: str, **values: object) -> dict[str, object]:
    found: dict[str, object] = shop.call("POST", "subject-requests", 201, contact_id=shop.contact, kind=kind, **values)
    return found


@pytest.mark.parametrize(
    ("received", "extended", "last"),
    [
        (date(2026, 11, 2), False, date(2026, 12, 2)),
        (date(2027, 1, 31), False, date(2027, 2, 28)),
        (date(2026, 11, 30), True, date(2027, 2, 28)),
        (date(2026, 12, 31), False, date(2027, 1, 31)),
    ],
)
def test_it_has_to_be_done_within_a_month_or_three(received: date, extended: bool, last: date) -> None:
    assert due_on(received, extended=extended) == last


def test_a_request_is_extended_once_with_a_reason(shop: Shop) -> None:
    noted = ask(shop, "access", received_on="2026-10-20")
    assert noted["due_on"] == "2026-11-20"
    address = f"subject-requests/{noted['id']}/extension"
    assert shop.call("PUT", address, reason="Two archives")["due_on"] == "2027-01-20"
    shop.call("PUT", address, 409, reason="Again")


def test_a_request_that_is_late_is_not_extended(shop: Shop) -> None:
    noted = ask(shop, "access", received_on="2026-09-01")
    shop.call("PUT", f"subject-requests/{noted['id']}/extension", 409, reason="Late")


def test_a_day_that_has_not_come_is_refused(shop: Shop) -> None:
    shop.call("POST", "subject-requests", 422, contact_id=shop.contact, kind="access", received_on="2026-12-01")


def test_the_file_holds_what_is_known_about_the_person_and_nothing_of_anybody_else(shop: Shop) -> None:
    with shop.app.app_context():
        make_contact(shop.account, name="Zephyrine")
        mine = sa.update(Contact).where(Contact.id == shop.contact)
        db.session.execute(mine.values(email="ana@acme.example", not_now_reason="sabbatical"))
        db.session.commit()
    noted = ask(shop, "portability")
    data = shop.call("GET", f"subject-requests/{noted['id']}/file")["data"]
    assert {"contact", "consent_event", "response", "account_contact", "subject_request"} <= set(data)
    assert data["contact"][0]["not_now_reason"] == "sabbatical"
    text = shop.client.get(f"/api/v1/subject-requests/{noted['id']}/file?format=text", headers=shop.headers).text
    assert ("ana@acme.example" in text, "Zephyrine" in text) == (True, False)


def test_an_erasure_erases_and_the_request_stays_as_its_proof(shop: Shop) -> None:
    noted = ask(shop, "erasure", note="letter of Ana")
    done = shop.call("PUT", f"subject-requests/{noted['id']}/outcome", state="done", result="erased")
    assert (done["state"], done["erasure_id"] is not None, done["note"]) == ("done", True, None)
    with shop.app.app_context():
        assert db.session.get_one(Contact, shop.contact).erased_at == NOW
    shop.call("PUT", f"subject-requests/{noted['id']}/outcome", 409, state="done", result="again")


def test_an_objection_blocks_the_next_decision(shop: Shop) -> None:
    noted = ask(shop, "objection")
    shop.call("PUT", f"subject-requests/{noted['id']}/outcome", state="done", result="written down")
    assert shop.decide()["outcome"] == "block"


def test_a_refusal_has_a_reason_and_closes(shop: Shop) -> None:
    noted = ask(shop, "rectification")
    shop.call("PUT", f"subject-requests/{noted['id']}/outcome", 422, state="open", result="x")
    assert shop.call("PUT", f"subject-requests/{noted['id']}/outcome", state="refused", result="It is right")["closed_at"]


def test_the_list_begins_with_what_is_due_first(shop: Shop) -> None:
    late, soon = (ask(shop, "access", received_on=day)["id"] for day in ("2026-11-01", "2026-10-15"))
    shop.call("PUT", f"subject-requests/{ask(shop, 'access')['id']}/outcome", state="refused", result="x")
    assert [one["id"] for one in shop.call("GET", "subject-requests")["items"]][:2] == [soon, late]


def test_the_privacy_officer_sees_all_of_it_and_sells_nothing(shop: Shop) -> None:
    ask(shop, "access")
    with shop.app.app_context():
        as_user(shop.client, make_user(Role.PRIVACY_OFFICER))
    shop.headers = {}
    for path in ("subject-requests", "suppressions", "country-policies", "privacy-notices", f"contacts/{shop.contact}/consents"):
        shop.call("GET", path)
    asked = {"account_id": shop.account, "purpose": "offers", "channel": "email", "initiation": "outbound"}
    shop.call("POST", "gate/evaluate", 403, **asked)


def test_a_receipt_says_who_what_when_and_what_was_shown(shop: Shop) -> None:
    said = {"purpose": "offers", "channel": "phone", "action": "granted", "basis": "consent", "evidence": "call 7"}
    at = (NOW - timedelta(minutes=5)).isoformat()
    event = shop.call("POST", f"contacts/{shop.contact}/consents", 201, **said, occurred_at=at, notice_id=shop.notice())
    receipt = shop.call("GET", f"consents/{event['id']}/receipt")
    assert (receipt["notice_number"], receipt["notice_text"]) == (1, "We send offers.")
    for words in ("Contact", "Yes to offers by phone.", "call 7", "We send offers.", "November 2, 2026"):
        assert words in receipt["text"]
    with shop.app.app_context():
        as_user(shop.client, make_user(Role.PRIVACY_OFFICER))
    assert "Yes to offers by phone." in shop.client.get(f"/consents/{event['id']}/receipt").text


def test_somebody_elses_receipt_is_not_found(shop: Shop) -> None:
    with shop.app.app_context():
        as_user(shop.client, make_user(Role.ACCOUNT_MANAGER))
    shop.headers = {}
    shop.call("GET", "consents/1/receipt", 404)
    shop.call("GET", "consents/99/receipt", 404)
