"""Messages for a chat: Slack's incoming webhook, and whatever understands the same (Mattermost, Rocket.Chat)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale, pgettext
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.egress.fetching import Answer, Call, FetchFailed, call
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.concealing import Unreadable
from feedback.outbox.delivery import Message, NotYet, Undeliverable
from feedback.outbox.models import Notification
from feedback.outbox.wording import wording
from feedback.telling.hooks import address_of
from feedback.telling.models import ChatHook, NoticeDelivery
from feedback.uow import end_reading

MOST_LINES = 20  # of one message; a digest of more says how many there are
LONGEST_LINE = 300
SAID, LONGEST_ANSWER = 200, 4096  # of what comes back
LONGEST_WAIT, PATIENCE = timedelta(hours=1), timedelta(hours=31)
_NAMING = {"account": "…", "person": "…", "by": "…", "title": "…", "connector": "…", "note": ""}


_PLAIN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "\u200b_", "~": "\u200b~", "`": "'"})


class ChatFailed(Exception):
    """It may go better later."""


@dataclass
class Sender:
    """Posts messages; a chat that did not answer is left alone for the rest of a run, so that it holds up no other."""

    silent: set[int] = field(default_factory=set)

    def __call__(self, messages: Sequence[Message]) -> None:
        """Post `send_chat` messages. Of what was taken back meanwhile nothing is said.

        Raises:
            Undeliverable: the chat refuses it for good, is not there any more, or took nothing for too long.
            NotYet: the chat asks for a pause, or did not answer just now.
            ChatFailed, FetchFailed: it may go better later.
        """
        for message in messages:
            self._post(message)

    def _post(self, message: Message) -> None:
        hook = db.session.get(ChatHook, message.payload["hook_id"])
        if hook is None or not hook.active:
            raise Undeliverable("this chat was removed or switched off")
        if clock.now() - message.created_at > PATIENCE:
            raise Undeliverable("the chat took nothing for too long; what it said last stands in the run before")
        address, content = _readable(hook), compose(hook, message.key)
        hook_id = hook.id
        end_reading()  # no transaction stays open while the chat thinks
        if content is None:
            return
        if hook_id in self.silent:
            raise NotYet("this chat did not answer just now")
        try:
            judge(post(address, content))
        except FetchFailed as error:
            self.silent.add(hook_id)
            if error.final:
                raise Undeliverable(str(error)) from error
            raise
        except (ChatFailed, NotYet):
            self.silent.add(hook_id)
            raise


def _readable(hook: ChatHook) -> str:
    try:
        return address_of(hook)
    except Unreadable as error:
        raise Undeliverable("the secret key of this installation was changed: enter the address again") from error


def post(address: str, content: Mapping[str, Any]) -> Answer:
    """Send one message to an address.

    Raises:
        FetchFailed: nothing was answered, or the address may not be called.
    """
    hosts = current_app.extensions["closedloop_settings"].private_hosts
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "closedloop"}
    body = json.dumps(content, ensure_ascii=False).encode()
    return call(address, Call("POST", headers, body, LONGEST_ANSWER), private_hosts=hosts)


def judge(answer: Answer) -> None:
    """Whether the chat took it.

    Raises:
        NotYet: it asks for a pause (429), for as long as it says.
        ChatFailed: 5xx, or a time-out of its own.
        Undeliverable: anything else; it says why.
    """
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise NotYet("the chat asks for a pause", until=clock.now() + _pause(answer.headers.get("retry-after", "")))
    said = f"the chat answers {answer.status}: {what_it_said(answer)}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
        raise ChatFailed(said)
    raise Undeliverable(said)


def what_it_said(answer: Answer) -> str:
    """The beginning of an answer, on one line."""
    text = answer.body.decode("utf-8", "replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:SAID]


def _pause(text: str) -> timedelta:
    """`Retry-After`: seconds or a date; at least a second, at most an hour."""
    if text.strip().isdecimal():
        wanted = timedelta(seconds=min(int(text[:9]), 3600))
    else:
        try:
            wanted = parsedate_to_datetime(text) - clock.now()
        except (TypeError, ValueError):
            wanted = timedelta(seconds=30)
    return min(max(wanted, timedelta(seconds=1)), LONGEST_WAIT)


@dataclass(frozen=True)
class _Said:
    """A line of a message, and for whom it is."""

    title: str
    link: str
    people: tuple[str, ...]


def compose(hook: ChatHook, key: str) -> dict[str, Any] | None:
    """The message with this key of the outbox as the chat wants it; None when nothing is left to be said."""
    with force_locale(_language(hook)):
        lines = _lines(key, names=hook.names)
        return build(lines) if lines else None


def build(lines: Sequence[Any]) -> dict[str, Any]:
    """`text` for the small window that pops up, `blocks` for the chat itself."""
    shown, to_it = lines[:MOST_LINES], escaped(pgettext("a link", "Open"))
    blocks = [_section(f"*{escaped(line.title)}*\n{_names(line)}<{_base()}{line.link}|{to_it}>") for line in shown]
    if len(lines) > len(shown):
        rest = _("And %(count)s more: the list of notices has them.", count=len(lines) - len(shown))
        blocks.append(_section(f"{escaped(rest)} <{_base()}/app/notifications|{to_it}>"))
    return {"text": "\n".join(escaped(line.title) for line in shown), "blocks": blocks}


def trial() -> dict[str, Any]:
    """What the test button sends."""
    return build([_Said(_("closedloop can write here."), "/app/notifications", ())])


def _names(line: _Said) -> str:
    return escaped(_("for %(people)s", people=", ".join(line.people))) + " · " if line.people else ""


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def escaped(text: str) -> str:
    """Text that a chat shows as it is: no links, no mentions, nothing bold, struck or set as code."""
    return " ".join(text.split())[:LONGEST_LINE].translate(_PLAIN)


def _lines(key: str, *, names: bool) -> list[_Said]:
    query = (
        sa.select(Notification.kind, Notification.params, Notification.link, User.name)
        .join(NoticeDelivery, NoticeDelivery.notification_id == Notification.id)
        .join(User, User.id == NoticeDelivery.user_id)
        .where(NoticeDelivery.outbox_key == key, User.active)
        .order_by(NoticeDelivery.id)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for kind, params, link, person in db.session.execute(query):
        title = wording(kind, params).title if names else wording(kind, {**params, **_NAMING}).subject
        found.setdefault((title, link), []).append(person)
    return [_Said(title, link, tuple(dict.fromkeys(people)) if names else ()) for (title, link), people in found.items()]


def _language(hook: ChatHook) -> str:
    """That of most people who read there; English where nobody does."""
    here = User.team_id == hook.team_id if hook.team_id is not None else sa.true()
    query = sa.select(User.locale).where(User.active, here).group_by(User.locale)
    return db.session.scalar(query.order_by(sa.func.count().desc(), User.locale).limit(1)) or "en"


def _base() -> str:
    base: str = current_app.extensions["closedloop_settings"].base_url
    return base
