"""Handing mails to the mail server."""

import smtplib
import ssl
import threading
import time
from email.message import EmailMessage
from functools import lru_cache
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from feedback.egress.dkim import Signer
from feedback.egress.letters import MailRefused, one_line

TIMEOUT = 15.0  # seconds for each answer of the mail server
TAKING = 60.0  # for the answer after the mail itself: giving up on a slow yes means a second mail
# The longest that one mail can take: a kept connection that has died; connect, greet, EHLO, STARTTLS and its handshake, EHLO,
# three steps of a log-in, MAIL, RCPT; DATA, the mail itself, the yes; RSET or QUIT.
LONGEST = 12 * TIMEOUT + 3 * TAKING + TIMEOUT
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
TEMPORARY, PERMANENT, CLOSING = 400, 500, 421
_BURST = 2.0  # seconds


class ServerUnavailable(Exception):
    """The mail server takes nothing from us at the moment, whatever the mail: it cannot be reached, or does not let us in."""


class TryLater(Exception):
    """This mail may go better later (4xx)."""


class Pace:
    """Lets so many mails a second through, evenly; what was not used is good for two seconds. Any number of threads may wait."""

    def __init__(self, per_second: float) -> None:
        self._gap, self._next, self._lock = 1 / per_second, 0.0, threading.Lock()

    def wait(self) -> None:
        """Return when the next mail may leave."""
        with self._lock:
            now = time.monotonic()
            mine = max(self._next, now - _BURST)
            self._next = mine + self._gap
        if mine > now:
            time.sleep(mine - now)


class Mailer:
    """One connection to the mail server of `smtp_url`, made with the first mail and kept for the next ones.

    smtp:// uses STARTTLS where the server offers it, smtps:// is encrypted from the start. A password is only ever sent
    encrypted, or to this machine.
    """

    def __init__(self, smtp_url: str, signer: Signer | None = None) -> None:
        self._url: SplitResult = urlsplit(smtp_url)
        if self._url.scheme not in {"smtp", "smtps"} or not self._url.hostname:
            raise ValueError("The mail server is written as smtp://user:password@host:port or smtps://…")
        self._signer = signer
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def send(self, mail: EmailMessage, *, return_path: str = "") -> None:
        """Hand a mail over; returns when the server has taken it. What comes back goes to `return_path`, else to the sender.

        Raises:
            MailRefused: the server refuses it for good (5xx).
            ServerUnavailable: no mail can leave now.
            TryLater, OSError, smtplib.SMTPException: it may go better later.
        """
        raw = mail.as_bytes()
        signed = self._signer.sign(raw) if self._signer else raw
        try:
            self._hand_over(signed, return_path or mail["From"].addresses[0].addr_spec, mail["To"].addresses[0].addr_spec)
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise

    def close(self) -> None:
        """End the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def connect(self) -> None:
        """Make the connection now, to see whether that works.

        Raises:
            ServerUnavailable: it does not.
        """
        self._open_anew()

    def _hand_over(self, raw: bytes, sender: str, to: str) -> None:
        connection = self._begin(sender)
        code, reply = connection.rcpt(to)
        if not _is_fine(code):
            self._refuse(code, reply, at_recipient=True)
        _be_patient(connection, TAKING)
        try:
            code, reply = connection.data(raw)
        except smtplib.SMTPDataError as error:  # it did not even want to see it
            code, reply = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        if not _is_fine(code):
            self._refuse(code, reply)
        _be_patient(connection, TIMEOUT)

    def _begin(self, sender: str) -> smtplib.SMTP:
        """Say whom the mail is from; anew where the connection that was kept has ended or is wanted no more."""
        kept = self._connection
        if kept is not None:
            try:
                if _is_fine(kept.mail(sender)[0]):
                    return kept
            except (OSError, smtplib.SMTPException):
                pass
            self._drop()
        connection = self._open_anew()
        try:
            code, reply = connection.mail(sender)
        except (OSError, smtplib.SMTPException) as error:
            code, reply = 0, str(error).encode()
        if _is_fine(code):
            return connection
        self._drop()  # nothing of ours is wanted: that is nobody's address
        raise ServerUnavailable(f"The mail server does not take our mail: {code or ''} {_said(reply)}")

    def _refuse(self, code: int, reply: bytes, *, at_recipient: bool = False) -> None:
        text = f"{code} {_said(reply)}"
        connection = self._connection
        if code == CLOSING or connection is None:
            self._drop()
        else:
            _be_patient(connection, TIMEOUT)
            connection.rset()
        if code >= PERMANENT:
            raise MailRefused(text, at_recipient=at_recipient, code=code, reply=_said(reply))
        raise TryLater(text)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open_anew(self) -> smtplib.SMTP:
        try:
            self._connection = self._open()
        except smtplib.SMTPAuthenticationError as error:
            said = f"{error.smtp_code} {_said(error.smtp_error if isinstance(error.smtp_error, bytes) else b'')}"
            raise ServerUnavailable(
                f"The log-in was refused by the mail server {self._url.hostname}; check the user and the password in "
                f"CLOSEDLOOP_SMTP_URL: {said}"
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            where = f"{self._url.hostname}:{self._url.port or 'default'}"
            raise ServerUnavailable(f"The mail server {where} cannot be used: {one_line(str(error))}") from error
        return self._connection

    def _open(self) -> smtplib.SMTP:
        host = self._url.hostname or ""
        if self._url.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT, context=secure_context())
        else:
            connection = smtplib.SMTP(host, self._url.port or 25, timeout=TIMEOUT)
        try:
            self._get_in(connection, host)
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
        return connection

    def _get_in(self, connection: smtplib.SMTP, host: str) -> None:
        """Encrypt the connection where that can be, and log in."""
        encrypted = self._url.scheme == "smtps"
        if not encrypted:
            connection.ehlo()
            encrypted = connection.has_extn("starttls")
            if encrypted:
                connection.starttls(context=secure_context())
        connection.ehlo_or_helo_if_needed()
        if self._url.username:
            if not encrypted and host not in HERE:
                raise OSError(f"{host} offers no encryption: the password stays here")
            connection.login(unquote(self._url.username), unquote(self._url.password or ""))


@lru_cache(maxsize=1)
def secure_context() -> ssl.SSLContext:
    """How we know the other side. Made once: reading the authorities takes as long as sending several mails."""
    return ssl.create_default_context()


def _be_patient(connection: smtplib.SMTP, seconds: float) -> None:
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


def _is_fine(code: int) -> bool:
    return 200 <= code < 300


def _said(reply: bytes) -> str:
    return one_line(reply.decode("utf-8", "replace"))[:300]
