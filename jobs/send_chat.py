"""Deliver chat messages. A job of its own: a chat that answers slowly must not hold up mails and notices."""

from datetime import timedelta

from flask import current_app

from feedback.outbox.delivery import Delivered, Handlers, deliver_next
from feedback.telling.chat import Sender
from feedback.telling.notices import SEND_CHAT
from jobs.outbox_news import tell_administrators

MOST = 200  # messages of one run; the next one is seconds away


def run() -> str | None:
    """Deliver what is due, one after the other."""
    lease = timedelta(seconds=current_app.extensions["closedloop_settings"].outbox_lease_seconds)
    handlers, total = Handlers({}, {SEND_CHAT: Sender()}), Delivered()
    for _message in range(MOST):
        if not deliver_next(SEND_CHAT, handlers, lease=lease, total=total):
            break
    tell_administrators(total)
    return str(total) or None
