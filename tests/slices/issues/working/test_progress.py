"""Mails about progress: drafted, edited, stopped for every reason at the last moment, and counted as an update."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import AccountContact, Contact, Interaction
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop.erasure import erase_person
from feedback.extensions import db
from feedback.issues.working.models import ProgressMail
from feedback.kernel import clock
from feedback.listening.came_back import record_report
from feedback.listening.rules.reports import read_report
from feedback.outbox.models import OutboxMessage
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.permission.suppressions import suppress, suppressed_contacts
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.slices.gate.world import give_consent
from tests.slices.issues.working.conftest import NOW, House
from tests.slices.listening import returned
from tests.smtp import Mailbox, mail_server

LETTERS = {"en": {"subject": "{number}: news", "text": "Good day {name}, about {problem}.\n\n{promise}\n\n{owner}"}}
SAID = {"subject": "#1: news", "text": "Good day Carla, we found the file."}


@pytest.fixture
def post(house: House, app: Flask) -> Iterator[Mailbox]:
    with mail_server() as box:
        app.extensions["closedloop_settings"].smtp_url = box.url
        yield box
        app.extensions["closedloop_settings"].smtp_url = ""


def send(house: House, **more: Any) -> Any:
    return house.post(f"/issues/{house.issue}/progress-mails", **{"contact_id": house.contact, **SAID} | more)


def deliver(app: Flask, after: timedelta = timedelta(minutes=2)) -> None:
    with clock.frozen(NOW + after), app.app_context():
        deliver_outbox.run()


def letters(post: Mailbox) -> list[EmailMessage]:
    """What the customer got; staff get mails about their bell."""
    return [mail for mail in post.mails if mail["To"] == "carla@example.com"]


def state(house: House) -> tuple[str, str | None]:
    mail = house.get(f"/issues/{house.issue}/progress-mails").json["items"][0]
    return mail["state"], mail["stopped_because"]


def test_a_draft_is_filled_in_with_what_is_known(house: House) -> None:
    house.log(promise={"text": "A decision", "due_at": (NOW + timedelta(days=3)).isoformat()})
    made = house.be(house.experience).post("/progress-templates", name="News", letters=LETTERS).json["id"]
    draft = house.be(house.ana).get(f"/issues/{house.issue}/progress-mails/draft", template_id=made).json
    assert (draft["contact_id"], draft["language"]) == (house.contact, "en")
    assert draft["subject"] == f"#{house.show()['number']}: news"
    assert "Good day Carla Ruiz" in draft["text"]
    assert "A decision" in draft["text"]
    assert draft["text"].endswith("Ana")


@pytest.mark.parametrize(
    ("zone", "due", "said"),
    [
        ("Asia/Almaty", "2026-12-05T18:59:00+00:00", "We promised you by December 5, 2026: A decision"),
        # the end of the day where Ana wrote it
        ("Asia/Almaty", "2026-12-05T23:59:00+00:00", "We promised you by December 5, 2026: A decision"),
        ("America/Lima", "2026-12-06T03:30:00+00:00", "We promised you by December 5, 2026, 10:30\u202fPM: A decision"),
    ],
)
def test_a_promised_day_is_that_of_the_customers_calendar(house: House, app: Flask, zone: str, due: str, said: str) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Contact, house.contact).time_zone = zone
    house.log(promise={"text": "A decision", "due_at": due})
    made = house.be(house.experience).post("/progress-templates", name="News", letters=LETTERS).json["id"]
    draft = house.be(house.ana).get(f"/issues/{house.issue}/progress-mails/draft", template_id=made).json
    assert said in draft["text"]


def test_a_mail_leaves_as_it_was_edited_and_restarts_the_clock(house: House, app: Flask, post: Mailbox) -> None:
    house.log()
    before = house.show()["next_update_due_at"]
    assert send(house).status_code == 201
    deliver(app, timedelta(hours=1))
    (mail,) = letters(post)
    text, _, foot = mail.get_content().strip().rpartition("\r\n\r\n")
    assert (mail["Subject"], text) == (SAID["subject"], SAID["text"])
    assert foot.startswith("What we may do, how we may reach you, and pauses: http://127.0.0.1:8000/p/")
    shown = house.show()
    assert shown["next_update_due_at"] == (datetime.fromisoformat(before) + timedelta(hours=1)).isoformat()
    assert state(house) == ("sent", None)
    assert shown["interactions"][0]["channel"] == "email"
    assert "progress_mail" in [event["kind"] for event in shown["history"]]


def test_nothing_leaves_at_night(house: House, app: Flask, post: Mailbox) -> None:
    house.log()
    send(house)
    deliver(app, timedelta(hours=14))
    assert letters(post) == []
    deliver(app, timedelta(hours=24))
    assert len(letters(post)) == 1


def _unsubscribe(house: House) -> None:
    suppress(SuppressionReason.UNSUBSCRIBED, actor="test", contact_id=house.contact)


def _refuse(house: House) -> None:
    give_consent(house.contact, ConsentAction.REFUSED, purpose=Purpose.SERVICE, channel=Channel.EMAIL)


def _leave(house: House) -> None:
    role = AccountContact.contact_id == house.contact
    db.session.execute(sa.update(AccountContact).where(role).values(left_at=clock.now()))


def _lose_address(house: House) -> None:
    db.session.execute(sa.update(Contact).where(Contact.id == house.contact).values(email=None))


STOPS = [(_unsubscribe, "stop_list"), (_refuse, "refused"), (_leave, "left_role"), (_lose_address, "no_address")]


@pytest.mark.parametrize(("stop", "reason"), STOPS)
def test_what_happens_after_the_button_still_stops_it(house: House, app: Flask, post: Mailbox, stop: Any, reason: str) -> None:
    house.log()
    send(house)
    with app.app_context():
        if stop is _refuse:
            stop(house)
        else:
            with transaction():
                stop(house)
    deliver(app)
    assert letters(post) == []
    assert state(house) == ("stopped", reason)
    with app.app_context():
        kinds = [row.payload.get("kind") for row in db.session.scalars(sa.select(OutboxMessage))]
    assert "progress_mail_stopped" in kinds


@pytest.mark.parametrize(("stop", "reason"), STOPS[2:])
def test_what_stands_against_it_is_said_at_once(house: House, app: Flask, post: Mailbox, stop: Any, reason: str) -> None:
    house.log()
    with app.app_context(), transaction():
        stop(house)
    assert send(house).status_code == 409, reason


def test_before_the_first_contact_a_person_calls(house: House, post: Mailbox) -> None:
    assert send(house).status_code == 409


@pytest.mark.parametrize("text", ["", "Good day {name}", "x" * 5001])
def test_what_is_no_letter(house: House, post: Mailbox, text: str) -> None:
    house.log()
    assert send(house, text=text).status_code == 422


def test_the_letter_to_start_from_does_not_leave_before_its_gaps_are_filled(house: House, post: Mailbox) -> None:
    house.log()
    draft = house.be(house.ana).get(f"/issues/{house.issue}/progress-mails/draft").json
    refused = send(house, text=draft["text"])
    assert refused.status_code == 422
    assert "Write what belongs in the gap after “Next we will:”, or take the line out." in refused.json["errors"]["text"]
    assert house.get(f"/issues/{house.issue}/progress-mails").json["items"] == []


def test_a_mail_that_comes_back_is_said_to_its_writer(house: House, app: Flask, post: Mailbox) -> None:
    house.log()
    send(house)
    deliver(app)
    (mail,) = letters(post)
    said = returned.POSTFIX.replace("{id}", str(mail["Message-ID"])).replace("{to}", "carla@example.com")
    report = read_report(said.encode())
    assert report is not None
    with app.app_context():
        with transaction():
            assert record_report(report) == 1
        assert house.contact in suppressed_contacts([house.contact])
    assert state(house) == ("returned", "bounced")


def test_who_is_erased_is_in_no_letter(house: House, app: Flask, post: Mailbox) -> None:
    house.log()
    send(house)
    deliver(app)
    with app.app_context():
        with transaction():
            erase_person(house.contact, ErasureReason.REQUESTED, actor="test")
        (row,) = db.session.scalars(sa.select(ProgressMail))
        talk = db.session.scalars(sa.select(Interaction).order_by(Interaction.id.desc())).first()
    assert (row.subject, row.text, row.address) == ("", "", None)
    assert talk is None or "Carla" not in (talk.summary or "")
