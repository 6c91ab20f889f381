"""Answering the people in an issue: each voice was spoken with, or somebody says why nobody has to."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Interaction
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.queries.single import lock_issue
from feedback.issues.telling import mark_told
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation

# a conversation is an answer whoever began it; what came in by mail or message is not
CONVERSATIONS = frozenset({"phone", "visit", "video", "chat"})


def is_answer(channel: str, direction: str) -> bool:
    """Whether such a contact is an answer to whoever it was with."""
    return direction == "out" or channel in CONVERSATIONS


def mark_spoken(talk: Interaction) -> None:
    """A talk with a person answers everything that this person had said about the issue until then."""
    if talk.contact_id is None or not is_answer(talk.channel, talk.direction):
        return
    if talk.issue_id is not None:
        mark_told(talk.issue_id, talk.contact_id, talk.occurred_at, talk.user_id)


def waive_voice(issue_id: int, voice_id: int, reason: str, *, viewer: Viewer) -> Issue:
    """Say why nobody has to answer a person; it stays on record.

    Raises:
        NotFound: the issue or the voice is not there or not the viewer's.
        InvalidInput: no words say why.
        RuleViolation: the issue is closed.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    voice = get_voice(issue, voice_id)
    if issue.closed_at is not None:
        raise RuleViolation(_("Issue %(number)s is closed; nobody waits in it any more.", number=issue.number))
    if not reason.strip():
        raise InvalidInput({"reason": [_("Say why nobody has to answer this person.")]})
    for each in _same_person(voice):
        each.waived_at, each.waived_reason = clock.now(), reason.strip()
    db.session.flush()
    note(issue.id, "voice_waived", viewer, voice_id=voice.id, note=reason.strip())
    return issue


def _same_person(voice: IssueVoice) -> Sequence[IssueVoice]:
    """Everything in the issue that this person said; whoever has no name said only this."""
    if voice.contact_id is None:
        return [voice]
    query = sa.select(IssueVoice).where(IssueVoice.issue_id == voice.issue_id, IssueVoice.contact_id == voice.contact_id)
    return db.session.scalars(query).all()


def get_voice(issue: Issue, voice_id: int) -> IssueVoice:
    """A voice of this issue.

    Raises:
        NotFound: it has no such voice.
    """
    voice = db.session.get(IssueVoice, voice_id, populate_existing=True)
    if voice is None or voice.issue_id != issue.id:
        raise NotFound
    return voice
