"""What messages, notices and caught mails say about a person."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.extensions import db
from feedback.kernel.clearing import clear_texts, may_name
from feedback.kernel.erasing import Counts, Person, erases
from feedback.outbox.caught import CaughtMail, MailFolder
from feedback.outbox.models import Notification, OutboxMessage


@erases("outbox_message.payload", "outbox_message.last_error", "notification.params")
def forget_messages(person: Person) -> Counts:
    """Clear the name from what was told and from what is still to be told; a link says which customer that is about."""
    session, links = db.session(), _links(person)
    texts = [OutboxMessage.payload, OutboxMessage.last_error]
    named = sa.or_(*(may_name(session, person, text, near=True) for text in texts))
    done = clear_texts(session, person, texts, named, near=lambda row: _link_in(row.payload) in links)
    named, about = may_name(session, person, Notification.params, near=True), [Notification.link]
    done += clear_texts(session, person, [Notification.params], named, beside=about, near=lambda row: row.link in links)
    return {"messages_cleared": done}


def _links(person: Person) -> frozenset[str]:
    pages = (("account", "accounts"), ("issue", "issues"))
    return frozenset(f"/app/{page}/{one}" for kind, page in pages for one in person.near.get(kind, ()))


def _link_in(payload: Any) -> str:
    return str(payload.get("link", "")) if isinstance(payload, dict) else ""


@erases()
def forget_caught(person: Person) -> Counts:
    """Mails to the person that a catcher kept, and those that name the person."""
    folder: Path | None = current_app.extensions["closedloop_settings"].caught_mail_dir
    if folder is None:
        return {}
    return {"caught_mails": MailFolder(folder).remove(lambda mail: _is_about(person, mail), really=not person.counting)}


def _is_about(person: Person, mail: CaughtMail) -> bool:
    texts = (mail.to, mail.subject, mail.text, mail.html)
    return any(person.is_in(text) for text in texts)
