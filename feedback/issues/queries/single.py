"""One issue, for those who may see it, with everything that its page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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
from feedback.issues.queries.fixing import find_fix_owner
from feedback.issues.queries.scope import issue_scope
from feedback.issues.rules import WORK_ITEMS, IssueSource, TransitionFacts
from feedback.issues.telling import answered_since
from feedback.issues.verifying.queries import ASKED, attempts_since_fix, waiting_voices
from feedback.issues.verifying.rules import Way
from feedback.kernel.errors import NotFound
from feedback.surveys.models import Response
from feedback.web.naming import name_for_reader

ATTEMPT = "attempt"  # the kind of event that says: somebody tried to reach a person, before there was a fix to ask about


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
    since = answered_since(issue)
    talks = sa.select(sa.func.count()).where(Interaction.issue_id == issue.id)
    promises = list_commitments(issue.id)
    return TransitionFacts(
        state=issue.state,
        severity=issue.severity,
        has_owner=issue.owner_id is not None and issue.queued_at is None,
        has_interaction=bool(db.session.scalar(talks.where(Interaction.created_at >= since))),
        root_cause=issue.root_cause,
        fix_due_at=issue.fix_due_at,
        has_commitment=any(made.created_at >= since and (made.is_open or made.kept_at is not None) for made in promises),
        fix_summary=issue.fix_summary,
        fixed_at=issue.fixed_at,
        attempts_since_fix=attempts_since_fix(issue),
        all_confirmed=issue.fixed_at is None or len(waiting_voices(issue)) <= 1,
        unanswered_voices=len(unanswered_contacts(issue)),
        is_work_item=issue.source in WORK_ITEMS,
        open_promises=tuple(made.text for made in promises if made.is_open),
        has_fix_owner=find_fix_owner(issue) is not None,
    )


def unanswered_contacts(issue: Issue) -> set[int]:
    """People among the voices who wait for an answer of ours. Who was erased, or has left the account, waits for nothing."""
    since = answered_since(issue)
    query = _there(issue, IssueVoice.contact_id).where(
        sa.or_(IssueVoice.answered_at.is_(None), IssueVoice.answered_at < since),
        sa.or_(IssueVoice.waived_at.is_(None), IssueVoice.waived_at < since),
    )
    return {contact_id for (contact_id,) in db.session.execute(query)}


def unheard_people(issue: Issue) -> dict[int, str]:
    """Those whom nobody has even tried to reach since they spoke up, by name: what we say now is the first they hear."""
    never = (IssueVoice.answered_at.is_(None), IssueVoice.waived_at.is_(None))
    who, spoke_at = (IssueVoice.contact_id, Contact.name), sa.func.max(IssueVoice.created_at)
    query = _there(issue, *who, spoke_at).where(*never).group_by(*who).order_by(Contact.name, IssueVoice.contact_id)
    waiting = db.session.execute(query).all()
    tried = _last_tries(issue) if waiting else {}
    return {one: name or "?" for one, name, at in waiting if one not in tried or tried[one] < at}


def _there(issue: Issue, *columns: Any) -> sa.Select[Any]:
    """Of the voices whose person is still there."""
    left = sa.exists().where(
        AccountContact.account_id == issue.account_id,
        AccountContact.contact_id == IssueVoice.contact_id,
        AccountContact.left_at.is_not(None),
    )
    there = (IssueVoice.issue_id == issue.id, Contact.erased_at.is_(None), ~left)
    return sa.select(*columns).select_from(IssueVoice).join(Contact, Contact.id == IssueVoice.contact_id).where(*there)


def _last_tries(issue: Issue) -> dict[int, datetime]:
    tries = sa.select(IssueEvent.data, IssueEvent.occurred_at).where(
        IssueEvent.issue_id == issue.id, IssueEvent.kind.in_((ATTEMPT, ASKED))
    )
    rows = db.session.execute(tries.order_by(IssueEvent.id))
    return {data.get("contact_id"): at for data, at in rows if data.get("way") in (None, Way.CALL)}


class VoiceState(StrEnum):
    """Whether somebody who spoke up has been answered."""

    WAITING = "waiting"
    ANSWERED = "answered"
    WAIVED = "waived"  # nobody has to, for the reason given
    NOBODY = "nobody"  # nobody is there to be answered: no person is named, or they were erased


@dataclass(frozen=True)
class Voice:
    """A person who told us, and what they said. Without a response: a complaint, or named by staff or a work item."""

    id: int
    cause: IssueSource
    why: Mapping[str, Any]
    contact_id: int | None
    response_id: int | None
    contact_name: str | None
    contact_role: str | None
    score: int | None
    comment: str | None
    language: str | None
    responded_at: datetime | None
    said: str | None
    created_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    waived_at: datetime | None
    waived_reason: str | None
    erased_at: datetime | None
    since: datetime

    @property
    def state(self) -> VoiceState:
        """Answered, excused, or waiting."""
        if self.contact_id is None or self.erased_at is not None:
            return VoiceState.NOBODY
        if self.answered_at is not None and self.answered_at >= self.since:
            return VoiceState.ANSWERED
        return VoiceState.WAIVED if self.waived_at is not None and self.waived_at >= self.since else VoiceState.WAITING


def list_voices(issue_id: int) -> list[Voice]:
    """The people who told us about an issue, in the order in which they did."""
    return voices_of([issue_id])[issue_id]


def voices_of(issue_ids: Sequence[int]) -> dict[int, list[Voice]]:
    """The same for a list of issues, in one statement."""
    role = (AccountContact.account_id == Issue.account_id) & (AccountContact.contact_id == IssueVoice.contact_id)
    since = sa.case((sa.and_(Issue.reopen_count > 0, Issue.routed_at.is_not(None)), Issue.routed_at), else_=Issue.opened_at)
    query = (
        sa.select(
            IssueVoice.issue_id,
            IssueVoice.id,
            IssueVoice.cause,
            IssueVoice.why,
            IssueVoice.contact_id,
            IssueVoice.response_id,
            Contact.name,
            AccountContact.role,
            Response.score,
            Response.comment,
            Response.language,
            Response.responded_at,
            IssueVoice.said,
            IssueVoice.created_at,
            IssueVoice.answered_at,
            User.name,
            IssueVoice.waived_at,
            IssueVoice.waived_reason,
            Contact.erased_at,
            sa.type_coerce(since, Issue.opened_at.type),
        )
        .join(Issue, Issue.id == IssueVoice.issue_id)
        .outerjoin(Contact, Contact.id == IssueVoice.contact_id)
        .outerjoin(AccountContact, role)
        .outerjoin(Response, Response.id == IssueVoice.response_id)
        .outerjoin(User, User.id == IssueVoice.answered_by_id)
        .where(IssueVoice.issue_id.in_(issue_ids))
        .order_by(IssueVoice.id)
    )
    found: dict[int, list[Voice]] = {issue_id: [] for issue_id in issue_ids}
    for issue_id, *values in db.session.execute(query):
        found[issue_id].append(Voice(*values))
    return found


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
