"""Deliver what waits in the outbox."""

from datetime import timedelta
from functools import partial

from flask import current_app

from feedback.access.notices import send_mail, write_notices
from feedback.egress import Mailer
from feedback.issues.queries import staffing
from feedback.kernel import clock
from feedback.listening.sending import KIND, queue_due, send_survey
from feedback.outbox.delivery import Handlers, deliver_due
from feedback.outbox.service import enqueue_many
from feedback.uow import transaction


def run() -> str | None:
    """Deliver everything that is due, the mails of running waves included."""
    settings = current_app.extensions["closedloop_settings"]
    if settings.smtp_url:  # without a mail server the mails of a wave wait where they are
        with transaction():
            queue_due()
    lease = timedelta(seconds=settings.outbox_lease_seconds)
    rows = {"notify_user": write_notices}
    if not settings.smtp_url:
        result = deliver_due(Handlers(rows, {}), lease=lease)
    else:
        with Mailer(settings.smtp_url) as mailer:
            result = deliver_due(
                Handlers(rows, {"send_mail": partial(send_mail, mailer), KIND: partial(send_survey, mailer)}), lease=lease
            )
    if result.dead:
        _tell_administrators(result.dead)
    if not (result.delivered or result.failed or result.dead):
        return None
    return f"{result.delivered} delivered, {result.failed} put back, {result.dead} given up"


def _tell_administrators(count: int) -> None:
    """At most one line an hour each, however many messages die."""
    hour = clock.now().strftime("%Y-%m-%dT%H")
    payload = {"kind": "message_dead", "params": {"count": count}, "link": "/"}
    with transaction():
        enqueue_many(
            [("notify_user", f"message-dead:{hour}:{admin}", payload | {"user_id": admin}) for admin in staffing.admin_ids()]
        )
