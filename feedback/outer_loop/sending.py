"""Mailing the letters of follow-ups. Each stop is looked at again just before a mail leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.accounts.models import Account, AccountContact, Contact, Interaction
from feedback.accounts.rules import AccountStatus
from feedback.defects.models import Defect
from feedback.egress.smtp import Mailer
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules.letters import choose, filled
from feedback.issues.working.mailing import Outgoing, reply_address, send_letter, wait_if_needed, wish_against
from feedback.kernel import clock
from feedback.outbox.delivery import Message
from feedback.outer_loop.affected import openness
from feedback.outer_loop.follow_ups import finish_item, stop_mail
from feedback.outer_loop.models import Disruption, FollowUpBatch, FollowUpItem, Initiative, InitiativeDefect
from feedback.outer_loop.queries.unread import is_told
from feedback.outer_loop.rules.states import ItemState, StopReason


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
    wish = wish_against(contact)
    if wish is not None:
        return StopReason(wish.value)
    return None if language_of(whom) else StopReason.NO_TEXT


def language_of(whom: Whom) -> str | None:
    """In which language this customer is written to: one in which everything is said, their own if it is such a one."""
    own = whom.contact.language if whom.contact else None
    whole = {code: letter for code, letter in whom.batch.letters.items() if is_told(whom.batch, code)}
    return choose(own or whom.account.language, whole or whom.batch.letters)


def letter_for(whom: Whom) -> dict[str, str]:
    """Subject, text and language as this customer gets them; empty without a letter."""
    language = language_of(whom)
    if language is None:
        return {}
    letter, values = whom.batch.letters[language], _values(whom, language)
    return {"language": language, "subject": filled(letter["subject"], values), "text": filled(letter["text"], values)}


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
        return title, disruption.outcomes.get(language) or disruption.outcome or ""
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
    reason, contact = stands_against(whom), whom.contact
    if reason is not None or contact is None:
        return lambda: _stop(item_id, reason or StopReason.LEFT_ROLE)
    wait_if_needed(contact, whom.account.time_zone)
    letter, sent_to = letter_for(whom), contact.email
    mail = Outgoing(contact.id, sent_to or "", **letter, reply_to=reply_address(whom.item.worked_by_id, whom.account.owner_id))
    name = send_letter(mailer, message, mail, on_refusal=lambda: _stop(item_id, StopReason.NOT_DELIVERED))
    return lambda: _sent(item_id, letter, name, sent_to)


def give_up(message: Message, why: str) -> None:
    """A message that is tried no more: its customer is open again. Call inside `transaction()`."""
    _stop(message.payload["item_id"], StopReason.NOT_DELIVERED)


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
