"""Deliver what waits in the outbox, apart from survey mails, which must not hold it up: notices, and mails to staff."""

from datetime import timedelta
from functools import partial

from flask import current_app

from feedback.access.notices import send_mail, write_notices
from feedback.egress.smtp import Mailer
from feedback.egress.sources import signer_of
from feedback.listening import samples
from feedback.listening.sending import KIND
from feedback.outbox.delivery import Handler, Handlers, deliver_due
from feedback.outer_loop import follow_ups, sending
from jobs.outbox_news import tell_administrators


def run() -> str | None:
    """Deliver everything that is due."""
    settings = current_app.extensions["closedloop_settings"]
    lease = timedelta(seconds=settings.outbox_lease_seconds)
    rows = {"notify_user": write_notices}
    if not settings.smtp_url:
        result = deliver_due(Handlers(rows, {}), lease=lease, without=(KIND, follow_ups.KIND))
    else:
        with Mailer(settings.smtp_url, signer_of(settings)) as mailer:
            outside: dict[str, Handler] = {
                "send_mail": partial(send_mail, mailer),
                samples.KIND: partial(samples.send_sample, mailer),
                follow_ups.KIND: partial(sending.send_follow_up, mailer),
            }
            handlers = Handlers(rows, outside, {follow_ups.KIND: sending.give_up})
            result = deliver_due(handlers, lease=lease, without=(KIND,))
    tell_administrators(result)
    return str(result) or None
