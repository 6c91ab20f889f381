"""A chat is told once, in words that are only words, and a chat that refuses, is busy, slow or gone costs nothing else."""

import time as real_time
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.egress import fetching
from feedback.kernel import clock
from feedback.telling.log import Fate, LogFilter, LogLine, lines
from feedback.telling.models import ChatHook
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.topics import Channel, Mode, Topic
from feedback.uow import transaction
from jobs import collect_notices, deliver_outbox, send_chat
from tests.factories import make_team, make_user
from tests.logins import as_user
from tests.slices.telling.chat_server import BAD, BROKEN, BUSY, ELSEWHERE, GONE, Chat
from tests.slices.telling.conftest import NOW, connect, tell, wish
from tests.smtp import Mailbox


def run(after: timedelta = timedelta()) -> None:
    """Every job that tells, some time later."""
    with clock.frozen(NOW + after):
        collect_notices.run()
        deliver_outbox.run()
        send_chat.run()


def chat_lines() -> list[LogLine]:
    """What the log says of chats, the oldest first."""
    return lines(LogFilter(channel=Channel.CHAT))[::-1]


def test_a_chat_is_told_once_for_all_whom_the_same_concerns(chat: Chat) -> None:
    connect(chat)
    people = [make_user(Role.FRONTLINE, name=name) for name in ("Ana Ruiz", "Tom Berg")]
    with transaction():
        for person in people:
            tell(person)
    run()
    run()
    (message,) = chat.got
    assert message["text"] == "Issue 118 opened at Nordbau"
    assert message["blocks"][0]["text"]["text"] == (
        "*Issue 118 opened at Nordbau*\nfor Ana Ruiz, Tom Berg · <http://127.0.0.1:8000/app/x|Open>"
    )
    assert [one.fate for one in chat_lines()] == [Fate.HANDED_OVER] * 2


def test_a_team_has_a_chat_of_its_own(chat: Chat) -> None:
    team = make_team()
    connect(chat, topics=[])
    connect(chat, topics=[Topic.MINE], team_id=team)
    tell(make_user(Role.FRONTLINE, team_id=team), 1)
    tell(make_user(Role.FRONTLINE), 2)
    run()
    assert chat.texts == ["Issue 1 opened at Nordbau"]
    assert [one.reason for one in chat_lines()] == [None, Reason.CHOICE]


def test_a_person_chooses_over_what_the_chat_is_told_of_everybody(chat: Chat) -> None:
    connect(chat, topics=[Topic.MINE])
    ana = make_user(Role.FRONTLINE)
    wish(ana, modes={(Topic.MINE, Channel.CHAT): Mode.DAILY})
    for number in (1, 2):
        tell(ana, number)
    run()
    assert chat.got == []
    run(timedelta(days=1))
    assert chat.texts == ["Issue 1 opened at Nordbau\nIssue 2 opened at Nordbau"]


def test_names_stay_here_unless_the_chat_may_know_them(chat: Chat) -> None:
    connect(chat, names=False)
    tell(make_user(Role.FRONTLINE, name="Ana Ruiz"))
    run()
    assert chat.texts == ["Issue 118 opened at …"]
    assert not any(name in str(chat.got) for name in ("Nordbau", "Ana"))


def test_a_notice_about_several_customers_names_none_of_them_there(chat: Chat) -> None:
    connect(chat, names=False)
    tell(make_user(Role.FRONTLINE), kind="work_items_opened", source="contact_gap", accounts=["Nordbau", "Südbau"])
    run()
    assert chat.texts == ["2 customers nobody has spoken with for long"]


EVIL = ["<!channel> hi", "<https://evil.example|Log in>", "*bold* & `code`", "a\nb", "_x_ ~y~"]


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_becomes_a_mention_a_link_or_markup(chat: Chat, evil: str) -> None:
    connect(chat)
    tell(make_user(Role.FRONTLINE), account=evil)
    run()
    shown = chat.got[0]["blocks"][0]["text"]["text"].splitlines()[0]
    assert not set("<>`~") & set(shown.replace("\u200b~", ""))
    assert shown.count("*") == 2
    assert "_" not in shown.replace("\u200b_", "")


@pytest.mark.parametrize("answer", [GONE, BAD, ELSEWHERE])
def test_a_refusal_for_good_is_given_up_with_what_was_said(chat: Chat, answer: tuple[int, dict[str, str], bytes]) -> None:
    connect(chat)
    chat.answers = [answer]
    tell(make_user(Role.FRONTLINE))
    run()
    (line,) = chat_lines()
    assert (line.fate, line.attempts, str(answer[0]) in (line.error or "")) == (Fate.GAVE_UP, 1, True)
    assert answer[2].decode() in (line.error or "")


def test_a_pause_that_is_asked_for_is_kept_and_counts_for_nothing(chat: Chat) -> None:
    connect(chat)
    chat.answers = [BUSY]
    tell(make_user(Role.FRONTLINE))
    run()
    run(timedelta(seconds=29))
    assert (chat.got, chat_lines()[0].attempts) == ([], 0)
    run(timedelta(seconds=30))
    assert (len(chat.got), chat_lines()[0].fate) == (1, Fate.HANDED_OVER)


def test_what_fails_is_tried_again_later(chat: Chat) -> None:
    connect(chat)
    chat.answers = [BROKEN]
    tell(make_user(Role.FRONTLINE))
    run()
    assert (chat_lines()[0].fate, "503" in (chat_lines()[0].error or "")) == (Fate.ON_ITS_WAY, True)
    run(timedelta(seconds=10))
    assert len(chat.got) == 1


def test_a_chat_that_is_dead_for_days_is_given_up(chat: Chat) -> None:
    connect(chat)
    chat.answers = [BROKEN] * 50
    tell(make_user(Role.FRONTLINE))
    for hours in range(0, 40, 6):
        run(timedelta(hours=hours))
    assert chat_lines()[0].fate is Fate.GAVE_UP


def test_a_slow_chat_is_asked_once_in_a_run_and_holds_up_no_mail(
    chat: Chat, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "FETCH_DEADLINE", 0.3)
    chat.pause = 1.0
    connect(chat)
    ana = make_user(Role.FRONTLINE)
    for number in range(5):
        tell(ana, number)
    began = real_time.monotonic()
    deliver_outbox.run()
    assert (len(mailbox.mails), real_time.monotonic() - began < 1.0) == (5, True)
    send_chat.run()
    assert (chat_lines()[0].attempts, [one.attempts for one in chat_lines()[1:]]) == (1, [0] * 4)


def test_a_chat_inside_our_own_network_is_not_called(app: Flask, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(chat)
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", [])
    tell(make_user(Role.FRONTLINE))
    run()
    assert (chat.got, chat_lines()[0].fate) == ([], Fate.GAVE_UP)


INSIDE = ["http://hooks.slack.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.7/x", "https://169.254.169.254/x"]
NONE = [
    "",
    "hooks.slack.com/x",
    "https://a@hooks.slack.com/x",
    "https://hooks.slack.com/x#y",
    "ftp://x.example",
    "https://x y.example/",
]


@pytest.mark.parametrize("address", [*INSIDE, *NONE])
def test_an_address_that_is_none_or_ours_is_refused(client: FlaskClient, address: str) -> None:
    as_user(client, make_user(Role.ADMIN))
    answer = client.post("/api/v1/chat-hooks", json={"name": "Chat", "address": address})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["address"])


def test_an_address_is_concealed_masked_tried_out_changed_and_removed(client: FlaskClient, chat: Chat) -> None:
    as_user(client, make_user(Role.ADMIN))
    made = client.post("/api/v1/chat-hooks", json={"name": "Chat", "address": chat.url}).json
    address = f"/api/v1/chat-hooks/{made['id']}"
    assert made["shown"] == "http://127.0.0.1/…cret"
    assert "secret" not in str(client.get("/api/v1/chat-hooks").json)
    assert client.post(f"{address}/test").json == {"took_it": True, "status": 200, "said": "ok"}
    chat.answers = [GONE]
    assert client.post(f"{address}/test").json == {"took_it": False, "status": 404, "said": "no_service"}
    assert client.post("/api/v1/chat-hooks", json={"name": "Other", "address": chat.url}).status_code == 409
    assert client.patch(address, json={"names": True}).json["names"] is True
    assert client.delete(address).status_code == 204
    assert client.get("/api/v1/chat-hooks").json == {"items": []}


def test_the_database_does_not_hold_the_address(chat: Chat) -> None:
    from feedback.extensions import db

    hook = db.session.get(ChatHook, connect(chat))
    assert hook is not None
    assert "secret" not in hook.address + hook.shown


def test_who_is_told_nothing_in_chat_hears_why_when_it_is_gone(chat: Chat) -> None:
    from feedback.telling.hooks import remove_hook

    hook = connect(chat)
    tell(make_user(Role.FRONTLINE))
    deliver_outbox.run()
    with transaction():
        remove_hook(hook, actor="user:1")
    send_chat.run()
    assert "removed" in (chat_lines()[0].error or "")


def test_an_address_of_another_secret_key_is_asked_for_again(app: Flask, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(chat)
    tell(make_user(Role.FRONTLINE))
    monkeypatch.setitem(app.config, "SECRET_KEY", "another secret, as long as the one before: 9876543210")
    run()
    assert (chat.got, "enter the address again" in (chat_lines()[0].error or "")) == ([], True)
