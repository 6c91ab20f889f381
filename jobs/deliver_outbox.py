"""Deliver what waits in the outbox: notices, and mails to staff. Survey mails and chats have jobs of their own."""

from datetime import timedelta
from functools import partial

from flask import current_app

from feedback.egress.smtp import Mailer
from feedback.egress.sources import signer_of
from feedback.issues.working import progress, progress_sending
from feedback.listening import samples
from feedback.listening.sending import KIND
from feedback.outbox.delivery import Handler, Handlers, deliver_due
from feedback.outer_loop import follow_ups, sending
from feedback.telling.digests import SEND_DIGEST
from feedback.telling.mailing import send_digest, send_mail
from feedback.telling.notices import SEND_CHAT, SEND_MAIL, write_notices
from jobs.outbox_news import tell_administrators


def run() -> str | None:
    """Deliver everything that is due."""
    settings = current_app.extensions["closedloop_settings"]
    lease = timedelta(seconds=settings.outbox_lease_seconds)
    rows = {"notify_user": write_notices}
    if not settings.smtp_url:
        result = deliver_due(
            Handlers(rows, {}), lease=lease, without=(KIND, SEND_CHAT, SEND_DIGEST, follow_ups.KIND, progress.KIND)
        )
    else:
        with Mailer(settings.smtp_url, signer_of(settings)) as mailer:
            outside: dict[str, Handler] = {
                SEND_MAIL: partial(send_mail, mailer),
                SEND_DIGEST: partial(send_digest, mailer),
                samples.KIND: partial(samples.send_sample, mailer),
                follow_ups.KIND: partial(sending.send_follow_up, mailer),
                progress.KIND: partial(progress_sending.send_progress_mail, mailer),
            }
            given_up = {follow_ups.KIND: sending.give_up, progress.KIND: progress_sending.give_up}
            handlers = Handlers(rows, outside, given_up)
            result = deliver_due(handlers, lease=lease, without=(KIND, SEND_CHAT))
    tell_administrators(result)
    return str(result) or None
