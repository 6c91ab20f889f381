"""Messages reach people: the bell exactly once, the mail at least once, and failures wait or end where somebody sees them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.delivery import Delivered, Handlers, Message, Undeliverable, deliver_due
from feedback.outbox.models import Notification, OutboxMessage
from feedback.outbox.queries import count_unread, dead_messages, notifications_of
from feedback.outbox.rules import MAX_ATTEMPTS
from feedback.outbox.service import enqueue, send_again
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.factories import make_user
from tests.logins import as_user, token
from tests.smtp import Mailbox, mail_server

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


@pytest.fixture
def mailbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mail_server() as box:
        monkeypatch.setattr(app.extensions["closedloop_settings"], "smtp_url", box.url)
        yield box


def post(*keys: str, kind: str = "test") -> None:
    with transaction():
        for key in keys:
            enqueue(kind, key, {})


def tell(user_id: int, key: str = "cause", account: str = "Nordbau") -> None:
    params = {"number": 118, "account": account}
    payload = {"user_id": user_id, "kind": "issue_opened", "params": params, "link": "/app/issues/1"}
    with transaction():
        enqueue("notify_user", f"{key}:{user_id}", payload)


class Sink:
    """A handler that keeps what it gets and fails for the keys in `broken`."""

    def __init__(self, *broken: str, error: Exception | None = None) -> None:
        self.got: list[str] = []
        self.broken, self.error = set(broken), error or ValueError("no")

    def __call__(self, messages: Sequence[Message]) -> None:
        if self.broken & {message.key for message in messages}:
            raise self.error
        self.got += [message.key for message in messages]

    def run(self, *, rows: bool = False, after: timedelta = timedelta()) -> Delivered:
        handlers = Handlers({"test": self}, {}) if rows else Handlers({}, {"test": self})
        with clock.frozen(NOW + after):
            return deliver_due(handlers, lease=LEASE)


@pytest.mark.parametrize("rows", [True, False])
def test_each_message_is_delivered_once_in_order(rows: bool) -> None:
    post("a", "b", "c")
    sink = Sink()
    assert [sink.run(rows=rows).delivered for _ in range(2)] == [3, 0]
    assert sink.got == ["a", "b", "c"]


def test_the_same_key_is_one_message() -> None:
    post("a", "a")
    post("a")
    assert Sink().run().delivered == 1


@pytest.mark.parametrize("rows", [True, False])
def test_a_message_that_fails_does_not_hold_up_the_others(rows: bool) -> None:
    post("a", "b", "c")
    sink = Sink("b")
    result = sink.run(rows=rows)
    assert (sink.got, result.delivered, result.failed) == (["a", "c"], 2, 1)


def test_a_failed_message_waits_longer_each_time_and_then_arrives() -> None:
    post("a")
    failing, working = Sink("a"), Sink()
    failing.run()
    assert working.run(after=timedelta(seconds=9)).delivered == 0
    assert failing.run(after=timedelta(seconds=10)).failed == 1
    assert working.run(after=timedelta(seconds=39)).delivered == 0
    assert working.run(after=timedelta(seconds=40)).delivered == 1


def test_after_many_failures_it_is_given_up_visibly_and_can_be_sent_again() -> None:
    post("a")
    failing = Sink("a")
    results = [failing.run(after=timedelta(hours=6 * n)) for n in range(MAX_ATTEMPTS)]
    assert [result.dead for result in results] == [0] * (MAX_ATTEMPTS - 1) + [1]
    (dead,) = dead_messages()
    assert dead.last_error == "ValueError: no"
    with transaction():
        assert send_again([dead.id]) == 1
    assert Sink().run().delivered == 1


@pytest.mark.parametrize("kind", ["test", "nobody_knows_this"])
def test_what_can_never_arrive_is_given_up_at_once(kind: str) -> None:
    post("a", kind=kind)
    assert Sink("a", error=Undeliverable("refused")).run().dead == 1


def test_a_message_whose_carrier_died_is_carried_by_another_after_the_lease() -> None:
    post("a")

    class Killed(BaseException):
        pass

    with pytest.raises(Killed):
        Sink("a", error=Killed()).run()  # type: ignore[arg-type]
    late = Sink()
    assert late.run(after=LEASE).delivered == 0
    assert late.run(after=LEASE + timedelta(seconds=1)).delivered == 1


def test_a_notice_becomes_one_line_under_the_bell() -> None:
    user = make_user(Role.FRONTLINE)
    tell(user)
    assert deliver_outbox.run() == "1 delivered, 0 put back, 0 given up"
    (line,) = notifications_of(user)
    assert (line.kind, line.params["number"], line.link, count_unread(user)) == ("issue_opened", 118, "/app/issues/1", 1)


def test_without_a_mail_server_nothing_is_mailed() -> None:
    tell(make_user(Role.FRONTLINE))
    deliver_outbox.run()
    assert db.session.scalars(sa.select(OutboxMessage.kind)).all() == ["notify_user"]


def test_with_a_mail_server_the_notice_is_mailed_in_the_readers_language(mailbox: Mailbox) -> None:
    tell(make_user(Role.FRONTLINE, email="ana@example.com"))
    deliver_outbox.run()
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("ana@example.com", "Issue 118 opened at Nordbau")
    assert "http://127.0.0.1:8000/app/issues/1" in mail.get_content()


def test_a_repeated_mail_is_the_same_mail(mailbox: Mailbox) -> None:
    tell(make_user(Role.FRONTLINE))
    deliver_outbox.run()
    with transaction() as session:  # killed between the server's yes and our note of it
        session.execute(sa.update(OutboxMessage).values(delivered_at=None, locked_until=None))
    deliver_outbox.run()
    first, second = mailbox.mails
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 1


@pytest.mark.parametrize(("answer", "outcome"), [("550 unknown", (0, 1)), ("451 later", (1, 0))])
def test_a_refusal_for_good_ends_it_and_a_temporary_one_waits(mailbox: Mailbox, answer: str, outcome: tuple[int, int]) -> None:
    tell(make_user(Role.FRONTLINE))
    mailbox.answers.append(answer)
    deliver_outbox.run()
    columns = (OutboxMessage.available_at > NOW, OutboxMessage.dead_at.is_not(None))
    (state,) = db.session.execute(sa.select(*columns).where(OutboxMessage.kind == "send_mail"))
    assert tuple(map(int, state)) == outcome


EVIL = ["Nord\r\nBcc: all@example.com", "Nord\nTo: x@example.com\n\nbody", "N\x0cord\x85bau", "=?utf-8?q?a=0d=0aBcc:_x?="]


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_can_add_a_header_or_a_recipient(mailbox: Mailbox, evil: str) -> None:
    tell(make_user(Role.FRONTLINE, email="ana@example.com"), account=evil)
    deliver_outbox.run()
    (mail,) = mailbox.mails
    assert mailbox.recipients == ["ana@example.com"]
    expected = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert set(mail.keys()) <= expected | {"Content-Transfer-Encoding"}


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: x@example.com", "not an address"])
def test_an_address_that_is_none_is_given_up(mailbox: Mailbox, address: str) -> None:
    tell(make_user(Role.FRONTLINE, email=address))
    deliver_outbox.run()
    assert (len(mailbox.raw), len(dead_messages())) == (0, 1)


def test_administrators_hear_of_dead_messages_once_an_hour() -> None:
    admin = make_user(Role.ADMIN)
    for key in "ab":
        post(key, kind="nobody_knows_this")
        deliver_outbox.run()
    deliver_outbox.run()
    assert [(line.kind, line.params) for line in notifications_of(admin)] == [("message_dead", {"count": 1})]


def test_who_has_left_gets_no_mail(mailbox: Mailbox) -> None:
    tell(make_user(Role.FRONTLINE, active=False))
    deliver_outbox.run()
    assert mailbox.raw == []


def test_the_bell_over_http_shows_only_ones_own_lines_and_takes_them_off(client: FlaskClient) -> None:
    ana, ben = make_user(Role.FRONTLINE), make_user(Role.FRONTLINE)
    for number in range(3):
        tell(ana, f"cause{number}")
    tell(ben)
    deliver_outbox.run()
    as_user(client, ana)
    first = client.get("/api/v1/notifications?limit=2").json
    rest = client.get(f"/api/v1/notifications?limit=2&cursor={first['next_cursor']}").json
    assert (len(first["items"]), len(rest["items"]), first["unread"]) == (2, 1, 3)
    assert first["items"][0]["text"] == "Issue 118 opened at Nordbau"
    assert client.post("/api/v1/notifications/read", json={"ids": [rest["items"][0]["id"]]}).json == {"read": 1}
    assert client.post("/api/v1/notifications/read", json={}).json == {"read": 2}
    assert count_unread(ben) == 1


def test_a_token_has_no_bell(app: Flask, client: FlaskClient) -> None:
    assert client.get("/api/v1/notifications", headers=token(app)).status_code == 403


def test_a_public_address_with_a_slash_makes_no_double_one(tmp_path: Path) -> None:
    given: dict[str, Any] = {"data_dir": tmp_path, "secret_key": "x" * 40}
    settings = Settings(DATABASE_URL="", base_url=" https://feedback.acme.example/ ", **given)
    assert settings.base_url == "https://feedback.acme.example"
