"""One issue, for those who may see it, with everything that its page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.access.models import Team, User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact, Interaction
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.models import Commitment, Issue, IssueEvent, IssueVoice
from feedback.issues.queries.scope import issue_scope
from feedback.issues.rules import TransitionFacts
from feedback.issues.verifying.queries import attempts_since_fix, waiting_voices
from feedback.kernel.errors import NotFound
from feedback.surveys.models import Response
from feedback.web.naming import name_for_reader


def access_issue(issue_id: int, *, viewer: Viewer, permission: str = "issue.read") -> Issue:
    """The issue, if the viewer's scope holds it.

    Raises:
        NotFound: missing or somebody else's.
    """
    return _find(sa.select(Issue).where(Issue.id == issue_id, issue_scope(viewer, permission)))


def lock_issue(issue_id: int, *, viewer: Viewer, permission: str) -> Issue:
    """The same, to be changed: nobody else changes it until this transaction ends.

    Raises:
        NotFound: missing or somebody else's.
    """
    query = sa.select(Issue).where(Issue.id == issue_id, issue_scope(viewer, permission)).with_for_update()
    return _find(query.execution_options(populate_existing=True))


def _find(query: sa.Select[Issue]) -> Issue:
    issue = db.session.scalar(query)
    if issue is None:
        raise NotFound
    return issue


def stored_facts(issue: Issue) -> TransitionFacts:
    """What is known about an issue before it moves; talks and promises of before a reopening do not count again."""
    since = issue.routed_at if issue.reopen_count and issue.routed_at else issue.opened_at
    talks = sa.select(sa.func.count()).where(Interaction.issue_id == issue.id)
    promises = sa.select(sa.func.count()).where(Commitment.issue_id == issue.id, Commitment.created_at >= since)
    return TransitionFacts(
        state=issue.state,
        severity=issue.severity,
        has_owner=issue.owner_id is not None and issue.queued_at is None,
        has_interaction=bool(db.session.scalar(talks.where(Interaction.created_at >= since))),
        root_cause=issue.root_cause,
        fix_due_at=issue.fix_due_at,
        has_commitment=bool(db.session.scalar(promises)),
        fix_summary=issue.fix_summary,
        fixed_at=issue.fixed_at,
        attempts_since_fix=attempts_since_fix(issue),
        all_confirmed=issue.fixed_at is None or len(waiting_voices(issue)) <= 1,
    )


@dataclass(frozen=True)
class Voice:
    """A person who told us, and what they said. Without a response: named by staff."""

    contact_id: int | None
    response_id: int | None
    contact_name: str | None
    contact_role: str | None
    score: int | None
    comment: str | None
    language: str | None
    responded_at: datetime | None


def list_voices(issue_id: int) -> list[Voice]:
    """The people who told us about an issue, in the order in which they did."""
    role = (AccountContact.account_id == Issue.account_id) & (AccountContact.contact_id == IssueVoice.contact_id)
    query = (
        sa.select(
            IssueVoice.contact_id,
            IssueVoice.response_id,
            Contact.name,
            AccountContact.role,
            Response.score,
            Response.comment,
            Response.language,
            Response.responded_at,
        )
        .join(Issue, Issue.id == IssueVoice.issue_id)
        .outerjoin(Contact, Contact.id == IssueVoice.contact_id)
        .outerjoin(AccountContact, role)
        .outerjoin(Response, Response.id == IssueVoice.response_id)
        .where(IssueVoice.issue_id == issue_id)
        .order_by(IssueVoice.id)
    )
    return [Voice(*row) for row in db.session.execute(query)]


def list_commitments(issue_id: int) -> list[Commitment]:
    """What we promised, the first due first."""
    query = sa.select(Commitment).where(Commitment.issue_id == issue_id).order_by(Commitment.due_at, Commitment.id)
    return list(db.session.scalars(query))


def list_interactions(issue_id: int) -> list[Interaction]:
    """Talks with the customer about it, newest first."""
    query = sa.select(Interaction).where(Interaction.issue_id == issue_id)
    return list(db.session.scalars(query.order_by(Interaction.occurred_at.desc(), Interaction.id.desc())))


def list_history(issue_id: int) -> Sequence[sa.Row[IssueEvent, str]]:
    """(event, name of who did it or None), oldest first."""
    query = sa.select(IssueEvent, User.name).outerjoin(User, User.id == IssueEvent.actor_id)
    return db.session.execute(query.where(IssueEvent.issue_id == issue_id).order_by(IssueEvent.id)).all()


@dataclass(frozen=True)
class Names:
    """What the ids in an issue are called."""

    account: str
    owner: str | None
    team: str | None
    defect_code: str | None
    defect_name: str | None
    contact: str | None


def names_of(issue_ids: Sequence[int]) -> dict[int, Names]:
    """Names for a list of issues, in one statement."""
    owner: Any = aliased(User)
    query = (
        sa.select(Issue.id, Account.name, owner.name, name_for_reader(Team), Defect.code, shown_name(), Contact.name)
        .join(Account, Account.id == Issue.account_id)
        .outerjoin(owner, owner.id == Issue.owner_id)
        .outerjoin(Team, Team.id == Issue.team_id)
        .outerjoin(Defect, Defect.id == Issue.defect_id)
        .outerjoin(Contact, Contact.id == Issue.contact_id)
        .where(Issue.id.in_(issue_ids))
    )
    return {issue_id: Names(*names) for issue_id, *names in db.session.execute(query)}


def voice_ids(issue_ids: Sequence[int]) -> dict[int, list[tuple[int | None, int | None]]]:
    """(contact, response) of every voice of a list of issues, in one statement."""
    query = sa.select(IssueVoice.issue_id, IssueVoice.contact_id, IssueVoice.response_id)
    found: dict[int, list[tuple[int | None, int | None]]] = {issue_id: [] for issue_id in issue_ids}
    for issue_id, contact_id, response_id in db.session.execute(
        query.where(IssueVoice.issue_id.in_(issue_ids)).order_by(IssueVoice.id)
    ):
        found[issue_id].append((contact_id, response_id))
    return found
