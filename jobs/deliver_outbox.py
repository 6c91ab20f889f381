"""Deliver what waits in the outbox."""

from datetime import timedelta
from functools import partial

from flask import current_app

from feedback.access.notices import send_mail, write_notices
from feedback.egress import Mailer
from feedback.outbox.delivery import Handlers, deliver_due


def run() -> str | None:
    """Deliver everything that is due."""
    settings = current_app.extensions["closedloop_settings"]
    lease = timedelta(seconds=settings.outbox_lease_seconds)
    rows = {"notify_user": write_notices}
    if not settings.smtp_url:
        result = deliver_due(Handlers(rows, {}), lease=lease)
    else:
        with Mailer(settings.smtp_url) as mailer:
            result = deliver_due(Handlers(rows, {"send_mail": partial(send_mail, mailer)}), lease=lease)
    if not (result.delivered or result.failed or result.dead):
        return None
    return f"{result.delivered} delivered, {result.failed} put back, {result.dead} given up"
