"""The page of one person, the forms of the privacy officer, and who looked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from dashboards.pages.permission import writing
from feedback.access.rules import Role
from feedback.closed_loop.held import held_about
from feedback.closed_loop.request_reminders import remember_request, requests_to_remember
from feedback.closed_loop.subject_requests import get_request, list_requests, note_request
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.outbox.models import OutboxMessage
from feedback.permission.lookups import lookups_of
from feedback.permission.models import Notice, Suppression
from feedback.permission.notices import publish_notice
from feedback.permission.rights import RequestKind, RequestState
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.uow import transaction
from jobs.remember_requests import run
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import NOW, give_consent


@pytest.fixture
def people(app: Flask) -> dict[str, int]:
    """A privacy officer, two account managers, and Ana, who allowed offers after reading a notice and is away."""
    with app.app_context():
        ids = {"officer": make_user(Role.PRIVACY_OFFICER, name="Vera"), "stranger": make_user(Role.ACCOUNT_MANAGER)}
        ids["manager"] = make_user(Role.ACCOUNT_MANAGER, name="Mia")
        account = make_account(name="Nordbau", owner_id=ids["manager"])
        ids["ana"] = make_contact(account, name="Ana Ruiz", external_id="C-1", email="ana@nordbau.example")
        with transaction():
            notice = publish_notice(Purpose.OFFERS, "en", "We send offers twice a year.", actor="user:1").id
        give_consent(ids["ana"], evidence="Form of May", notice_id=notice)
        give_consent(ids["ana"], ConsentAction.WITHDRAWN, channel=Channel.PHONE, evidence="Call of June")
    return ids


def test_the_page_says_what_counts_what_was_said_and_what_had_been_shown(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["manager"]) as viewer:
        seen = texts(body_of(viewer, f"/app/permission/{people['ana']}"))
    for words in ("Nordbau", "Allowed", "Form of May", "We send offers twice a year.", "A yes taken back", "Receipt"):
        assert words in seen
    assert "Who looked this up" not in seen


def test_the_privacy_officer_sees_who_looked(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["manager"]) as viewer:
        body_of(viewer, f"/app/permission/{people['ana']}")
    with viewing(app, people["officer"]) as viewer:
        seen = texts(body_of(viewer, f"/app/permission/{people['ana']}"))
    assert ("Mia" in seen, "Vera" in seen) == (True, True)


def test_somebody_elses_customer_is_not_found_and_no_look(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["stranger"]) as viewer, pytest.raises(NotFound):
        body_of(viewer, f"/app/permission/{people['ana']}")
    with app.app_context():
        assert lookups_of(people["ana"]) == []


def test_each_look_is_on_record(app: Flask, client: FlaskClient, people: dict[str, int]) -> None:
    headers, ana = token(app), people["ana"]
    events = client.get(f"/api/v1/contacts/{ana}/consents", headers=headers).get_json()["items"]
    client.get(f"/api/v1/consents/{events[0]['id']}/receipt", headers=headers)
    found = client.get(f"/api/v1/contacts/{ana}/lookups", headers=headers).get_json()["items"]
    assert [one["what"] for one in found] == ["receipt", "ledger"]
    assert as_user(client, people["manager"]).get(f"/api/v1/contacts/{ana}/lookups").status_code == 403


def test_a_request_is_noted_by_address_or_id(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["officer"]) as viewer:
        writing.note(viewer, 1, " ANA@nordbau.example ", "access", None, "Everything, please")
        writing.note(viewer, 1, "C-1", "objection", "2026-11-01", "")
        assert [(one.contact_id, one.kind) for one in list_requests()] == [
            (people["ana"], RequestKind.OBJECTION),
            (people["ana"], RequestKind.ACCESS),
        ]


def test_nobody_is_guessed(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["officer"]) as viewer, pytest.raises(InvalidInput):
        writing.note(viewer, 1, "nobody@example.com", "access", None, "")


def test_a_request_gets_two_more_months_with_a_reason(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["officer"]) as viewer:
        writing.note(viewer, 1, "C-1", "access", None, "")
        request = list_requests()[0]
        with pytest.raises(InvalidInput):
            writing.extend(viewer, 1, str(request.id), " ")
        writing.extend(viewer, 1, str(request.id), "Two archives")
        assert get_request(request.id).extended_because == "Two archives"


def test_an_address_is_put_on_the_list_and_taken_off(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["officer"]) as viewer:
        writing.put_on_list(viewer, 1, "ana@nordbau.example", "all", "", "legal", "Letter")
        entry = db.session.scalars(sa.select(Suppression)).one()
        writing.take_off_list(viewer, 1, str(entry.id))
        db.session.refresh(entry)
    assert (entry.address, entry.lifted_at is not None) == ("ana@nordbau.example", True)


def test_a_notice_is_published_under_the_next_number(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["officer"]) as viewer:
        writing.publish(viewer, 1, "offers", "en", "We send offers once a year.", None)
        numbers = db.session.scalars(sa.select(Notice.number).order_by(Notice.number)).all()
    assert numbers == [1, 2]


def told(app: Flask) -> list[tuple[int, str]]:
    with app.app_context():
        payloads = db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()
    return [(payload["user_id"], payload["kind"]) for payload in payloads]


DAYS = {20: 0, 24: 1, 25: 1, 29: 2, 30: 3, 31: 4, 60: 4}  # days after it came, on the 30th it is due → how often it was said


def test_a_request_is_remembered_before_on_and_after_its_last_day_each_once(app: Flask, people: dict[str, int]) -> None:
    with app.app_context(), clock.frozen(NOW), transaction():
        note_request(people["ana"], RequestKind.ACCESS, actor="user:1")  # due on 2 December
    counts = {}
    for days in DAYS:
        with app.app_context(), clock.frozen(NOW + timedelta(days=days)):
            run()
            run()
        counts[days] = len(told(app))
    assert counts == DAYS
    assert {who for who, _kind in told(app)} == {people["officer"]}


def test_a_closed_request_is_not_remembered(app: Flask, people: dict[str, int]) -> None:
    with app.app_context(), clock.frozen(NOW), transaction():
        request = note_request(people["ana"], RequestKind.ACCESS, actor="user:1")
        request.state = RequestState.DONE
    with app.app_context(), clock.frozen(NOW + timedelta(days=40)), transaction():
        assert (requests_to_remember(), remember_request(request.id)) == ([], False)


def test_the_file_of_what_is_held_tells_the_person_who_looked_and_names_nobody(app: Flask, people: dict[str, int]) -> None:
    with viewing(app, people["manager"]) as viewer:
        body_of(viewer, f"/app/permission/{people['ana']}")
        looks = held_about(people["ana"])["data"]["lookup"]
    assert [(set(one), one["what"]) for one in looks] == [({"at", "what"}, "ledger")]
