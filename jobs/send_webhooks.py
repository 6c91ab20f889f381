"""Send webhooks. A job of its own: partners that answer slowly must not hold up mails and notices."""

from feedback.partners.sending import send_due


def run() -> str | None:
    """Send what is due."""
    return str(send_due()) or None
