"""Mails about progress: a draft from a template, edited by the owner, and stopped for every reason that stops mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import format_date, format_time
from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Commitment, Issue, IssueVoice
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.queries.single import access_issue, lock_issue
from feedback.issues.rules import CLOSED_STATES
from feedback.issues.rules.letters import choose, filled, gaps_in, places_in
from feedback.issues.service import TALKING, check_contact
from feedback.issues.working.letters import letter_errors
from feedback.issues.working.mailing import wish_against, zone_for
from feedback.issues.working.models import ProgressMail
from feedback.issues.working.rules import MailState, MailStop
from feedback.issues.working.templates import PLACES, built_in, get_template
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.wall_clock import is_end_of_day
from feedback.outbox.service import enqueue
from feedback.web.languages import LANGUAGES

KIND = "send_progress_mail"
WORK = "issue.work"


@dataclass(frozen=True)
class Reader:
    """Somebody whom an issue may write to, and what stands against it."""

    contact_id: int
    name: str | None
    language: str | None
    stop: MailStop | None


@dataclass(frozen=True)
class Draft:
    """A letter as its owner starts from it; empty places are to be filled by hand."""

    contact_id: int
    language: str
    subject: str
    text: str


def stands_against(issue: Issue, contact_id: int | None) -> MailStop | None:
    """Why this person must not be mailed about this issue now. A service mail needs no consent, but heeds a refusal."""
    if issue.state in CLOSED_STATES:
        return MailStop.ISSUE_CLOSED
    account = db.session.get_one(Account, issue.account_id)
    if account.status is not AccountStatus.ACTIVE:
        return MailStop.ACCOUNT_CLOSED
    contact = db.session.get(Contact, contact_id) if contact_id is not None else None
    if contact is None or contact.erased_at is not None or not _is_here(issue.account_id, contact.id):
        return MailStop.LEFT_ROLE
    return wish_against(contact)


def _is_here(account_id: int, contact_id: int) -> bool:
    role = db.session.get(AccountContact, (account_id, contact_id))
    return role is not None and (role.left_at is None or role.left_at > clock.now())


def list_readers(issue: Issue) -> list[Reader]:
    """The people behind an issue, who told us first; each with what stands against a mail."""
    query = (
        sa.select(IssueVoice.contact_id)
        .where(IssueVoice.issue_id == issue.id, IssueVoice.contact_id.is_not(None))
        .group_by(IssueVoice.contact_id)
        .order_by(sa.func.min(IssueVoice.id))
    )
    known = [one for one in (*db.session.scalars(query), issue.contact_id) if one is not None]
    people = [db.session.get(Contact, one) for one in dict.fromkeys(known)]
    return [Reader(one.id, one.name, one.language, stands_against(issue, one.id)) for one in people if one is not None]


def draft_mail(issue_id: int, *, viewer: Viewer, contact_id: int | None = None, template_id: int | None = None) -> Draft:
    """The letter to start from, in the reader's language, with everything filled in that is known.

    Raises:
        NotFound: the issue or the template is not there or not the viewer's.
        InvalidInput: the person has no role at the account, or the issue has nobody to write to.
    """
    issue = access_issue(issue_id, viewer=viewer, permission=WORK)
    check_contact(issue.account_id, contact_id)
    to = contact_id or next((one.contact_id for one in list_readers(issue) if one.stop is None), issue.contact_id)
    if to is None:
        raise InvalidInput({"contact_id": [_("This issue has nobody to write to; say who gets the mail.")]})
    letters = get_template(template_id).letters if template_id is not None else built_in()
    contact = db.session.get_one(Contact, to)
    own = contact.language or db.session.scalar(sa.select(Account.language).where(Account.id == issue.account_id))
    language = choose(own, letters) or "en"
    letter, values = letters[language], _values(issue, contact, viewer, language)
    return Draft(to, language, filled(letter["subject"], values), filled(letter["text"], values))


def _values(issue: Issue, contact: Contact, viewer: Viewer, language: str) -> dict[str, str]:
    defect = db.session.get(Defect, issue.defect_id) if issue.defect_id else None
    problem = defect.wording.get(language) or defect.names.get(language) or defect.name if defect else issue.title
    account = db.session.get_one(Account, issue.account_id)
    return {
        "name": contact.name or account.name,
        "account": account.name,
        "number": f"#{issue.number}",
        "problem": problem or "…",
        "promise": _promise(issue, language, zone_for(contact, account.time_zone), ZoneInfo(viewer.time_zone)),
        "owner": viewer.name if viewer.kind == "user" else "",
        "company": current_app.extensions["closedloop_settings"].company_name,
    }


def _promise(issue: Issue, language: str, zone: tzinfo, writers_zone: tzinfo) -> str:
    """The next promise, in a sentence; its day as the customer's calendar has it, its hour where one was named.

    The end of a day where whoever writes is was promised as that day: elsewhere it is the same day, not an hour before midnight.
    """
    query = sa.select(Commitment).where(Commitment.issue_id == issue.id, is_open_promise(), Commitment.due_at > clock.now())
    made = db.session.scalar(query.order_by(Commitment.due_at).limit(1))
    if made is None:
        return ""
    with force_locale(language if language in LANGUAGES else "en"):
        written = made.due_at.astimezone(writers_zone)
        due = written if is_end_of_day(written) else made.due_at.astimezone(zone)
        return _("We promised you by %(day)s: %(promise)s", day=_due_words(due), promise=made.text)


def _due_words(local: datetime) -> str:
    locale = get_locale() or "en"
    day = str(format_date(local.date(), "long", locale=locale))
    if is_end_of_day(local):
        return day
    return f"{day}, {format_time(local.timetz(), 'short', locale=locale)}"


@dataclass(frozen=True)
class Letter:
    """A mail as its owner wrote it."""

    subject: str
    text: str
    language: str
    contact_id: int
    template_id: int | None = None


def send_progress(issue_id: int, letter: Letter, *, viewer: Viewer) -> ProgressMail:
    """Hand a mail about progress to the outbox; each stop is looked at again just before it leaves. Call inside `transaction()`.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        RuleViolation: no mail server is set, nobody has talked to the customer yet, or something stands against this mail.
        InvalidInput: it is empty or too long, or a place in it was not filled.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission=WORK)
    check_contact(issue.account_id, letter.contact_id)
    _check_letter(letter)
    if not current_app.extensions["closedloop_settings"].smtp_url:
        raise RuleViolation(_("No mail server is set (CLOSEDLOOP_SMTP_URL)."))
    if issue.state not in (*TALKING, *CLOSED_STATES):
        raise RuleViolation(_("Talk to the customer first: a mail about progress is no first contact."))
    reason = stands_against(issue, letter.contact_id)
    if reason is not None:
        raise RuleViolation(stop_words(reason))
    values = {name: getattr(letter, name) for name in ("subject", "text", "language", "contact_id", "template_id")}
    made = ProgressMail(**values, issue_id=issue.id, written_by_id=viewer.user_id, state=MailState.QUEUED, created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    enqueue(KIND, f"progress-mail:{made.id}", {"mail_id": made.id})
    note(issue.id, "progress_mail_written", viewer, mail_id=made.id, contact_id=letter.contact_id)
    return made


def _check_letter(letter: Letter) -> None:
    said = letter_errors(letter.subject.strip(), letter.text.strip(), PLACES)
    open_places = [place for place in places_in(letter.subject + letter.text) if place in PLACES]
    if open_places:
        shown = ", ".join(f"{{{place}}}" for place in dict.fromkeys(open_places))
        said.append(_("Write something for %(places)s, or take it out.", places=shown))
    for words in dict.fromkeys(gaps_in(f"{letter.subject}\n{letter.text}")):
        said.append(_("Write what belongs in the gap after “%(words)s”, or take the line out.", words=words))
    if said:
        raise InvalidInput({"text": said})


def stop_words(reason: MailStop) -> str:
    """Why no mail may go, in a sentence that says what to do instead."""
    return {
        MailStop.ISSUE_CLOSED: _("The issue is closed; nothing is left to be told."),
        MailStop.ACCOUNT_CLOSED: _("The account is not active any more."),
        MailStop.LEFT_ROLE: _("This person has no role at the account any more; write to somebody who has."),
        MailStop.NO_ADDRESS: _("There is no mail address; call instead."),
        MailStop.BOUNCED: _("Mails to this address come back; call, and find out the right one."),
        MailStop.STOP_LIST: _("This person wants no mails from us; call instead."),
        MailStop.REFUSED: _("This person refused mails about service; call instead."),
        MailStop.NOT_DELIVERED: _("The mail server refused it; call instead."),
    }[reason]


def list_mails(issue_id: int) -> Sequence[ProgressMail]:
    """Mails about progress of an issue, newest first."""
    query = sa.select(ProgressMail).where(ProgressMail.issue_id == issue_id)
    return db.session.scalars(query.order_by(ProgressMail.id.desc())).all()


def writer_of(mail: ProgressMail) -> Viewer:
    """Who wrote it, as the log names them."""
    name = db.session.scalar(sa.select(User.name).where(User.id == mail.written_by_id)) if mail.written_by_id else None
    return Viewer(kind="user", name=name or "", user_id=mail.written_by_id)


def mark_sent(mail: ProgressMail, *, address: str, message_id: str, at: datetime) -> None:
    """It has left."""
    mail.state, mail.sent_at, mail.address, mail.message_id = MailState.SENT, at, address, message_id


def mark_stopped(mail: ProgressMail, reason: MailStop, **more: Any) -> None:
    """It has not left, or came back: the log says so, where the owner looks."""
    mail.state, mail.stopped_because = MailState.STOPPED, reason
    db.session.flush()
    note(mail.issue_id, "progress_mail_stopped", None, mail_id=mail.id, reason=reason.value, **more)
