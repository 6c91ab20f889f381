"""The customer's own page: looking writes nothing, a no holds on the next decision, programs press nothing."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.preference_links import find_contact, preference_token
from feedback.permission.rules import Channel, ConsentAction, Purpose
from tests.slices.gate.world import NOW, give_consent
from tests.slices.permission.test_grounds import Shop


def found_in(page: str, pattern: str) -> re.Match[str]:
    """Where it stands in the page, which it does."""
    found = re.search(pattern, page, re.S)
    assert found is not None
    return found


class Visitor:
    """Somebody with a link, and a salesperson who asks the gate."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.shop, self.app, self.client = Shop(app, client), app, app.test_client()
        with app.app_context():
            give_consent(self.shop.contact, channel=Channel.PHONE)
            self.token = preference_token(self.shop.contact)
        self.address = f"/p/{self.token}"

    def send(self, *, seconds: float = 9, language: str = "en", **fields: str) -> TestResponse:
        page = self.client.get(f"{self.address}?lang={language}").text
        form = {"view": found_in(page, r'name="view" value="([^"]+)"')[1], **self.chosen(page), **fields}
        with clock.frozen(clock.now() + timedelta(seconds=seconds)):
            return self.client.post(f"{self.address}?lang={language}", data=form)

    def chosen(self, page: str) -> dict[str, str]:
        """What a browser sends of the page as it is."""
        lists = re.findall(r'<select id="([^"]+)".*?</select>', page, re.S)
        whole = {name: found_in(page, rf'<select id="{re.escape(name)}".*?</select>')[0] for name in lists}
        picked = {name: re.search(r'value="([^"]*)" selected', text) for name, text in whole.items()}
        return {name: found[1] for name, found in picked.items() if found}

    def ledger(self) -> list[tuple[str, str, str]]:
        with self.app.app_context():
            rows = db.session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id))
            return [(row.purpose.value, row.channel.value, row.action.value) for row in rows]

    def contact(self, *names: str) -> tuple[Any, ...]:
        with self.app.app_context():
            row = db.session.get_one(Contact, self.shop.contact)
            return tuple(getattr(row, name) for name in names)


@pytest.fixture
def ana(app: Flask, client: FlaskClient) -> Iterator[Visitor]:
    with clock.frozen(NOW):
        yield Visitor(app, client)


def test_looking_at_the_page_writes_nothing(ana: Visitor) -> None:
    before = ana.ledger()
    for method in ("HEAD", "GET", "OPTIONS"):
        assert ana.client.open(ana.address, method=method).status_code == 200
    assert (ana.ledger(), ana.contact("updated_at")) == (before, ana.contact("updated_at"))
    headers = ana.client.get(ana.address).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("token", ["1-x", "x", "1", "-", "99999999999999-x", "1-é", "0-"])
def test_a_guessed_link_leads_nowhere(ana: Visitor, token: str) -> None:
    assert ana.client.get(f"/p/{token}").status_code == 404
    assert ana.client.post(f"/p/{token}", data={"offers.phone": "no"}).status_code == 404


def test_a_link_is_good_for_one_person_only(ana: Visitor) -> None:
    other = ana.token.replace(f"{ana.shop.contact}-", f"{ana.shop.contact + 1}-")
    with ana.app.app_context():
        found = find_contact(ana.token)
        assert found is not None
        assert (find_contact(other), found.id) == (None, ana.shop.contact)


def test_an_erased_persons_link_is_dead(ana: Visitor) -> None:
    with ana.app.app_context():
        db.session.execute(sa.update(Contact).values(erased_at=NOW))
        db.session.commit()
    assert ana.client.get(ana.address).status_code == 404


def test_a_no_to_calls_is_a_block_on_the_next_decision(ana: Visitor) -> None:
    first = ana.shop.decide(channel="phone")
    notice = ana.shop.notice()
    assert ana.send(**{"offers.phone": "no"}).status_code == 303
    second = ana.shop.decide(channel="phone")
    assert (first["outcome"], second["outcome"], ana.shop.state(first)) == ("allow", "block", "invalidated")
    assert {"type": "notice", "id": notice} in ana.shop.evidence(second, "consent_refused")
    assert ana.ledger()[-1] == ("offers", "phone", "withdrawn")
    assert ana.shop.decide()["outcome"] == "allow"


def test_what_stays_as_it_was_is_not_said_again(ana: Visitor) -> None:
    before = ana.ledger()
    assert ana.send().status_code == 303
    assert ana.ledger() == before


def test_stopping_everything_needs_the_tick_and_can_be_taken_back(ana: Visitor) -> None:
    assert ana.send(stop="1").status_code == 422
    assert ana.send(stop="1", stop_sure="1").status_code == 303
    said = ana.ledger()[2:]
    assert {action for purpose, _channel, action in said if purpose == "offers"} == {"objected"}
    assert {action for purpose, _channel, action in said if purpose == "feedback"} == {"refused"}
    assert ana.shop.decide()["outcome"] == "block"
    with clock.frozen(NOW + timedelta(minutes=1)):
        ana.send(**{"offers.email": "yes"})
        assert ana.shop.decide()["outcome"] == "allow"


@pytest.mark.parametrize("sent", [{"seconds": 0.5}, {"website": "x"}, {"view": "forged"}])
def test_programs_change_nothing(ana: Visitor, sent: dict[str, Any]) -> None:
    before = ana.ledger()
    assert ana.send(**{"offers.phone": "no", **sent}).status_code == 422
    assert ana.ledger() == before


def test_a_pause_and_a_not_now_are_kept_and_end_open_decisions(ana: Visitor) -> None:
    first = ana.shop.decide()
    days = {"paused_from": "2026-12-20", "paused_until": "2027-01-10", "not_now_until": "2026-11-20"}
    ana.send(**days, not_now_reason="budget_cycle", preferred_channel="phone", best_hours="morning")
    kept = ("paused_from", "paused_until", "not_now_until", "not_now_reason", "preferred_channel", "best_hours")
    wanted = (date(2026, 12, 20), date(2027, 1, 10), date(2026, 11, 20), "budget_cycle", "phone", "morning")
    assert ana.contact(*kept) == wanted
    assert ana.shop.state(first) == "invalidated"
    ana.send(paused_from="", paused_until="")
    assert ana.contact("paused_from", "not_now_until") == (None, None)


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("paused_until", {"paused_from": "2026-12-20"}),
        ("paused_until", {"paused_from": "2026-12-20", "paused_until": "2026-12-20"}),
        ("not_now_until", {"not_now_until": "2026-10-01"}),
        ("not_now_until", {"not_now_until": "2029-10-01"}),
        ("not_now_until", {"not_now_until": "tomorrow"}),
    ],
)
def test_a_day_that_makes_no_sense_is_marked_and_nothing_is_kept(ana: Visitor, field: str, sent: dict[str, str]) -> None:
    answer = ana.send(**sent, **{"offers.phone": "no"})
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert (ana.contact("paused_from", "not_now_until"), len(ana.ledger())) == ((None, None), 2)


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "What may we do"), ("es", "¿Qué podemos hacer"), ("ru", "Что нам можно")],
)
def test_it_speaks_the_readers_language_and_says_what_is_kept(ana: Visitor, language: str, title: str) -> None:
    page = ana.client.get(f"{ana.address}?lang={language}").text
    assert title in page
    assert "<script" not in page
    kept = ana.client.get(ana.send(language=language).headers["Location"])
    assert 'role="status"' in kept.text


def test_who_wants_questions_again_comes_off_the_list(ana: Visitor) -> None:
    with ana.app.app_context():
        give_consent(ana.shop.contact, ConsentAction.WITHDRAWN, purpose=Purpose.FEEDBACK)
    ana.shop.call("POST", "suppressions", 201, contact_id=ana.shop.contact, covers="surveys", reason="unsubscribed")
    ana.send(**{"feedback.email": "yes"})
    assert ana.shop.call("GET", "suppressions")["items"][0]["lifted_at"] is not None


def test_who_stands_on_the_stop_list_or_is_ruled_out_reads_so(ana: Visitor) -> None:
    ana.shop.call("POST", "suppressions", 201, contact_id=ana.shop.contact, covers="offers", reason="manual", channel="phone")
    ana.shop.policy(channel="sms")
    page = ana.client.get(ana.address).text
    assert "You stand on our list" in page
    assert "not do this in your country" in page
