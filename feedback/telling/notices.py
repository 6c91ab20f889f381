"""From news to people: a line in the app, and by mail and chat what each chose, at once or collected."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.owing import due_column
from feedback.kernel import clock
from feedback.outbox.delivery import Message
from feedback.outbox.models import Notification
from feedback.outbox.service import add_notifications, enqueue_many
from feedback.telling.hooks import Hooks, active_hooks
from feedback.telling.models import NoticeDelivery
from feedback.telling.people import Recipient, recipients
from feedback.telling.rules.plans import Plan, Reason, plan
from feedback.telling.rules.topics import Channel, Mode, is_urgent, topic_of

SEND_MAIL, SEND_CHAT = "send_mail", "send_chat"
_PAGE = re.compile(r"/app/(issues|accounts)/([0-9]{1,10})(?:[?#].*)?")


@dataclass(frozen=True)
class _Batch:
    """What is the same for all notices that are written together."""

    now: datetime
    mails_leave: bool
    hooks: Hooks
    accounts: Mapping[str, int]


def write_notices(messages: Sequence[Message]) -> None:
    """Turn `notify_user` messages into lines in the app and, as each person chose, into mails and chat messages.

    Only writes rows. What is collected waits as a row of `notice_delivery` for `telling.digests`.
    """
    people = recipients(message.payload["user_id"] for message in messages)
    known = [message for message in messages if message.payload["user_id"] in people]
    if not known:
        return
    settings = current_app.extensions["closedloop_settings"]
    links = {message.payload["link"] for message in known}
    batch = _Batch(clock.now(), bool(settings.smtp_url), active_hooks(), accounts_of(links))
    told = [(message, people[message.payload["user_id"]]) for message in known]
    add_notifications([_line(message, person, batch) for message, person in told])
    rows = [row for message, person in told for row in _ways(message, person, batch)]
    _write(_new_ones(rows), {message.key: message for message in known})


def accounts_of(links: Iterable[str]) -> dict[str, int]:
    """The customer whom the page of a notice is about, where it is about one."""
    found = {link: (page[1], int(page[2])) for link in links if (page := _PAGE.fullmatch(link))}
    issues = {number for kind, number in found.values() if kind == "issues"}
    rows = db.session.execute(sa.select(Issue.id, Issue.account_id).where(Issue.id.in_(issues))) if issues else ()
    owners: dict[int, int] = {row.id: row.account_id for row in rows}
    named = {link: number if kind == "accounts" else owners.get(number) for link, (kind, number) in found.items()}
    return {link: account for link, account in named.items() if account is not None}


def due_dates(links: Iterable[str]) -> dict[str, datetime]:
    """When the issue that a notice is about is due next, where it is about an open one."""
    issues = {link: int(page[2]) for link in links if (page := _PAGE.fullmatch(link)) and page[1] == "issues"}
    query = sa.select(Issue.id, due_column().label("due_at")).where(Issue.id.in_(set(issues.values())))
    due: dict[int, datetime] = {row.id: row.due_at for row in db.session.execute(query) if row.due_at} if issues else {}
    return {link: due[number] for link, number in issues.items() if number in due}


def _line(message: Message, person: Recipient, batch: _Batch) -> dict[str, object]:
    payload = message.payload
    shown = person.wishes.mode(topic_of(payload["kind"]), Channel.APP) is not Mode.OFF
    return {
        "user_id": person.id,
        "message_key": message.key,
        "kind": payload["kind"],
        "params": payload["params"],
        "link": payload["link"],
        "created_at": batch.now,
        "read_at": None if shown else batch.now,
    }


def _ways(message: Message, person: Recipient, batch: _Batch) -> list[dict[str, Any]]:
    kind = message.payload["kind"]
    topic, hook = topic_of(kind), batch.hooks.of(person.team_id)
    row = {
        "message_key": message.key,
        "user_id": person.id,
        "kind": kind,
        "account_id": batch.accounts.get(message.payload["link"]),
        "created_at": batch.now,
        "outbox_key": None,
    }
    ways = []
    for channel in Channel:
        mode = person.wishes.mode(topic, channel, hook.topics if hook else frozenset())
        if channel is Channel.CHAT and mode is Mode.OFF and not batch.hooks:
            continue  # where there is no chat, nobody wonders why it is silent
        found = _hindrance(person, channel, batch, has_hook=hook is not None) if mode is not Mode.OFF else None
        planned = Plan(found) if found else _plan(person, message, channel, mode, batch)
        way: dict[str, Any] = {"channel": channel, "mode": mode, "reason": planned.reason, "due_at": planned.due_at}
        if planned == Plan() and channel is not Channel.APP:
            way["outbox_key"] = _key(message, person, channel, batch)
        ways.append(row | way)
    return ways


def _hindrance(person: Recipient, channel: Channel, batch: _Batch, *, has_hook: bool) -> Reason | None:
    if channel is Channel.APP:
        return None
    if not person.active:
        return Reason.LEFT
    if channel is Channel.MAIL:
        return Reason.NO_CHANNEL if not batch.mails_leave else None if person.email else Reason.NO_ADDRESS
    return None if has_hook else Reason.NO_CHANNEL


def _plan(person: Recipient, message: Message, channel: Channel, mode: Mode, batch: _Batch) -> Plan:
    if channel is Channel.APP:
        return Plan(Reason.CHOICE) if mode is Mode.OFF else Plan()
    return plan(person.wishes, mode, batch.now, urgent=is_urgent(message.payload["kind"], message.payload["params"]))


def _key(message: Message, person: Recipient, channel: Channel, batch: _Batch) -> str:
    """The message of the outbox: a mail each, one chat message for all who are told the same there."""
    hook = batch.hooks.of(person.team_id)
    if channel is Channel.MAIL or hook is None:
        return f"mail:{message.key}"
    return f"chat:{hook.id}:{message.key.removesuffix(f':{person.id}')}:{batch.now.isoformat()}"


def _new_ones(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the line that each is about, without those that were written before."""
    keys = {row["message_key"] for row in rows}
    lines = sa.select(Notification.user_id, Notification.message_key, Notification.id).where(Notification.message_key.in_(keys))
    ids: dict[tuple[int, str], int] = {(line.user_id, line.message_key): line.id for line in db.session.execute(lines)}
    known = sa.select(NoticeDelivery.user_id, NoticeDelivery.channel, NoticeDelivery.message_key)
    before = {tuple(row) for row in db.session.execute(known.where(NoticeDelivery.message_key.in_(keys)))}
    return [
        row | {"notification_id": ids.get((row["user_id"], row["message_key"]))}
        for row in rows
        if (row["user_id"], row["channel"], row["message_key"]) not in before
    ]


def _write(rows: Sequence[dict[str, Any]], messages: Mapping[str, Message]) -> None:
    if not rows:
        return
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    columns = ["user_id", "channel", "message_key"]
    db.session.execute(insert(NoticeDelivery).on_conflict_do_nothing(index_elements=columns), list(rows))
    leaving = {row["outbox_key"]: row for row in rows if row["outbox_key"]}
    enqueue_many(
        [
            (SEND_MAIL, key, dict(messages[row["message_key"]].payload))
            if row["channel"] is Channel.MAIL
            else (SEND_CHAT, key, {"hook_id": int(key.split(":")[1])})
            for key, row in leaving.items()
        ]
    )
