"""Whom a follow-up is about: who named the problem or has an issue with it, and whom a disruption hit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import ROLE_INDEX, AccountStatus
from feedback.defects.models import Citation
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.queries.counting import was_a_problem
from feedback.issues.queries.facts import OpenIssue, issue_facts
from feedback.issues.rules import IssueState
from feedback.issues.rules.enums import GRAVITY
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.outer_loop.models import InitiativeIssue
from feedback.outer_loop.queries.reaching import is_reached
from feedback.outer_loop.rules.order import urgency
from feedback.outer_loop.rules.scope import Reach
from feedback.surveys.models import Response
from feedback.surveys.rules import band

Key = tuple[int, int | None]  # account, contact
_OPENNESS = {"open": 3, "fixed": 2, "closed": 1, "none": 0}


@dataclass(frozen=True, slots=True)
class Affected:
    """A customer to be told, with what told us so."""

    account_id: int
    contact_id: int | None
    response_id: int | None = None
    score: int | None = None
    issue_id: int | None = None
    issue: str = "none"  # open, fixed, closed

    @property
    def band(self) -> str:
        """Of the answer that named the problem."""
        return "unknown" if self.score is None else band(self.score).value


def affected_by_defects(initiative_id: int, defect_ids: Sequence[int], reach: Reach, since: datetime) -> list[Affected]:
    """Who cited one of the defects since then, or had an issue with it or one that led to the initiative; each person once."""
    found: dict[Key, Affected] = {}
    for one in [*_by_answers(defect_ids, reach, since), *_by_issues(initiative_id, defect_ids, reach, since)]:
        key = (one.account_id, one.contact_id)
        found[key] = _both(found[key], one) if key in found else one
    return _reachable(list(found.values()))


def affected_by_disruption(account_ids: Sequence[int]) -> list[Affected]:
    """The accounts, each with the person to be told first and the gravest issue that is not over for the customer."""
    contacts, facts = main_contacts(account_ids), issue_facts(account_ids, clock.now())
    found = []
    for account_id in account_ids:
        one, issue = Affected(account_id, contacts.get(account_id)), _gravest(facts[account_id].issues)
        found.append(replace(one, issue_id=issue.id, issue=openness(issue.state, None)) if issue else one)
    return found


def _gravest(issues: Sequence[OpenIssue]) -> OpenIssue | None:
    """Whatever nobody has fixed before what only waits for the customer's word; of these the gravest, then the oldest."""

    def rank(issue: OpenIssue) -> tuple[int, int, int]:
        return _OPENNESS[openness(issue.state, None)], GRAVITY[issue.severity], -issue.number

    return max(issues, key=rank, default=None)


def _both(one: Affected, other: Affected) -> Affected:
    """What an answer and an issue of the same person say together; of two answers the newer, of two issues the more open."""
    issue = max((one, other), key=lambda each: _OPENNESS[each.issue])
    said = other if other.response_id else one
    return Affected(one.account_id, one.contact_id, said.response_id, said.score, issue.issue_id, issue.issue)


def _here(reach: Reach) -> tuple[sa.ColumnElement[bool], ...]:
    return is_reached(reach), Account.status == AccountStatus.ACTIVE


def _by_answers(defect_ids: Sequence[int], reach: Reach, since: datetime) -> list[Affected]:
    query = (
        sa.select(Response.account_id, Response.contact_id, Response.id, Response.score)
        .join(Account, Account.id == Response.account_id)
        .where(
            Response.responded_at >= since,
            Response.responded_at <= clock.now(),
            sa.exists().where(Citation.response_id == Response.id, Citation.defect_id.in_(defect_ids)),
            *_here(reach),
        )
        .order_by(Response.responded_at, Response.id)
    )
    return [Affected(*row) for row in db.session.execute(query)]


def _by_issues(initiative_id: int, defect_ids: Sequence[int], reach: Reach, since: datetime) -> list[Affected]:
    linked = sa.select(InitiativeIssue.issue_id).where(InitiativeIssue.initiative_id == initiative_id)
    wanted = sa.or_(
        Issue.id.in_(linked), sa.and_(Issue.defect_id.in_(defect_ids), Issue.opened_at >= since, Issue.opened_at <= clock.now())
    )
    query = (
        sa.select(
            Issue.account_id, sa.func.coalesce(IssueVoice.contact_id, Issue.contact_id), Issue.id, Issue.state, Issue.closed_at
        )
        .join(Account, Account.id == Issue.account_id)
        .outerjoin(IssueVoice, IssueVoice.issue_id == Issue.id)
        .where(wanted, was_a_problem(), *_here(reach))
        .order_by(Issue.id, IssueVoice.id)
    )
    rows: Any = db.session.execute(query)
    return [
        Affected(account_id, contact_id, issue_id=issue_id, issue=openness(state, closed_at))
        for account_id, contact_id, issue_id, state, closed_at in rows
    ]


def openness(state: IssueState, closed_at: datetime | None) -> str:
    """How open an issue is for its customer."""
    if state in (IssueState.FIXED, IssueState.VERIFIED, IssueState.CLOSED_UNVERIFIED):
        return "fixed"
    return "closed" if closed_at else "open"


def _reachable(found: Sequence[Affected]) -> list[Affected]:
    """Without people who have left; an account that nobody is left of is told through whoever decides there."""
    here = _still_there([one.contact_id for one in found if one.contact_id])
    kept = [one for one in found if one.contact_id and (one.account_id, one.contact_id) in here]
    told = {one.account_id for one in kept}
    rest: dict[int, Affected] = {}
    for one in found:
        if one.account_id not in told:
            rest[one.account_id] = _both(rest[one.account_id], one) if one.account_id in rest else one
    contacts = main_contacts(list(rest))
    return kept + [
        Affected(one.account_id, contacts.get(one.account_id), one.response_id, one.score, one.issue_id, one.issue)
        for one in rest.values()
    ]


def _still_there(contact_ids: Iterable[int]) -> set[Key]:
    query = (
        sa.select(AccountContact.account_id, AccountContact.contact_id)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(among(AccountContact.contact_id, sorted(set(contact_ids))), *_role_holders())
    )
    return {(account_id, contact_id) for account_id, contact_id in db.session.execute(query)}


def _role_holders() -> tuple[sa.ColumnElement[bool], ...]:
    gone = AccountContact.left_at
    return sa.or_(gone.is_(None), gone > clock.now()), Contact.erased_at.is_(None)


def main_contacts(account_ids: Sequence[int]) -> dict[int, int]:
    """Account → who decides there, else who has influence, else who uses; of equals the oldest. Without anybody: left out."""
    query = (
        sa.select(AccountContact.account_id, AccountContact.contact_id, AccountContact.role)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(among(AccountContact.account_id, account_ids), *_role_holders())
    )
    found: dict[int, tuple[int, int]] = {}
    for account_id, contact_id, role in db.session.execute(query):
        key = (ROLE_INDEX[role], contact_id)
        found[account_id] = min(found.get(account_id, key), key)
    return {account_id: contact_id for account_id, (_role, contact_id) in found.items()}


def items_of(found: Sequence[Affected]) -> list[dict[str, Any]]:
    """Rows of a follow-up, the most urgent first, with what their urgency is made of."""
    worth = _worth([one.account_id for one in found])
    rows = []
    for one in found:
        tier, revenue = worth[one.account_id]
        facts = {"tier": tier.value, "band": one.band, "revenue": revenue, "issue": one.issue, "score": one.score}
        rows.append(
            {
                "account_id": one.account_id,
                "contact_id": one.contact_id,
                "issue_id": one.issue_id,
                "response_id": one.response_id,
                "urgency": urgency(tier, one.band, revenue, one.issue),
                "facts": facts,
            }
        )
    return sorted(rows, key=lambda row: (-row["urgency"], row["account_id"], row["contact_id"] or 0))


def _worth(account_ids: Sequence[int]) -> Mapping[int, Any]:
    query = sa.select(Account.id, Account.value_tier, current_exchange().revenue)
    rows: Any = db.session.execute(query.where(among(Account.id, sorted(set(account_ids)))))
    return {account_id: (tier, revenue) for account_id, tier, revenue in rows}
