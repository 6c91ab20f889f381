"""What is said over "is it solved?" links: the last word counts, once, and no machine's does."""

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback.closed_loop.verifying.links import Link
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.queries import find_by_invitation
from feedback.issues.verifying.rules import OPEN_TO_WORDS, Verdict, Way
from feedback.issues.verifying.words import Word, take_back_word, take_word
from feedback.kernel import clock
from feedback.surveys.models import Invitation
from feedback.surveys.people import marks, submissions
from feedback.surveys.people.models import FormKind, SubmissionState
from feedback.surveys.people.rules import AFTERWARDS, CERTAIN, SignKind, is_changeable
from feedback.surveys.people.submissions import Sent
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction

log = logging.getLogger("closedloop.verifying")


@dataclass(frozen=True, slots=True)
class Said:
    """A form that was sent from one view of the page."""

    verdict: Verdict
    comment: str

    def content(self) -> dict[str, Any]:
        """As it is kept while it is held."""
        return {"verdict": self.verdict.value, "comment": self.comment}

    @property
    def digest(self) -> str:
        """Tells a repeated form from a changed one."""
        return hashlib.sha256(json.dumps([self.verdict.value, self.comment]).encode(errors="replace")).hexdigest()


def submit(link: Link, said: Said, view: str, client: str) -> bool:
    """Take a form; answers whether it was believed. What is held counts when its client has been quiet for a while."""
    sent = Sent(link.invitation_id, view, FormKind.VERDICT, client, said.digest)
    with transaction():
        found = find_by_invitation(link.invitation_id, lock=True)
        if found is None:
            return False
        earlier = submissions.find_earlier(sent)
        if earlier is not None:
            state, same = earlier
            if state is SubmissionState.DROPPED:
                return False
            if same:  # a double click, or a page loaded again
                return True
        if not submissions.hold(sent, said.content()):
            take(*found, said)
            submissions.supersede_held(sent)
            submissions.note_accepted(sent, first=earlier is None)
    return True


def take(asked: Verification, issue: Issue, said: Said) -> bool:
    """Write down what a person said; answers whether it still could be."""
    if asked.answered_at is not None and not is_changeable(asked.answered_at, clock.now()):
        return False
    if asked.answered_at is None and (asked.round != issue.reopen_count or issue.state not in OPEN_TO_WORDS):
        return False
    first = asked.answered_at
    take_word(issue, Word(asked.contact_id, said.verdict, Way.MAIL, said.comment or None), asked=asked)
    asked.answered_at = first or asked.answered_at  # a change gives no further day to change it
    invitation = db.session.get_one(Invitation, asked.invitation_id)
    invitation.state, invitation.answered_at, invitation.next_reminder_at = InvitationState.ANSWERED, clock.now(), None
    db.session.flush()
    return True


def release(invitation_id: int, content: dict[str, Any]) -> SubmissionState:
    """What was held turned out to be a person's."""
    found = find_by_invitation(invitation_id, lock=True)
    taken = found is not None and take(*found, Said(Verdict(content["verdict"]), content["comment"]))
    return SubmissionState.ACCEPTED if taken else SubmissionState.DROPPED


def touch_trap(invitation_id: int, client: str, kind: SignKind, view: str | None = None) -> None:
    """A client did what gives machines away: what it said a moment ago is taken back. Call inside `transaction()`."""
    found = find_by_invitation(invitation_id, lock=True)
    marks.note_sign(invitation_id, client, kind)
    if kind not in CERTAIN or found is None:
        return
    submissions.drop_held(invitation_id, client)
    if submissions.accepted_since(invitation_id, client, clock.now() - AFTERWARDS, view, FormKind.VERDICT):
        _take_back(*found)
        submissions.mark_dropped(invitation_id, client, view)
    if view:
        submissions.burn_view(invitation_id, view, client)


def _take_back(asked: Verification, issue: Issue) -> None:
    log.warning("what was said over invitation %s was a machine's and is taken back", asked.invitation_id)
    if not take_back_word(asked, issue):
        log.error("issue %s was worked on since a machine spoke about it; it stays as it is", issue.id)
    invitation = db.session.get_one(Invitation, asked.invitation_id)
    mailed = InvitationState.REMINDED if invitation.reminders else InvitationState.SENT
    db.session.execute(sa.update(Invitation).where(Invitation.id == invitation.id).values(state=mailed, answered_at=None))
