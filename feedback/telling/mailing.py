"""Mails to people who work here: one for each notice, or one for what was collected."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.accounts.models import Account
from feedback.egress.letters import Heading, MailRefused, build_mail, message_id, sender_of
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.delivery import Message, NotNow, NotYet, Undeliverable
from feedback.outbox.mail_links import MailLink, links_for
from feedback.outbox.models import Notification
from feedback.outbox.wording import wording
from feedback.telling.digest_letters import Line, Reader, write_digest
from feedback.telling.matters import about_issue
from feedback.telling.models import NoticeDelivery
from feedback.telling.notices import due_dates
from feedback.telling.people import Recipient, recipients
from feedback.telling.rules.plans import plan
from feedback.telling.rules.topics import Mode, is_urgent
from feedback.uow import end_reading, transaction


def send_mail(mailer: Mailer, messages: Sequence[Message]) -> None:
    """Mail `send_mail` messages. Who left meanwhile gets none.

    Raises:
        Undeliverable: the address or the server refuses it for good.
        NotNow: no mail can leave at the moment.
        NotYet: it is quiet where the person is; the mail server had taken nothing before.
    """
    people = recipients(message.payload["user_id"] for message in messages)
    end_reading()  # no transaction stays open while the mail server thinks
    for message in messages:
        person = people.get(message.payload["user_id"])
        if person is None or not person.active:
            continue
        _not_in_the_quiet(person, urgent=is_urgent(message.payload["kind"], message.payload["params"]))
        with force_locale(person.locale):
            words = wording(message.payload["kind"], message.payload["params"])
            about = about_issue(message.payload["link"], person)
            at_once = _at_once(links_for(message.payload, person.id, message.created_at))
        end_reading()
        parts = (words.title, words.advice, about, _base() + message.payload["link"], *at_once)
        text = "\n\n".join(part for part in parts if part)
        _send(mailer, message, person, words.subject, text)
        _note_if_kept(message)


def _at_once(offers: Sequence[MailLink]) -> list[str]:
    """What can be done without opening anything else."""
    if not offers:
        return []
    head = _("At once, without logging in (each link works once, for a day):")
    return [head, *(f"{offer.label}:\n{_base()}{offer.path}" for offer in offers)]


def _not_in_the_quiet(person: Recipient, *, urgent: bool) -> None:
    planned = plan(person.wishes, Mode.AT_ONCE, clock.now(), urgent=urgent)
    if planned.due_at is not None:
        raise NotYet("it is quiet where the person is", until=planned.due_at)


def send_digest(mailer: Mailer, messages: Sequence[Message]) -> None:
    """Mail what was collected for a person, in their language. Of what was taken back meanwhile nothing is said.

    Raises:
        Undeliverable, NotNow: as `send_mail`.
    """
    for message in messages:
        lines = _collected(message.key)
        person = recipients([message.payload["user_id"]]).get(message.payload["user_id"])
        end_reading()
        if person is None or not person.active or not lines:
            continue
        with force_locale(person.locale):
            letter = write_digest(lines, Reader(person.wishes.zone, _base()))
        _send(mailer, message, person, letter.subject, letter.text, letter.html)
        _note_if_kept(message)


def _collected(key: str) -> list[Line]:
    """What belongs to a digest, the oldest first."""
    query = (
        sa.select(Notification.kind, Notification.params, Notification.link, Account.name.label("account"))
        .join(NoticeDelivery, NoticeDelivery.notification_id == Notification.id)
        .outerjoin(Account, Account.id == NoticeDelivery.account_id)
        .where(NoticeDelivery.outbox_key == key)
        .order_by(NoticeDelivery.id)
    )
    rows = db.session.execute(query).all()
    due = due_dates({row.link for row in rows})
    return [Line(row.kind, row.params, row.link, row.account, due.get(row.link)) for row in rows]


def _note_if_kept(message: Message) -> None:
    """What only the catcher of this machine took went nowhere, also after a mail server is set."""
    if current_app.extensions["closedloop_settings"].caught_mail_dir is not None:
        with transaction():
            db.session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.outbox_key == message.key).values(kept_here=True))


def _base() -> str:
    base: str = current_app.extensions["closedloop_settings"].base_url
    return base


def _return_path(name: str) -> str:
    """Where it goes when it cannot be delivered; a * in the setting stands for what names the mail."""
    address: str = current_app.extensions["closedloop_settings"].bounce_address
    return address.replace("*", name[1:].partition("@")[0])


def _send(mailer: Mailer, message: Message, person: Recipient, subject: str, text: str, html: str | None = None) -> None:
    settings = current_app.extensions["closedloop_settings"]
    heading = Heading(
        sender=sender_of(settings.mail_from, settings.company_name),
        to=person.email,
        subject=subject,
        message_id=message_id(settings.secret_key.get_secret_value(), message.key, settings.mail_from),
        sent_at=message.created_at,
    )
    try:
        mailer.send(build_mail(heading, text=text, html=html), return_path=_return_path(heading.message_id))
    except MailRefused as error:
        raise Undeliverable(str(error)) from error
    except ServerUnavailable as error:
        raise NotNow(str(error)) from error
