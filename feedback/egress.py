"""The only way out of the building: the only file that opens sockets. Today it carries mail to staff."""

import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT = 15.0  # seconds for each answer of the mail server
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
PERMANENT = 500


class MailRefused(Exception):
    """The mail server, or the message itself, says that trying again has no sense."""


def build_mail(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    key: str,
    sent_at: datetime,
    html: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """A mail whose headers nobody can extend: plain text, and the same as HTML beside it where `html` is given.

    The Message-ID comes from `key` alone, so that a second delivery of the same message is recognised as the same mail.

    Raises:
        MailRefused: an address is not valid.
    """
    mail = EmailMessage(policy=SMTP)
    from_address = _address(sender)
    mail["From"] = from_address
    mail["To"] = _address(to)
    mail["Subject"] = _one_line(subject)
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = message_id(key, from_address.domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    for name, value in (headers or {}).items():  # last: what is said about the content moves with the first part
        mail[name] = _one_line(value)
    return mail


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the mail with this key."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain or 'localhost'}>"


def _one_line(text: str) -> str:
    """Text that stays one header: no line breaks, and no encoded word that the header parser would decode into some."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).replace("=?", "= ?").split())


def _address(text: str) -> Address:
    try:
        if any(not char.isprintable() for char in text):
            raise ValueError(text)
        return Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise MailRefused(f"{text!r} is not an address") from error


class Mailer:
    """One connection to the mail server of `smtp_url`, made with the first mail and kept for the next ones.

    smtp:// uses STARTTLS where the server offers it, smtps:// is encrypted from the start. A password is only ever sent
    encrypted, or to this machine.
    """

    def __init__(self, smtp_url: str) -> None:
        self._url: SplitResult = urlsplit(smtp_url)
        if self._url.scheme not in {"smtp", "smtps"} or not self._url.hostname:
            raise ValueError("The mail server is written as smtp://user:password@host:port or smtps://…")
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over; returns when the server has taken it.

        Raises:
            MailRefused: the server refuses it for good (5xx).
            OSError, smtplib.SMTPException: it may go better later.
        """
        try:
            self._connect().send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if min(codes) >= PERMANENT:
                raise MailRefused(str(error)) from error
            raise
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
            if error.smtp_code >= PERMANENT:
                raise MailRefused(str(error)) from error
            raise
        except (OSError, smtplib.SMTPException):
            self.close()
            raise

    def close(self) -> None:
        """End the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connect(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> smtplib.SMTP:
        host, secure = self._url.hostname or "", ssl.create_default_context()
        if self._url.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT, context=secure)
            encrypted = True
        else:
            connection = smtplib.SMTP(host, self._url.port or 25, timeout=TIMEOUT)
            connection.ehlo()
            encrypted = connection.has_extn("starttls")
            if encrypted:
                connection.starttls(context=secure)
        if self._url.username:
            if not encrypted and host not in HERE:
                connection.close()
                raise OSError(f"{host} offers no encryption: the password stays here")
            connection.login(unquote(self._url.username), unquote(self._url.password or ""))
        return connection
