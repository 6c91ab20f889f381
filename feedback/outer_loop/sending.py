"""Mailing the letters of follow-ups. Each stop is looked at again just before a mail leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.accounts.models import Account, AccountContact, Contact, Interaction
from feedback.accounts.rules import AccountStatus
from feedback.defects.models import Defect
from feedback.egress.letters import Heading, MailRefused, build_mail, message_id
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.outbox.delivery import Message, NotNow, NotYet, Undeliverable
from feedback.outer_loop.affected import openness
from feedback.outer_loop.follow_ups import finish_item, stop_mail
from feedback.outer_loop.models import Disruption, FollowUpBatch, FollowUpItem, Initiative, InitiativeDefect
from feedback.outer_loop.rules.letters import choose, filled
from feedback.outer_loop.rules.states import ItemState, StopReason
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, Consent, Purpose, SuppressionReason
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.people.submissions import find_held_stop
from feedback.uow import end_reading, transaction

LATE = timedelta(hours=1)  # after working hours a mail of the day may still leave
RELEASE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Whom:
    """A customer of a follow-up as the letter and the rules need it."""

    item: FollowUpItem
    batch: FollowUpBatch
    account: Account
    contact: Contact | None
    here: bool  # holds a role at the account


def find_whom(item_id: int) -> Whom | None:
    """Everything about one customer of a follow-up; None when it is gone."""
    query = (
        sa.select(FollowUpItem, FollowUpBatch, Account, Contact, AccountContact)
        .join(FollowUpBatch, FollowUpBatch.id == FollowUpItem.batch_id)
        .join(Account, Account.id == FollowUpItem.account_id)
        .outerjoin(Contact, Contact.id == FollowUpItem.contact_id)
        .outerjoin(
            AccountContact,
            sa.and_(AccountContact.account_id == Account.id, AccountContact.contact_id == Contact.id),
        )
        .where(FollowUpItem.id == item_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    item, batch, account, contact, role = row
    here = role is not None and (role.left_at is None or role.left_at > clock.now())
    return Whom(item, batch, account, contact, here)


def stands_against(whom: Whom) -> StopReason | None:
    """Why this customer must not be mailed now; None when nothing does. A service mail needs no consent, but heeds a refusal."""
    contact = whom.contact
    if whom.batch.closed_at is not None:
        return StopReason.CLOSED
    if whom.account.status is not AccountStatus.ACTIVE:
        return StopReason.ACCOUNT_CLOSED
    if contact is None or not whom.here or contact.erased_at is not None:
        return StopReason.LEFT_ROLE
    if not contact.email:
        return StopReason.NO_ADDRESS
    listed = suppressed_contacts([contact.id]).get(contact.id)
    if listed is not None:
        return StopReason.BOUNCED if listed is SuppressionReason.HARD_BOUNCE else StopReason.STOP_LIST
    said = consent_states([contact.id], Purpose.SERVICE, Channel.EMAIL).get(contact.id, NOTHING_RECORDED)
    if said.state is Consent.REFUSED:
        return StopReason.REFUSED
    return None if language_of(whom) else StopReason.NO_TEXT


def language_of(whom: Whom) -> str | None:
    """In which language this customer is written to."""
    own = whom.contact.language if whom.contact else None
    return choose(own or whom.account.language, whom.batch.letters)


def letter_for(whom: Whom) -> dict[str, str]:
    """Subject, text and language as this customer gets them; empty without a letter."""
    language = language_of(whom)
    if language is None:
        return {}
    letter, values = whom.batch.letters[language], _values(whom, language)
    text = filled(letter["text"], values)
    while "\n\n\n" in text:  # a place that had nothing to say
        text = text.replace("\n\n\n", "\n\n")
    return {"language": language, "subject": filled(letter["subject"], values), "text": text.strip()}


def _values(whom: Whom, language: str) -> dict[str, str]:
    problem, done = _about(whom.batch, language)
    contact, account = whom.contact, whom.account
    return {
        "name": (contact.name if contact else None) or account.name,
        "account": account.name,
        "problem": problem,
        "done": done,
        "issue": _other_issue(whom, language),
        "company": current_app.extensions["closedloop_settings"].company_name,
    }


def _other_issue(whom: Whom, language: str) -> str:
    """That what the customer told us of besides is not forgotten; nothing where no issue of theirs is open."""
    issue = db.session.get(Issue, whom.item.issue_id) if whom.item.issue_id else None
    if issue is None or openness(issue.state, issue.closed_at) != "open":
        return ""
    with force_locale(language):
        text = _("Issue #%(number)s of %(account)s is still open with us, and we go on working on it.")
    return text % {"number": issue.number, "account": whom.account.name}


def _about(batch: FollowUpBatch, language: str) -> tuple[str, str]:
    if batch.disruption_id is not None:
        disruption = db.session.get_one(Disruption, batch.disruption_id)
        title = disruption.titles.get(language) or disruption.title
        return title, disruption.messages.get(language) or disruption.message or ""
    initiative = db.session.get_one(Initiative, batch.initiative_id)
    query = sa.select(Defect).join(InitiativeDefect, InitiativeDefect.defect_id == Defect.id)
    defects = db.session.scalars(query.where(InitiativeDefect.initiative_id == initiative.id).order_by(Defect.id))
    names = [_in_words(defect, language) for defect in defects]
    done = initiative.news.get(language) or initiative.promise or initiative.title
    return ", ".join(names) or initiative.title, done


def _in_words(defect: Defect, language: str) -> str:
    """As customers say it."""
    return str(defect.wording.get(language) or defect.names.get(language) or defect.name or defect.code)


def send_follow_up(mailer: Mailer, messages: Sequence[Message]) -> Callable[[], None] | None:
    """Mail one `send_follow_up` message, unless something stands against it by now; answers what is to be noted then.

    Raises:
        Undeliverable: the address or the server refuses it for good.
        NotYet: it is night there, or its reader may just have asked for no more.
        NotNow: no mail can leave at the moment.
    """
    (message,) = messages
    item_id = message.payload["item_id"]
    whom = find_whom(item_id)
    if whom is None or whom.item.state is not ItemState.QUEUED or whom.item.mails != message.payload["mail"]:
        return None
    reason = stands_against(whom)
    if reason is not None:
        return lambda: _stop(item_id, reason)
    _wait_if_needed(whom)
    letter = letter_for(whom)
    try:
        mail = build_mail(_heading(whom, letter, message), text=letter["text"])
        end_reading()  # no transaction stays open while the mail server thinks
        mailer.send(mail, return_path=_return_path(str(mail["Message-ID"])))
    except MailRefused as error:
        if not (error.code or error.at_recipient):
            raise NotNow(f"Our own address cannot be used: {error}") from error
        with transaction():
            _stop(item_id, StopReason.NOT_DELIVERED)
        raise Undeliverable(f"refused with {error.code}") from error
    except ServerUnavailable as error:
        raise NotNow(str(error)) from error
    sent_to, name = whom.contact.email if whom.contact else None, str(mail["Message-ID"])
    return lambda: _sent(item_id, letter, name, sent_to)


def give_up(message: Message, why: str) -> None:
    """A message that is tried no more: its customer is open again. Call inside `transaction()`."""
    _stop(message.payload["item_id"], StopReason.NOT_DELIVERED)


def _heading(whom: Whom, letter: dict[str, str], message: Message) -> Heading:
    settings: Any = current_app.extensions["closedloop_settings"]
    return Heading(
        sender=settings.mail_from,
        to=(whom.contact.email if whom.contact else None) or "",
        subject=letter["subject"],
        message_id=message_id(settings.secret_key.get_secret_value(), message.key, settings.mail_from),
        sent_at=message.created_at,
        reply_to=settings.mail_reply_to,
        extra={"Content-Language": letter["language"]},
    )


def _return_path(name: str) -> str:
    """Where it goes when it cannot be delivered; a * in the setting stands for what names the mail."""
    address: str = current_app.extensions["closedloop_settings"].bounce_address
    return address.replace("*", name[1:].partition("@")[0])


def _wait_if_needed(whom: Whom) -> None:
    """Not at night, and not while it is open whether this person has just asked for no more mails."""
    now = clock.now()
    hours = current_app.extensions["closedloop_settings"].working_hours
    opens: datetime = hours.next_opening(now, _zone(whom), late=LATE)
    if opens > now:
        raise NotYet("it is no working hour there", until=opens)
    held = find_held_stop(whom.contact.id) if whom.contact else None
    if held is not None:
        raise NotYet("a wish to get no mails is being looked at", until=max(held, now) + RELEASE)


def _zone(whom: Whom) -> tzinfo:
    installation = current_app.extensions["closedloop_settings"].installation_time_zone
    for name in (whom.contact.time_zone if whom.contact else None, whom.account.time_zone, installation):
        if name:
            try:
                return ZoneInfo(name)
            except (KeyError, ValueError, OSError):  # a name that no longer exists
                continue
    return UTC


def _sent(item_id: int, letter: dict[str, str], name: str, address: str | None) -> None:
    item = db.session.get(FollowUpItem, item_id, with_for_update=True)
    if item is None or item.state is not ItemState.QUEUED:
        return
    now, item.message_id, item.address = clock.now(), name, address
    db.session.add(
        Interaction(
            account_id=item.account_id, contact_id=item.contact_id, user_id=item.worked_by_id, channel="email", direction="out",
            summary=f"{letter['subject']}\n\n{letter['text']}", occurred_at=now, created_at=now,
        )
    )  # fmt: skip
    finish_item(item, ItemState.MAILED)


def _stop(item_id: int, reason: StopReason) -> None:
    item = db.session.get(FollowUpItem, item_id, with_for_update=True)
    if item is not None and item.state is ItemState.QUEUED:
        stop_mail(item, reason)
