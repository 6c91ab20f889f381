"""Read the mailbox to which undeliverable mails come back."""

from flask import current_app

from feedback.listening.collecting import collect, summary


def run() -> str | None:
    """Take every new report; without a mailbox in the settings there is nothing to do."""
    url = current_app.extensions["closedloop_settings"].bounce_mailbox
    return summary(collect(url)) if url else None
