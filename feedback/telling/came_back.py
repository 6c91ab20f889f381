"""Notices that a mail server took and sent back later. Call inside `transaction()`."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from feedback.egress.letters import message_id
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.telling.digests import SEND_DIGEST
from feedback.telling.notices import SEND_MAIL

LATEST = timedelta(days=14)  # a mail that is given up after more than five days comes back from no server
_ERROR = 500


def note_returned(message_ids: Collection[str], *, status: str) -> int:
    """These mails did not arrive: the delivery log says so, and they can be tried again; answers how many were notices.

    Their Message-IDs are stored nowhere: they follow from the keys of the messages and the secret of the installation.
    """
    ours = [key for name, key in _recent().items() if name in message_ids]
    values = {"delivered_at": None, "dead_at": clock.now(), "last_error": f"The mail came back: {status or '?'}"[:_ERROR]}
    db.session.execute(sa.update(OutboxMessage).where(OutboxMessage.key.in_(ours)).values(**values))
    return len(ours)


def _recent() -> Mapping[str, str]:
    settings = current_app.extensions["closedloop_settings"]
    secret = settings.secret_key.get_secret_value()
    kinds = OutboxMessage.kind.in_((SEND_MAIL, SEND_DIGEST))
    keys = sa.select(OutboxMessage.key).where(kinds, OutboxMessage.delivered_at > clock.now() - LATEST)
    return {message_id(secret, key, settings.mail_from): key for key in db.session.scalars(keys)}
