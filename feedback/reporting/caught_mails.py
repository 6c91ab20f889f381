"""The mails that the local catcher kept, where there is one."""

from flask import current_app

from feedback.kernel.errors import NotFound
from feedback.outbox.caught import CaughtMail, MailFolder


def has_catcher() -> bool:
    """Whether mails of this installation stay on this machine."""
    return current_app.extensions["closedloop_settings"].caught_mail_dir is not None


def caught_mails() -> MailFolder:
    """The folder.

    Raises:
        NotFound: this installation sends its mails.
    """
    folder = current_app.extensions["closedloop_settings"].caught_mail_dir
    if folder is None:
        raise NotFound
    return MailFolder(folder)


def get_caught(number: int) -> CaughtMail:
    """One mail.

    Raises:
        NotFound: it is gone, or was never there.
    """
    found = caught_mails().find(number)
    if found is None:
        raise NotFound
    return found
