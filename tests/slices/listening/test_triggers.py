"""An event asks one person by mail: after its delay, in working hours, under the rules of waves, and once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.uow import transaction
from jobs import send_surveys
from tests.factories import make_account, make_survey
from tests.logins import token
from tests.slices.listening.asking import ACTOR, ask, draw_up, link_in, start
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PERSON = {"account_external_id": "acme", "contact_external_id": "ana", "survey": "claim", "send": True}


@pytest.fixture
def contact(post: Mailbox) -> int:
    make_survey("claim")
    return ask(make_account(external_id="acme"), external_id="ana", email="ana@customer.example")


def event(app: Flask, client: FlaskClient, key: str | None = None, **values: object) -> dict[str, Any]:
    headers = token(app, "write") | ({"Idempotency-Key": key} if key else {})
    answer = client.post("/api/v1/invitations", json=PERSON | values, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json  # type: ignore[return-value]


def mails_until(post: Mailbox, at: datetime) -> int:
    with clock.frozen(at):
        send_surveys.send()
    return len(post.raw)


def test_an_event_asks_by_mail_after_its_delay(app: Flask, client: FlaskClient, post: Mailbox, contact: int) -> None:
    asked = event(app, client, delay_hours=26)
    assert (asked["state"], asked["reason"], asked["send_at"]) == ("planned", None, "2026-11-24T10:00:00+00:00")
    assert mails_until(post, MONDAY + timedelta(hours=25)) == 0
    assert mails_until(post, MONDAY + timedelta(hours=26)) == 1
    assert asked["url"].endswith(link_in(post.mails[0]))
    assert client.get(link_in(post.mails[0])).status_code == 200


def test_an_event_at_night_waits_for_the_morning(app: Flask, client: FlaskClient, contact: int) -> None:
    assert event(app, client, delay_hours=12)["send_at"] == "2026-11-24T09:00:00+00:00"


def test_the_same_event_twice_sends_one_mail(app: Flask, client: FlaskClient, post: Mailbox, contact: int) -> None:
    first, second = event(app, client, delay_hours=2), event(app, client, delay_hours=2)
    assert (first["state"], second["state"], second["reason"], second["url"]) == ("planned", "skipped", "quarantine", None)
    for hours in (2, 3, 26, 50):
        mails_until(post, MONDAY + timedelta(hours=hours))
    assert len(post.raw) == 1


def test_without_a_quarantine_a_day_still_lies_between(app: Flask, client: FlaskClient, post: Mailbox, contact: int) -> None:
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(quarantine_days=0))
    states = [event(app, client, delay_hours=hours)["state"] for hours in (2, 2, 25, 27)]
    assert states == ["planned", "skipped", "skipped", "planned"]


def test_a_repeated_call_is_one_invitation(app: Flask, client: FlaskClient, contact: int) -> None:
    headers = token(app, "write") | {"Idempotency-Key": "claim-7"}
    first, again = (client.post("/api/v1/invitations", json=PERSON, headers=headers) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert (again.json["url"], again.headers["Idempotent-Replayed"]) == (None, "true")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 1


def test_the_rules_of_waves_hold(app: Flask, client: FlaskClient, contact: int) -> None:
    with transaction():
        suppressions.suppress(SuppressionReason.UNSUBSCRIBED, actor=ACTOR, contact_id=contact)
    assert event(app, client)["reason"] == "stop_list"


def test_a_wave_before_it_counts(app: Flask, client: FlaskClient, contact: int) -> None:
    start(draw_up(starts_on=date(2026, 11, 23)))
    assert event(app, client)["reason"] == "quarantine"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"send": False, "delay_hours": 3}, "delay_hours"),
        ({"delay_hours": -1}, "delay_hours"),
        ({"delay_hours": 1.5}, "delay_hours"),
        ({"survey": "nobody"}, "survey"),
        ({"send": "yes"}, "send"),
    ],
)
def test_what_makes_no_sense_is_refused(app: Flask, client: FlaskClient, contact: int, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/invitations", json=PERSON | body, headers=token(app, "write"))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_a_link_to_hand_over_is_made_as_before(app: Flask, client: FlaskClient, contact: int) -> None:
    made = event(app, client, send=False)
    assert (made["state"], made["reason"], made["send_at"]) == ("created", None, None)
    assert "/s/" in made["url"]


def test_a_reminder_keeps_to_working_hours_when_clocks_change(post: Mailbox) -> None:
    friday = datetime(2026, 10, 23, 7, 30, tzinfo=UTC)  # 9:30 in Madrid, in summer time
    with clock.frozen(friday - timedelta(days=1)):
        ask(make_account(), time_zone="Europe/Madrid")
        with transaction() as session:
            session.execute(sa.update(SurveyProgram).values(reminder_days=[3, 2]))
        start(draw_up(starts_on=friday.date(), ends_on=friday.date()))
        with transaction() as session:
            session.execute(sa.update(Invitation).values(send_at=friday))
    assert mails_until(post, friday) == 1
    assert mails_until(post, datetime(2026, 10, 26, 7, 59, tzinfo=UTC)) == 1  # 8:59 in winter time
    assert mails_until(post, datetime(2026, 10, 26, 8, 0, tzinfo=UTC)) == 2


def test_mails_that_were_held_up_wait_for_the_morning(post: Mailbox) -> None:
    ask(make_account(), time_zone="Europe/Madrid")
    start(draw_up(ends_on=MONDAY.date()))
    assert mails_until(post, datetime(2026, 11, 23, 21, 0, tzinfo=UTC)) == 0
    assert mails_until(post, datetime(2026, 11, 24, 7, 0, tzinfo=UTC)) == 0
    assert mails_until(post, datetime(2026, 11, 24, 8, 0, tzinfo=UTC)) == 1
