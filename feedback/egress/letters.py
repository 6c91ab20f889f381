"""Mails as they leave: headers that nobody can extend, and a Message-ID that stays the same."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

_ID_LENGTH = 40  # hexadecimal digits: 160 bits
_WHOLE = {"list-unsubscribe", "message-id"}


class _Wire(EmailPolicy):
    """As mail servers want it, but for two things that Python's own folding gets wrong.

    A word that is longer than a line becomes an encoded word, which no mail program reads in List-Unsubscribe; and where a text
    beyond ASCII needs several lines, the space between two of its words is lost.
    """

    def fold(self, name: str, value: str) -> str:
        """One header."""
        if name.lower() == "subject" and not value.isascii():
            encoded = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}"
        whole = f"{name}: {value}{self.linesep}"
        return whole if name.lower() in _WHOLE and whole.isascii() and len(whole) < 998 else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header, as bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


WIRE = _Wire(linesep="\r\n", cte_type="7bit")  # nobody on the way has to change it, which would break its signature


class MailRefused(Exception):
    """The mail server, or the message itself, says that trying again has no sense.

    `at_recipient`: the refusal is about the address, not about what the mail says. `reply` is what the server answered.
    """

    def __init__(self, text: str, *, at_recipient: bool = False, code: int = 0, reply: str = "") -> None:
        super().__init__(text)
        self.at_recipient, self.code, self.reply = at_recipient, code, reply


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a mail. Addresses may be written as "Name <address>"; `extra` headers are added as they are."""

    sender: str
    to: str
    subject: str
    message_id: str
    sent_at: datetime
    reply_to: str = ""
    extra: Mapping[str, str] | None = None


def build_mail(heading: Heading, *, text: str, html: str | None = None) -> EmailMessage:
    """A mail whose headers nobody can extend: plain text, and the same as HTML beside it where `html` is given.

    Raises:
        MailRefused: an address is not valid (`at_recipient`: that of the recipient).
    """
    mail = EmailMessage(policy=WIRE)
    mail["From"] = address(heading.sender)
    try:
        mail["To"] = address(heading.to)
    except MailRefused as error:
        raise MailRefused(str(error), at_recipient=True) from error
    if heading.reply_to:
        mail["Reply-To"] = address(heading.reply_to)
    mail["Subject"] = one_line(heading.subject)
    mail["Date"] = format_datetime(heading.sent_at)
    mail["Message-ID"] = heading.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
        # a repeat is the same mail to the last byte
        mail.set_boundary(f"={hashlib.sha256(heading.message_id.encode()).hexdigest()[:_ID_LENGTH]}=")
    for name, value in (heading.extra or {}).items():  # last: what is said about the content moves with the first part
        mail[name] = one_line(value)
    return mail


def message_id(secret: str, key: str, sender: str) -> str:
    """The Message-ID of the mail with this key: the same for a second delivery, and nobody without the secret can tell it."""
    code = hmac.digest(secret.encode(), f"mail:{key}".encode(), "sha256").hex()
    return f"<{code[:_ID_LENGTH]}@{domain_of(sender) or 'localhost'}>"


def domain_of(sender: str) -> str:
    """The domain of an address, in lower case; empty for what is none."""
    return parseaddr(sender)[1].rpartition("@")[2].lower()


def one_line(text: str) -> str:
    """Text that stays one header: no line breaks, and no encoded word that the header parser would decode into some."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).replace("=?", "= ?").split())


def sender_of(mail_from: str, company: str) -> str:
    """Who a mail is from: the name that stands before the address, or else the company's. The address stays as it is."""
    if "<" in mail_from or not company.strip():
        return mail_from
    name = " ".join(company.split()).replace("\\", "").replace('"', "'")
    return f'"{name}" <{mail_from}>'


def address(text: str) -> Address:
    """An address, with or without a name before it.

    Raises:
        MailRefused: it is not valid, or has letters before its @ that not every mail server on the way would understand.
    """
    try:
        if any(not char.isprintable() for char in text):
            raise ValueError(text)
        name, spec = parseaddr(text) if "<" in text else ("", text)
        local, _, domain = spec.rpartition("@")
        if not domain.isascii():
            spec = f"{local}@{domain.encode('idna').decode()}"
        if not spec.isascii():
            raise ValueError(text)
        return Address(display_name=one_line(name), addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError) as error:  # what idna does not know is a ValueError too
        raise MailRefused(f"{text!r} is not an address that mail can be sent to") from error
