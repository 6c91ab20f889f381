"""Send the mails of waves, and of invitations beside them, as they become due."""

from feedback.listening.carrying import carry_mails
from jobs.outbox_news import tell_administrators

WATCH = 9.0  # seconds; the next run begins ten after this one


def run(seconds: float = WATCH) -> str | None:
    """Send what is due now and what becomes due until the next run."""
    result = carry_mails(seconds)
    tell_administrators(result)
    return str(result) or None
