"""Mails that an issue sends: "is it solved?", and a score some time later. What they look at in the last moment, and say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from babel import Locale
from flask import current_app
from flask_babel import force_locale, format_date, get_locale
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.accounts.models import Account, Contact
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueState
from feedback.issues.rules.letters import filled
from feedback.issues.rules.words import Quoted, quoted
from feedback.issues.verifying.letters import find_own
from feedback.issues.verifying.models import RecoveryPulse, Verification
from feedback.issues.verifying.queries import ASKED, newest_words
from feedback.issues.verifying.rules import Way
from feedback.issues.working.mailing import reply_address
from feedback.surveys.models import Response
from feedback.surveys.rules import SurveyKind
from feedback.surveys.texts import language_chain
from feedback.web.languages import LANGUAGES

OPEN_AGAIN, SAID_ALREADY = "issue_open_again", "said_already"
_MODELS: Mapping[SurveyKind, Any] = {SurveyKind.VERIFICATION: Verification, SurveyKind.RECOVERY_PULSE: RecoveryPulse}
_SETTLED = (IssueState.VERIFIED, IssueState.CLOSED, IssueState.CLOSED_UNVERIFIED)


def called_off(kind: SurveyKind, invitation_id: int) -> str:
    """Why a mail of an issue has no sense any more; empty: it goes on."""
    if kind is SurveyKind.VERIFICATION:
        return _verification_called_off(invitation_id)
    if kind is SurveyKind.RECOVERY_PULSE:
        return _pulse_called_off(invitation_id)
    return ""


def _verification_called_off(invitation_id: int) -> str:
    row = _row(Verification, invitation_id)
    if row is None:
        return OPEN_AGAIN
    issue = db.session.get_one(Issue, row.issue_id)
    if issue.state is not IssueState.FIXED or issue.reopen_count != row.round:
        return OPEN_AGAIN if issue.reopen_count != row.round or issue.closed_at is None else SAID_ALREADY
    return SAID_ALREADY if row.contact_id in newest_words(issue) else ""


def _pulse_called_off(invitation_id: int) -> str:
    row = _row(RecoveryPulse, invitation_id)
    if row is None:  # a link that somebody made by hand
        return ""
    issue = db.session.get_one(Issue, row.issue_id)
    return "" if issue.state in _SETTLED and issue.reopen_count == row.round else OPEN_AGAIN


def _row(model: Any, invitation_id: int) -> Any:
    return db.session.scalar(sa.select(model).where(model.invitation_id == invitation_id))


def answers_to(kind: SurveyKind, invitation_id: int) -> str:
    """Whom a customer reaches who answers a mail of an issue: the owner, else who has the account; empty for other mails."""
    model = _MODELS.get(kind)
    if model is None:
        return ""
    query = sa.select(Issue.owner_id, Account.owner_id).join(model, model.issue_id == Issue.id)
    row = db.session.execute(query.join(Account, Account.id == Issue.account_id).where(model.invitation_id == invitation_id))
    return reply_address(*(row.one_or_none() or ()))


def note_asked(kind: SurveyKind, invitation_id: int, number: int) -> None:
    """A mail has left that asks whether a fix holds: a line of the issue's log, where attempts are counted."""
    row = _row(Verification, invitation_id) if kind is SurveyKind.VERIFICATION else None
    if row is not None:
        note(row.issue_id, ASKED, None, contact_id=row.contact_id, way=Way.MAIL, number=number)


@dataclass(frozen=True, slots=True)
class FixFacts:
    """What a customer is told of a fix. `problem` is in the words of customers; None where the catalogue has none."""

    account: str
    reader: str  # as they are greeted: their name, else that of their company
    number: int
    problem: str | None
    done: Quoted
    told_at: datetime | None
    opened_at: datetime
    owner: str | None


def find_fix(invitation_id: int, language: str) -> FixFacts | None:
    """What the mail and the page behind a link say about the fix."""
    told = (
        sa.select(sa.func.min(Response.responded_at, type_=Response.responded_at.type))
        .join(IssueVoice, IssueVoice.response_id == Response.id)
        .where(IssueVoice.issue_id == Issue.id, IssueVoice.contact_id == Verification.contact_id)
        .scalar_subquery()
    )
    query = (
        sa.select(
            *(Account.name, sa.func.coalesce(Contact.name, Account.name), Issue.number, Defect.wording),
            *(Issue.fix_summary, Issue.fix_summaries, told, Issue.opened_at, User.name),
        )
        .select_from(Verification)
        .join(Issue, Issue.id == Verification.issue_id)
        .join(Account, Account.id == Issue.account_id)
        .outerjoin(Contact, Contact.id == Verification.contact_id)
        .outerjoin(Defect, Defect.id == Issue.defect_id)
        .outerjoin(User, User.id == Issue.owner_id)
        .where(Verification.invitation_id == invitation_id)
    )
    row: Any = db.session.execute(query).one_or_none()
    if row is None:
        return None
    account, reader, number, wording, done, by_language, told_at, opened_at, owner = row
    spoken = (wording or {}).get
    problem = next((text for code in language_chain(language, ()) if (text := spoken(code))), None)
    return FixFacts(account, reader, number, problem, quoted(done, by_language, language), told_at, opened_at, owner)


def words_about(fix: FixFacts, language: str) -> dict[str, str]:
    """Every text of the mail that asks whether it is solved."""
    base = language.partition("-")[0]
    base = base if base in LANGUAGES else "en"
    own = find_own(base)
    with force_locale(base):
        return _shipped(fix) | (_own(own, fix) if own else {}) | _of_every_mail(fix)


def _own(letter: Mapping[str, str], fix: FixFacts) -> dict[str, str]:
    """As the house says it; it greets in its own openings."""
    values = {
        "name": fix.reader,
        "account": fix.account,
        "number": f"#{fix.number}",
        "problem": fix.problem or _("your problem"),
        "day": format_date(fix.told_at or fix.opened_at, "long"),
        "owner": fix.owner or "",
        "company": current_app.extensions["closedloop_settings"].company_name,
    }
    said = {part: filled(text, values) for part, text in letter.items()}
    whole = {"invitation": said["opening"], "reminder": said["reminder"]}
    return whole | {"subject": " ".join(said["subject"].split()), "greeting": "", "from": said["closing"]}


def _shipped(fix: FixFacts) -> dict[str, str]:
    return {
        "subject": _("Is it solved? %(problem)s", problem=fix.problem) if fix.problem else _("Is your problem solved?"),
        "greeting": _("Good day %(name)s,", name=fix.reader),
        "invitation": _told(fix),
        "reminder": _("A few days ago we asked whether it is solved. We would like to hear it from you before we close it."),
        "from": fix.owner or "",
    }


def _of_every_mail(fix: FixFacts) -> dict[str, str]:
    return {
        "done": fix.done.text or "",
        "done_language": fix.done.language or "",
        "done_note": foreign_words(fix.done.language),
        "question": _("Is it solved for you?"),
    }


def foreign_words(language: str | None) -> str:
    """That words are quoted in another language than the reader's; empty where they are not."""
    if language is None:
        return ""
    locale = get_locale() or Locale("en")
    return _("Quoted in %(language)s, as it was written.", language=locale.languages.get(language, language))


def _told(fix: FixFacts) -> str:
    if fix.told_at is None:
        return _("You told us about a problem. We have worked on it and would like to know whether it is solved.")
    day = format_date(fix.told_at, "long")
    if fix.problem is None:
        return _("On %(day)s you told us that something went wrong. We have worked on it.", day=day)
    return _("On %(day)s you told us: “%(problem)s”. We have worked on it.", day=day, problem=fix.problem)
