"""Mailing letters about progress. Each stop is looked at again just before a mail leaves."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from feedback.accounts.models import Account, Contact
from feedback.egress.smtp import Mailer
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import FixTalkedOf
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.issues.service import TALKING, Talk, reset_update_clock, write_talk
from feedback.issues.working.mailing import Outgoing, reply_address, send_letter, wait_if_needed
from feedback.issues.working.models import ProgressMail
from feedback.issues.working.naming import account_name
from feedback.issues.working.progress import mark_sent, mark_stopped, stands_against, writer_of
from feedback.issues.working.rules import MailState, MailStop
from feedback.kernel import clock
from feedback.kernel.events import publish
from feedback.outbox.delivery import Message
from feedback.staffing.queries import with_deputies


def send_progress_mail(mailer: Mailer, messages: Sequence[Message]) -> Callable[[], None] | None:
    """Mail one `send_progress_mail` message, unless something stands against it by now; answers what is to be noted then.

    Raises:
        Undeliverable: the address or the server refuses it for good.
        NotYet: it is night there, or its reader may just have asked for no more.
        NotNow: no mail can leave at the moment.
    """
    (message,) = messages
    mail_id = message.payload["mail_id"]
    row = db.session.get(ProgressMail, mail_id)
    if row is None or row.state is not MailState.QUEUED:
        return None
    issue = db.session.get_one(Issue, row.issue_id)
    reason = stands_against(issue, row.contact_id)
    if reason is not None or row.contact_id is None:
        return lambda: _stop(mail_id, reason or MailStop.LEFT_ROLE)
    contact = db.session.get_one(Contact, row.contact_id)
    wait_if_needed(contact, db.session.scalar(sa.select(Account.time_zone).where(Account.id == issue.account_id)))
    to = contact.email or ""
    letter = Outgoing(contact.id, to, row.subject, row.text, row.language, reply_to=reply_address(row.written_by_id))
    name = send_letter(mailer, message, letter, on_refusal=lambda: _stop(mail_id, MailStop.NOT_DELIVERED))
    return lambda: _sent(mail_id, name, to)


def give_up(message: Message, why: str) -> None:
    """A message that is tried no more: its owner is told to call. Call inside `transaction()`."""
    _stop(message.payload["mail_id"], MailStop.NOT_DELIVERED)


def _locked(mail_id: int) -> tuple[ProgressMail, Issue] | None:
    row = db.session.get(ProgressMail, mail_id, with_for_update=True)
    if row is None or row.state is not MailState.QUEUED:
        return None
    issue = db.session.scalars(sa.select(Issue).where(Issue.id == row.issue_id).with_for_update()).one()
    return row, issue


def _sent(mail_id: int, name: str, address: str) -> None:
    """The customer knows where it stands: it is part of the record, and the next update is due a full period later."""
    found = _locked(mail_id)
    if found is None:
        return
    row, issue = found
    viewer = writer_of(row)
    mark_sent(row, address=address, message_id=name, at=clock.now())
    talk = write_talk(issue, Talk(f"{row.subject}\n\n{row.text}", "email", "out", row.contact_id), viewer)
    db.session.flush()
    if issue.state in TALKING:
        reset_update_clock(issue)
    note(issue.id, "progress_mail", viewer, mail_id=row.id, interaction_id=talk.id, channel="email", direction="out")
    if issue.state is IssueState.FIXED:
        publish(FixTalkedOf(issue.id))


def _stop(mail_id: int, reason: MailStop) -> None:
    found = _locked(mail_id)
    if found is not None:
        row, issue = found
        mark_stopped(row, reason)
        tell_writer(row, issue, reason)


def tell_writer(row: ProgressMail, issue: Issue, reason: MailStop) -> None:
    """Who wrote it has to reach the customer otherwise."""
    params = {"number": issue.number, "account": account_name(issue), "reason": reason.value}
    cause = f"progress-mail-stopped:{row.id}:{reason}"
    news.send(
        news.to_each([row.written_by_id, *with_deputies([issue.owner_id])], cause, "progress_mail_stopped", issue.id, **params)
    )
