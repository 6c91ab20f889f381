"""Named reads of verification."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Interaction
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent, IssueVoice
from feedback.issues.telling import answered_since
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.rules import Verdict, VoiceFact, attempts_at, waiting_for

ASKED = "asked"  # the kind of event that says: somebody was asked whether it is solved


def voice_facts(issue: Issue) -> list[VoiceFact]:
    """The people behind an issue, each once, with the newest word about its present fix."""
    member = sa.and_(AccountContact.account_id == issue.account_id, AccountContact.contact_id == IssueVoice.contact_id)
    query = (
        sa.select(
            IssueVoice.contact_id,
            sa.func.max(sa.case((AccountContact.left_at.is_(None), 1), else_=0)),
            sa.func.min(sa.case((IssueVoice.waived_at >= answered_since(issue), 1), else_=0)),  # all they said is waived
        )
        .join(AccountContact, member)
        .where(IssueVoice.issue_id == issue.id, IssueVoice.contact_id.is_not(None))
        .group_by(IssueVoice.contact_id)
        .order_by(sa.func.min(IssueVoice.id))
    )
    words = newest_words(issue)
    return [
        VoiceFact(contact_id, bool(there), words.get(contact_id), bool(waived))
        for contact_id, there, waived in db.session.execute(query)
    ]


def newest_words(issue: Issue) -> Mapping[int | None, Verdict]:
    """What each person said last about the present fix."""
    query = (
        sa.select(Verification.contact_id, Verification.verdict)
        .where(Verification.issue_id == issue.id, Verification.round == issue.reopen_count, Verification.verdict.is_not(None))
        .order_by(Verification.answered_at, Verification.id)
    )
    return {contact_id: verdict for contact_id, verdict in db.session.execute(query) if verdict is not None}


def waiting_voices(issue: Issue) -> list[int]:
    """Who still has to say that it is solved."""
    return waiting_for(voice_facts(issue))


def attempts_since_fix(issue: Issue) -> int:
    """How often we have tried to learn from those who have not said yes whether it is solved, counted from the log.

    Mails that left and calls that reached nobody are lines of the log; so is every other outgoing contact since the fix.
    """
    asked = Counter(contact_id for contact_id, _at in tries_since_fix(issue))
    return attempts_at(waiting_voices(issue), asked) if asked else 0


def tries_since_fix(issue: Issue) -> list[tuple[int | None, datetime]]:
    """Whom we tried to reach about the present fix, and when; None: nobody in particular."""
    if issue.fixed_at is None:
        return []
    return [*_asked(issue, issue.fixed_at), *_talks(issue, issue.fixed_at)]


def _asked(issue: Issue, since: datetime) -> list[tuple[int | None, datetime]]:
    lines = (IssueEvent.issue_id == issue.id, IssueEvent.kind == ASKED, IssueEvent.occurred_at >= since)
    rows = db.session.execute(sa.select(IssueEvent.data, IssueEvent.occurred_at).where(*lines))
    return [(data.get("contact_id"), at) for data, at in rows]


def _talks(issue: Issue, since: datetime) -> list[tuple[int | None, datetime]]:
    out = (Interaction.issue_id == issue.id, Interaction.direction == "out", Interaction.occurred_at > since)
    answered = sa.select(Verification.interaction_id).where(
        Verification.issue_id == issue.id, Verification.interaction_id.is_not(None)
    )
    query = sa.select(Interaction.contact_id, Interaction.occurred_at).where(*out, Interaction.id.not_in(answered))
    return [(contact_id, at) for contact_id, at in db.session.execute(query)]


def list_verifications(issue_id: int) -> Sequence[Verification]:
    """Everything that was asked and said, oldest first."""
    query = sa.select(Verification).where(Verification.issue_id == issue_id)
    return db.session.scalars(query.order_by(Verification.created_at, Verification.id)).all()


def find_by_invitation(invitation_id: int, *, lock: bool = False) -> tuple[Verification, Issue] | None:
    """What a personal link asks about."""
    found = db.session.scalar(sa.select(Verification).where(Verification.invitation_id == invitation_id))
    if found is None:
        return None
    query = sa.select(Issue).where(Issue.id == found.issue_id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    issue = db.session.scalars(query).one()
    if lock:
        db.session.refresh(found)
    return found, issue
