"""What the page behind a personal "is it solved?" link needs to know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.rules import OPEN_TO_WORDS, Verdict
from feedback.kernel import clock
from feedback.surveys.models import Invitation
from feedback.surveys.people.rules import is_changeable
from feedback.surveys.rules import InvitationState


@dataclass(frozen=True, slots=True)
class Link:
    """A question that was mailed, and what was said."""

    invitation_id: int
    verification_id: int
    issue_id: int
    issue_state: IssueState
    is_current: bool  # it is about the newest fix of the issue
    language: str | None
    time_zone: str | None
    verdict: Verdict | None
    comment: str | None
    answered_at: datetime | None
    invitation_state: InvitationState
    expires_at: datetime
    owner_name: str | None
    owner_email: str | None

    @property
    def is_over(self) -> bool:
        """Nothing was said in time."""
        late = self.expires_at <= clock.now() or self.invitation_state is InvitationState.EXPIRED
        return late and self.answered_at is None

    @property
    def is_settled(self) -> bool:
        """Whether nothing can be said over it any more: it was answered a day ago, or the question belongs to an earlier fix."""
        if self.answered_at is not None:
            return not is_changeable(self.answered_at, clock.now())
        return not self.is_current or self.issue_state not in OPEN_TO_WORDS


def find_link(digest: str) -> Link | None:
    """The question behind a token, by the digest of the token."""
    query = (
        sa.select(
            Invitation.id,
            Verification.id,
            Issue.id,
            Issue.state,
            Issue.reopen_count == Verification.round,
            sa.func.coalesce(Contact.language, Invitation.language, Account.language),
            sa.func.coalesce(Contact.time_zone, Account.time_zone),
            Verification.verdict,
            Verification.comment,
            Verification.answered_at,
            Invitation.state,
            Invitation.expires_at,
            User.name,
            User.email,
        )
        .select_from(Verification)
        .join(Invitation, Invitation.id == Verification.invitation_id)
        .join(Issue, Issue.id == Verification.issue_id)
        .join(Account, Account.id == Issue.account_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .outerjoin(User, sa.and_(User.id == Issue.owner_id, User.active))
        .where(Invitation.token_digest == digest)
    )
    row: Any = db.session.execute(query).one_or_none()
    return None if row is None else Link(*row)
