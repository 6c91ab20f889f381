"""Withdrawals, ends, stop lists and countries' policies: the very next decision knows them, and says from what."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent, Suppression
from feedback.permission.rules import Coverage, SuppressionReason
from tests.factories import insert, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import EVALUATE, NOW, ago, give_consent, make_customer, question

API = "/api/v1"


class Shop:
    """A promoter in Germany who allowed offers by e-mail, at noon of a Monday."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client, self.headers = app, client, token(app)
        with app.app_context():
            self.account, self.contact = make_customer(country="DE", time_zone="Europe/Berlin")

    def call(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.open(f"{API}/{path}", method=method, json=body or None, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    def decide(self, **values: Any) -> dict[str, Any]:
        answer = self.client.post(EVALUATE, json=question(self.account, **values), headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def evidence(self, decision: dict[str, Any], code: str) -> list[dict[str, Any]]:
        return next(reason["evidence"] for reason in decision["reasons"] if reason["code"] == code)

    def state(self, decision: dict[str, Any]) -> str:
        return self.call("GET", f"gate/decisions/{decision['decision_id']}")["state"]

    def notice(self, purpose: str = "offers", **values: Any) -> int:
        words = {"purpose": purpose, "locale": "en", "text": "We send offers.", **values}
        return self.call("POST", "privacy-notices", 201, **words)["id"]

    def policy(self, status: int = 201, **values: Any) -> Any:
        row = {"country": "DE", "purpose": "offers", "stance": "never", "reason": "Law", **values}
        return self.call("POST", "country-policies", status, **row)


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Iterator[Shop]:
    with clock.frozen(NOW):
        yield Shop(app, client)


def test_a_withdrawal_at_ten_blocks_a_second_later_and_shows_notice_and_evidence(shop: Shop) -> None:
    notice = shop.notice()
    first = shop.decide()
    said = {"purpose": "offers", "channel": "email", "action": "withdrawn", "basis": "contact", "evidence": "call 77"}
    event = shop.call("POST", f"contacts/{shop.contact}/consents", 201, **said, occurred_at=NOW.isoformat(), notice_id=notice)
    with clock.frozen(NOW + timedelta(seconds=1)):
        second = shop.decide()
        assert (second["outcome"], shop.state(first)) == ("block", "invalidated")
    assert shop.evidence(second, "consent_refused") == [
        {"type": "consent_event", "id": event["id"]},
        {"type": "notice", "id": notice},
    ]
    assert (event["evidence"], len(event["wording_hash"])) == ("call 77", 64)


def test_a_yes_ends_and_no_decision_outlives_it(shop: Shop) -> None:
    ends = NOW + timedelta(hours=2)
    with shop.app.app_context():
        give_consent(shop.contact, valid_until=ends, occurred_at=ago(1))
    assert shop.decide()["expires_at"] == ends.isoformat()
    with clock.frozen(ends):
        ended = shop.decide()
    assert (ended["inputs"]["consent"], ended["outcome"]) == ("not_recorded", "block")
    assert "ended on" in next(reason["text"] for reason in ended["reasons"] if reason["code"] == "consent_missing")


ENTRIES = {
    "person": lambda shop: {"contact_id": shop.contact},
    "account": lambda shop: {"account_id": shop.account},
    "address": lambda _shop: {"address": "Ana@Acme.example"},
    "domain": lambda _shop: {"address": "@acme.example"},
}


@pytest.mark.parametrize("named", ENTRIES)
@pytest.mark.parametrize("covers", ["offers", "all"])
def test_the_stop_list_blocks_offers_at_once_and_ends_open_decisions(shop: Shop, named: str, covers: str) -> None:
    with shop.app.app_context():
        db.session.execute(sa.update(Contact).values(email="ana@acme.example"))
        db.session.commit()
    first = shop.decide()
    listed = shop.call("POST", "suppressions", 201, **ENTRIES[named](shop), covers=covers, reason="complaint")
    second = shop.decide()
    assert (second["outcome"], shop.state(first)) == ("block", "invalidated")
    assert shop.evidence(second, "consent_refused")[0] == {"type": "suppression", "id": listed["id"]}
    shop.call("DELETE", f"suppressions/{listed['id']}")
    assert (shop.decide()["outcome"], shop.state(second)) == ("allow", "invalidated")


def test_who_wants_no_surveys_may_still_be_sold_to(shop: Shop) -> None:
    first = shop.decide()
    shop.call("POST", "suppressions", 201, contact_id=shop.contact, reason="manual", covers="surveys")
    assert (shop.decide()["outcome"], shop.state(first)) == ("allow", "live")


def test_an_entry_about_calls_says_nothing_about_mails(shop: Shop) -> None:
    with shop.app.app_context():
        give_consent(shop.contact, channel="phone")
    shop.call("POST", "suppressions", 201, contact_id=shop.contact, reason="manual", covers="offers", channel="phone")
    assert (shop.decide()["outcome"], shop.decide(channel="phone")["outcome"]) == ("allow", "block")


def test_an_entry_that_ends_is_over_then_and_no_decision_outlives_it(shop: Shop) -> None:
    ends = NOW + timedelta(hours=3)
    shop.call("POST", "suppressions", 201, contact_id=shop.contact, reason="legal", covers="offers", until=ends.isoformat())
    blocked = shop.decide()
    assert (blocked["outcome"], blocked["expires_at"]) == ("block", ends.isoformat())
    with clock.frozen(ends):
        assert shop.decide()["outcome"] == "allow"


def test_an_address_of_somebody_erased_still_gets_no_offers(shop: Shop) -> None:
    with shop.app.app_context():
        from feedback.permission.suppressions import sealed

        db.session.execute(sa.update(Contact).values(email="ana@acme.example"))
        db.session.commit()
        values = {"reason": SuppressionReason.OBJECTION, "covers": Coverage.OFFERS, "created_by": "x", "created_at": NOW}
        insert(Suppression, address=sealed("ana@acme.example"), **values)
    assert shop.decide()["outcome"] == "block"


@pytest.mark.parametrize("named", [{}, {"contact_id": 1, "account_id": 1}, {"contact_id": 999}])
def test_an_entry_names_one_who_exists(shop: Shop, named: dict[str, int]) -> None:
    shop.call("POST", "suppressions", 422, covers="offers", reason="manual", **named)


def test_who_runs_surveys_lists_nobody_for_offers(shop: Shop) -> None:
    with shop.app.app_context():
        as_user(shop.client, make_user(Role.EXPERIENCE_MANAGER))
    shop.headers = {}
    shop.call("POST", "suppressions", 403, contact_id=shop.contact, covers="offers", reason="manual")
    shop.call("POST", "suppressions", 201, contact_id=shop.contact, covers="surveys", reason="manual")


def test_never_holds_at_once_in_that_country_only(shop: Shop) -> None:
    first = shop.decide()
    assert shop.policy()["approved_at"] is not None
    second = shop.decide()
    assert (second["outcome"], shop.state(first)) == ("block", "invalidated")
    assert shop.evidence(second, "consent_refused")[0]["type"] == "country_policy"
    shop.call("PATCH", f"accounts/{shop.account}", country="FR")
    assert (shop.decide()["outcome"], shop.state(second)) == ("allow", "invalidated")


def test_a_legitimate_interest_needs_a_notice_and_a_second_person(shop: Shop) -> None:
    assert "notice_id" in shop.policy(422, stance="legitimate_interest")["errors"]
    assert "notice_id" in shop.policy(422, stance="legitimate_interest", notice_id=shop.notice("feedback"))["errors"]
    row = shop.policy(stance="legitimate_interest", notice_id=shop.notice(), channel="phone")
    assert (row["approved_at"], shop.decide(channel="phone")["inputs"]["consent"]) == (None, "not_recorded")
    shop.call("PUT", f"country-policies/{row['id']}/decision", 403, approve=True)
    shop.headers = token(shop.app)
    shop.call("PUT", f"country-policies/{row['id']}/decision", approve=True)
    found = shop.decide(channel="phone")
    assert found["inputs"]["consent"] == "allowed"
    shop.call("PUT", f"country-policies/{row['id']}/decision", 409, approve=False)


def test_an_objection_wins_over_a_legitimate_interest(shop: Shop) -> None:
    row = shop.policy(stance="legitimate_interest", notice_id=shop.notice())
    shop.headers = token(shop.app)
    shop.call("PUT", f"country-policies/{row['id']}/decision", approve=True)
    said = {"purpose": "offers", "channel": "email", "action": "objected", "basis": "contact", "evidence": "letter"}
    shop.call("POST", f"contacts/{shop.contact}/consents", 201, **said, occurred_at=NOW.isoformat())
    assert shop.decide()["outcome"] == "block"


def test_a_policy_of_a_later_day_holds_from_then_and_no_decision_outlives_that(shop: Shop) -> None:
    begins = NOW + timedelta(hours=1)
    shop.policy(country="*", effective_at=begins.isoformat())
    decision = shop.decide()
    assert (decision["outcome"], decision["expires_at"]) == ("allow", begins.isoformat())
    with clock.frozen(begins):
        assert shop.decide()["outcome"] == "block"


def test_how_long_a_yes_holds_is_a_policy_too(shop: Shop) -> None:
    shop.policy(stance="consent_required", max_age_days=99)
    assert shop.decide()["inputs"]["consent"] == "not_recorded"


def test_a_proposal_can_be_turned_down_and_changes_nothing(shop: Shop) -> None:
    row = shop.policy(stance="legitimate_interest", notice_id=shop.notice(), channel="phone")
    assert shop.call("PUT", f"country-policies/{row['id']}/decision", approve=False)["declined_at"] is not None
    assert shop.decide(channel="phone")["inputs"]["consent"] == "not_recorded"


def test_the_same_words_are_no_new_notice_and_other_words_are_the_next(shop: Shop) -> None:
    first = shop.notice()
    assert shop.notice(text=" We send offers.\n") == first
    shop.notice(text="We send offers and news.")
    assert [one["number"] for one in shop.call("GET", "privacy-notices?purpose=offers")["items"]] == [2, 1]


@pytest.mark.parametrize("table", ["notice", "country_policy", "consent_event"])
def test_what_was_written_down_stays_as_it_was(shop: Shop, table: str) -> None:
    shop.notice()
    shop.policy()
    rows = sa.table(table, sa.column("id"))
    for change in (sa.delete(rows), sa.update(rows).values(id=rows.c.id + 100)):
        with shop.app.app_context(), pytest.raises(sa.exc.DatabaseError):
            db.session.execute(change)


def test_what_a_statement_rests_on_cannot_be_changed(shop: Shop) -> None:
    for column in ("valid_until", "notice_id", "wording_hash", "captured_via"):
        with shop.app.app_context(), pytest.raises(sa.exc.DatabaseError):
            db.session.execute(sa.update(ConsentEvent).values({column: NOW if column == "valid_until" else 1}))


def test_a_decided_proposal_cannot_be_decided_again(shop: Shop) -> None:
    shop.policy()
    with shop.app.app_context(), pytest.raises(sa.exc.DatabaseError):
        db.session.execute(sa.text("UPDATE country_policy SET approved_by = 'me'"))
