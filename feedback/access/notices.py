"""Notices to staff: a line under the bell, and a mail where a mail server is set."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale

from feedback.access.models import User
from feedback.egress.letters import Heading, MailRefused, build_mail, message_id
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.delivery import Message, NotNow, Undeliverable
from feedback.outbox.service import add_notifications, enqueue_many
from feedback.outbox.wording import wording
from feedback.uow import end_reading


def write_notices(messages: Sequence[Message]) -> None:
    """Turn `notify_user` messages into lines under the bell and, where mail is set up, into mails. Only writes rows."""
    people = _people(message.payload["user_id"] for message in messages)
    known = [message for message in messages if message.payload["user_id"] in people]
    add_notifications([_line(message) for message in known])
    if current_app.extensions["closedloop_settings"].smtp_url:
        active = [message for message in known if people[message.payload["user_id"]].active]
        enqueue_many([("send_mail", f"mail:{message.key}", dict(message.payload)) for message in active])


def _people(user_ids: Iterable[int]) -> dict[int, sa.Row[int, str, str, bool]]:
    query = sa.select(User.id, User.email, User.locale, User.active).where(User.id.in_(set(user_ids)))
    return {row.id: row for row in db.session.execute(query)}


def _line(message: Message) -> dict[str, object]:
    payload = message.payload
    return {
        "user_id": payload["user_id"],
        "message_key": message.key,
        "kind": payload["kind"],
        "params": payload["params"],
        "link": payload["link"],
        "created_at": clock.now(),
    }


def send_mail(mailer: Mailer, messages: Sequence[Message]) -> None:
    """Mail `send_mail` messages. Who left meanwhile gets none.

    Raises:
        Undeliverable: the address or the server refuses it for good.
        NotNow: no mail can leave at the moment.
    """
    settings = current_app.extensions["closedloop_settings"]
    people = _people(message.payload["user_id"] for message in messages)
    end_reading()  # no transaction stays open while the mail server thinks
    for message in messages:
        person = people.get(message.payload["user_id"])
        if person is None or not person.active:
            continue
        with force_locale(person.locale):
            words = wording(message.payload["kind"], message.payload["params"])
        text = "\n\n".join(part for part in (words.title, words.advice, settings.base_url + message.payload["link"]) if part)
        secret = settings.secret_key.get_secret_value()
        heading = Heading(
            sender=settings.mail_from,
            to=person.email,
            subject=words.title,
            message_id=message_id(secret, message.key, settings.mail_from),
            sent_at=message.created_at,
        )
        try:
            mailer.send(build_mail(heading, text=text))
        except MailRefused as error:
            raise Undeliverable(str(error)) from error
        except ServerUnavailable as error:
            raise NotNow(str(error)) from error
