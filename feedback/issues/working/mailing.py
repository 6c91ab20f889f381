"""A mail to one customer: when it may leave, to whom it must not, what becomes of a refusal. Follow-ups leave the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.accounts.models import Contact
from feedback.egress.letters import Heading, MailRefused, build_mail, message_id, sender_of
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.extensions import db
from feedback.issues.working.rules import MailStop
from feedback.kernel import clock
from feedback.outbox.delivery import Message, NotNow, NotYet, Undeliverable
from feedback.permission.preference_links import preference_link
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, Consent, Purpose, SuppressionReason
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.people.submissions import find_held_stop
from feedback.uow import end_reading, transaction

LATE = timedelta(hours=1)  # after working hours a mail of the day may still leave
RELEASE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter as it leaves; `reply_to` as `reply_address` says. The contact's own link is put below its text."""

    contact_id: int
    to: str
    subject: str
    text: str
    language: str
    reply_to: str


def wish_against(contact: Contact) -> MailStop | None:
    """Why this person must not be mailed at all. A service mail needs no consent, but heeds a refusal."""
    if not contact.email:
        return MailStop.NO_ADDRESS
    listed = suppressed_contacts([contact.id]).get(contact.id)
    if listed is not None:
        return MailStop.BOUNCED if listed is SuppressionReason.HARD_BOUNCE else MailStop.STOP_LIST
    said = consent_states([contact.id], Purpose.SERVICE, Channel.EMAIL).get(contact.id, NOTHING_RECORDED)
    return MailStop.REFUSED if said.state is Consent.REFUSED else None


def wait_if_needed(contact: Contact | None, account_zone: str | None) -> None:
    """Not at night, and not while it is open whether this person has just asked for no more mails.

    Raises:
        NotYet: one of them, with the moment at which to look again.
    """
    now = clock.now()
    hours = current_app.extensions["closedloop_settings"].working_hours
    opens: datetime = hours.next_opening(now, zone_for(contact, account_zone), late=LATE)
    if opens > now:
        raise NotYet("it is no working hour there", until=opens)
    held = find_held_stop(contact.id) if contact else None
    if held is not None:
        raise NotYet("a wish to get no mails is being looked at", until=max(held, now) + RELEASE)


def zone_for(contact: Contact | None, account_zone: str | None) -> tzinfo:
    """The zone in which the contact lives: their own, the account's, that of the installation."""
    installation = current_app.extensions["closedloop_settings"].installation_time_zone
    for name in (contact.time_zone if contact else None, account_zone, installation):
        if name:
            try:
                return ZoneInfo(name)
            except (KeyError, ValueError, OSError):  # a name that no longer exists
                continue
    return UTC


def send_letter(mailer: Mailer, message: Message, letter: Outgoing, *, on_refusal: Callable[[], None]) -> str:
    """Hand the letter to the mail server; answers the name of the mail. A refusal is noted in a transaction of its own.

    Raises:
        Undeliverable: the address or the server refuses it for good.
        NotNow: no mail can leave at the moment.
    """
    try:
        mail = build_mail(_heading(letter, message), text=f"{letter.text.rstrip()}\n\n{_own_page(letter)}\n")
        name = str(mail["Message-ID"])
        end_reading()  # no transaction stays open while the mail server thinks
        mailer.send(mail, return_path=_return_path(name))
    except MailRefused as error:
        if not (error.code or error.at_recipient):
            raise NotNow(f"Our own address cannot be used: {error}") from error
        with transaction():
            on_refusal()
        raise Undeliverable(f"refused with {error.code}") from error
    except ServerUnavailable as error:
        raise NotNow(str(error)) from error
    return name


def _own_page(letter: Outgoing) -> str:
    """Where the person says what we may do. It stands in no record: whoever has it can speak for the person."""
    with force_locale(letter.language):
        said: str = _("What we may do, how we may reach you, and pauses:")
    return f"{said} {preference_link(letter.contact_id)}"


def _heading(letter: Outgoing, message: Message) -> Heading:
    settings: Any = current_app.extensions["closedloop_settings"]
    return Heading(
        sender=sender_of(settings.mail_from, settings.company_name),
        to=letter.to,
        subject=letter.subject,
        message_id=message_id(settings.secret_key.get_secret_value(), message.key, settings.mail_from),
        sent_at=message.created_at,
        reply_to=letter.reply_to,
        extra={"Content-Language": letter.language},
    )


def reply_address(*user_ids: int | None) -> str:
    """Who gets the answer to a mail: whom the setting names, else the first of these people who still works here."""
    named: str = current_app.extensions["closedloop_settings"].mail_reply_to
    for user_id in (one for one in user_ids if one is not None and not named):
        named = db.session.scalar(sa.select(User.email).where(User.id == user_id, User.active)) or ""
    return named


def _return_path(name: str) -> str:
    """Where it goes when it cannot be delivered; a * in the setting stands for what names the mail."""
    address: str = current_app.extensions["closedloop_settings"].bounce_address
    return address.replace("*", name[1:].partition("@")[0])
