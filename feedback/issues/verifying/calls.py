"""Asking in a call: who was asked, when, and what was said. Call inside `transaction()`."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import AccountContact, Interaction
from feedback.extensions import db
from feedback.issues.events import FixTalkedOf
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import IssueState
from feedback.issues.service import Talk, check_contact, write_talk
from feedback.issues.telling import mark_told
from feedback.issues.verifying.queries import ASKED, voice_facts
from feedback.issues.verifying.rules import Verdict, Way
from feedback.issues.verifying.words import Word, take_word
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.events import publish

_ASKABLE = (IssueState.FIXED, IssueState.VERIFIED, IssueState.CLOSED_UNVERIFIED)


@dataclass(frozen=True)
class Call:
    """One call, or talk by another channel, about whether a fix holds. `verdict` None: nobody was reached."""

    verdict: Verdict | None
    said: str = ""
    contact_id: int | None = None
    channel: str = "phone"
    occurred_at: datetime | None = None


def record_call(issue_id: int, call: Call, *, viewer: Viewer) -> Issue:
    """Write down what somebody said when asked whether it is solved, or that nobody was reached, which counts as an attempt.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        RuleViolation: there is no fix that could be asked about.
        InvalidInput: it lies in the future or before the fix, nothing was said, or nobody knows who was asked.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.state not in _ASKABLE or issue.fixed_at is None:
        raise RuleViolation(_("Issue %(number)s has no fix to ask about; move it to fixed first.", number=issue.number))
    contact_id = _who(issue, call)
    if call.verdict is Verdict.YES and contact_id is None and _has_people(issue):
        raise InvalidInput({"contact_id": [_("Say who says that it is solved: a yes needs a name.")]})
    _check_moment(issue, call)
    if call.verdict is None:
        note(issue.id, ASKED, viewer, contact_id=contact_id, way=Way.CALL, channel=call.channel, reached=False)
        publish(FixTalkedOf(issue.id))
        return issue
    if not call.said.strip():
        raise InvalidInput({"said": [_("Write down what was said: silence is not a yes.")]})
    talk = write_talk(issue, Talk(call.said, call.channel, "out", contact_id, call.occurred_at), viewer)
    db.session.flush()
    before = issue.reopen_count
    take_word(issue, Word(contact_id, call.verdict, Way.CALL, call.said, interaction_id=talk.id), viewer)
    if issue.reopen_count > before:
        _go_on_from(issue, talk, viewer)
    return issue


def _go_on_from(issue: Issue, talk: Interaction, viewer: Viewer) -> None:
    """The talk that opened it again is the first contact about what is left: nobody is called to hear the same once more."""
    was, now = issue.state, clock.now()
    issue.state, issue.contacted_at = IssueState.CONTACTED, now
    mark_told(issue.id, talk.contact_id, now, talk.user_id)
    db.session.flush()
    note(issue.id, "moved", viewer, was=was, to=IssueState.CONTACTED)


def _who(issue: Issue, call: Call) -> int | None:
    people = [voice.contact_id for voice in voice_facts(issue) if voice.there]
    if call.contact_id is not None:
        check_contact(issue.account_id, call.contact_id)
        return call.contact_id
    if len(people) > 1:
        raise InvalidInput({"contact_id": [_("Several people reported it: say who was asked.")]})
    return people[0] if people else issue.contact_id


def _has_people(issue: Issue) -> bool:
    here = sa.select(AccountContact.contact_id).where(
        AccountContact.account_id == issue.account_id, AccountContact.left_at.is_(None)
    )
    return db.session.scalar(here.limit(1)) is not None


def _check_moment(issue: Issue, call: Call) -> None:
    if call.occurred_at is None:
        return
    if call.occurred_at > clock.now():
        raise InvalidInput({"occurred_at": [_("This lies in the future; record a contact when it has happened.")]})
    if issue.fixed_at is not None and call.occurred_at < issue.fixed_at:
        raise InvalidInput({"occurred_at": [_("This was before the fix; ask once more.")]})
