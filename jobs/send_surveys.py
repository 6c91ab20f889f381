"""Send the mails of waves, and of invitations beside them, as they become due."""

from datetime import timedelta

from feedback.closed_loop.verifying.asking import put_off_pulses
from feedback.kernel import clock
from feedback.listening.carrying import carry_mails
from feedback.uow import transaction
from jobs.outbox_news import tell_administrators
from jobs.runner import current_slot

WATCH = timedelta(seconds=9.6)  # of the ten until the next slot
LEAST = 1.0  # seconds


def run() -> str | None:
    """Send what is due, and what becomes due until shortly before the next slot."""
    left = current_slot() + WATCH - clock.now()
    return send(max(left.total_seconds(), LEAST))


def send(seconds: float | None = None) -> str | None:
    """Send what is due now, or for so many seconds."""
    with transaction():
        put_off_pulses()
    result = carry_mails(seconds)
    tell_administrators(result)
    return str(result) or None
