"""The mailbox to which undeliverable mails come back: IMAP, POP3, or a Maildir on this machine."""

import imaplib
import mailbox
import poplib
from collections.abc import Callable
from urllib.parse import SplitResult, unquote, urlsplit

from feedback.egress.smtp import HERE, TIMEOUT, secure_context

MOST = 200  # mails of one visit
Take = Callable[[bytes], None]


class BoxUnavailable(Exception):
    """It cannot be read; the text says why, without the password."""


def read_box(url: str, take: Take) -> int:
    """Hand every new mail to `take`, and mark it read (POP3: delete it) after that returned; answers how many there were.

    A mail at which `take` fails stays new, and so do those behind it.

    Raises:
        BoxUnavailable: the mailbox cannot be used.
    """
    parts = urlsplit(url)
    readers = {"imap": _imap, "imaps": _imap, "pop3": _pop, "pop3s": _pop, "maildir": _maildir}
    if parts.scheme not in readers:
        raise BoxUnavailable("Write the mailbox as imaps://user:password@host/INBOX, pop3s://… or maildir:///path")
    try:
        return readers[parts.scheme](parts, take)
    except (OSError, EOFError, mailbox.Error, imaplib.IMAP4.error, poplib.error_proto) as error:
        raise BoxUnavailable(f"{parts.scheme}://{parts.hostname or parts.path} cannot be read: {error}") from error


def _imap(parts: SplitResult, take: Take) -> int:
    host = parts.hostname or ""
    if parts.scheme == "imaps":
        box: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=secure_context(), timeout=TIMEOUT)
    else:
        box = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
    try:
        if parts.scheme == "imap":
            _encrypt(host, lambda: "STARTTLS" in box.capabilities, lambda: box.starttls(secure_context()))
        box.login(unquote(parts.username or ""), unquote(parts.password or ""))
        status, said = box.select(f'"{unquote(parts.path.strip("/")) or "INBOX"}"')
        if status != "OK":
            raise OSError(f"there is no such folder ({said!r})")
        numbers = box.uid("search", "UNSEEN")[1][0].split()[:MOST]
        for number in numbers:
            answer = box.uid("fetch", number.decode(), "(BODY.PEEK[])")[1]
            take(next(part[1] for part in answer if isinstance(part, tuple)))
            box.uid("store", number.decode(), "+FLAGS", "(\\Seen)")
        return len(numbers)
    finally:
        box.logout()


def _pop(parts: SplitResult, take: Take) -> int:
    host = parts.hostname or ""
    if parts.scheme == "pop3s":
        box: poplib.POP3 = poplib.POP3_SSL(host, parts.port or 995, context=secure_context(), timeout=TIMEOUT)
    else:
        box = poplib.POP3(host, parts.port or 110, timeout=TIMEOUT)
    try:
        if parts.scheme == "pop3":
            _encrypt(host, lambda: "STLS" in _abilities(box), lambda: box.stls(secure_context()))
        box.user(unquote(parts.username or ""))
        box.pass_(unquote(parts.password or ""))
        count = min(box.stat()[0], MOST)
        for number in range(1, count + 1):
            take(b"\r\n".join(box.retr(number)[1]) + b"\r\n")
            box.dele(number)
        return count
    finally:
        box.quit()


def _abilities(box: poplib.POP3) -> dict[str, list[str]]:
    try:
        return box.capa()
    except poplib.error_proto:  # an old server that does not know the question
        return {}


def _encrypt(host: str, offered: Callable[[], bool], begin: Callable[[], object]) -> None:
    if offered():
        begin()
    elif host not in HERE:
        raise OSError("it offers no encryption: the password stays here")


def _maildir(parts: SplitResult, take: Take) -> int:
    box = mailbox.Maildir(unquote(parts.path), create=False)
    new = [key for key in box.iterkeys() if box.get_message(key).get_subdir() == "new"][:MOST]
    for key in new:
        take(box.get_bytes(key))
        message = box.get_message(key)
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message
    return len(new)
