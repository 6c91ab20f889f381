"""Somebody to tell, a mail server and a chat."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from feedback.kernel import clock
from feedback.outbox.service import enqueue
from feedback.telling.hooks import HookDraft, create_hook
from feedback.telling.rules.topics import Channel, Mode, Topic
from feedback.telling.wishes import Times, change_wishes, times_of
from feedback.uow import transaction
from tests.slices.telling.chat_server import Chat, chat_server
from tests.smtp import Mailbox, mail_server

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # a Monday
Tell = Callable[..., None]
Wish = Callable[..., None]


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


@pytest.fixture
def mailbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mail_server() as box:
        monkeypatch.setattr(app.extensions["closedloop_settings"], "smtp_url", box.url)
        yield box


@pytest.fixture
def chat(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with chat_server() as server:
        yield server


def tell(
    user_id: int, number: int = 118, kind: str = "issue_opened", *, account: str = "Nordbau", link: str = "/app/x", **more: object
) -> None:
    """News for one person."""
    payload = {"user_id": user_id, "kind": kind, "params": {"number": number, "account": account, **more}, "link": link}
    with transaction():
        enqueue("notify_user", f"{kind}:{number}:{user_id}", payload)


def wish(user_id: int, *, modes: dict[tuple[Topic, Channel], Mode] | None = None, **times: object) -> None:
    """Change what a person wishes."""
    with transaction():
        change_wishes(user_id, Times(**vars(times_of(user_id)) | times), modes or {})


def connect(chat: Chat, **values: object) -> int:
    """Set up a chat that is told everything."""
    draft = {"name": "Chat", "address": chat.url, "topics": list(Topic), "names": True}
    with transaction():
        return create_hook(HookDraft(**draft | values), actor="user:1").id  # type: ignore[arg-type]
