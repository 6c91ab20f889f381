"""Work items: reasons to get in touch that no customer gave us. They open once, and end by themselves when it has happened.

They are issues of a lighter kind: the same queue, owner, clocks and history, two steps (get in touch, done), and no say in
whether we may sell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact, Contact, Interaction
from feedback.accounts.rules import AccountStatus, ValueTier
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.answering import CONVERSATIONS
from feedback.issues.events import IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.opening import Draft, open_drafts, write_news
from feedback.issues.queries.openings import get_opening_rules
from feedback.issues.queries.single import list_commitments, unanswered_contacts
from feedback.issues.rules import KEY_ROLES, WORK_ITEMS, IssueSource, IssueState, Severity, is_gap
from feedback.kernel import clock
from feedback.kernel.events import publish
from feedback.surveys.models import Response


@dataclass(frozen=True)
class Reason:
    """Whom to get in touch with at an account, and why. `key` tells two reasons of one kind at an account apart."""

    source: IssueSource
    account_id: int
    contact_ids: tuple[int, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    since: datetime | None = None  # an item that was opened since then, and maybe closed again, has done its work
    manager_knows: bool = False  # whoever looks after the account is told in another way

    @property
    def cause_key(self) -> str:
        """What tells it from other items at the account."""
        return f"{self.source.value}:{self.key}" if self.key else self.source.value


def open_work_items(reasons: Sequence[Reason]) -> int:
    """Open an item for each reason that has none yet; answers how many. Call inside `transaction()`."""
    reasons = _without_known(reasons)
    if not reasons:
        return 0
    ids = {reason.account_id for reason in reasons}
    accounts = {account.id: account for account in db.session.scalars(sa.select(Account).where(Account.id.in_(ids)))}
    now = clock.now()
    opened = open_drafts([_draft(reason, accounts[reason.account_id]) for reason in reasons], now)
    voices = [
        {"issue_id": issue_id, "contact_id": contact_id, "cause": reason.source, "why": {}, "created_at": now}
        for reason, issue_id in zip(reasons, opened.ids, strict=True)
        if issue_id is not None
        for contact_id in reason.contact_ids
    ]
    if voices:
        db.session.execute(sa.insert(IssueVoice), voices)
    write_news(opened._replace(messages=news.together(opened.messages)))
    return sum(issue_id is not None for issue_id in opened.ids)


def _without_known(reasons: Sequence[Reason]) -> list[Reason]:
    """Those without an item that is open, or was opened since."""
    query = sa.select(Issue.account_id, Issue.cause_key, sa.func.max(Issue.opened_at, type_=Issue.opened_at.type)).where(
        Issue.account_id.in_({reason.account_id for reason in reasons}), Issue.source.in_(WORK_ITEMS)
    )
    found = db.session.execute(query.group_by(Issue.account_id, Issue.cause_key)).all()
    newest = {(account_id, key): opened_at for account_id, key, opened_at in found}
    return [one for one in reasons if _is_new(one, newest.get((one.account_id, one.cause_key)))]


def _is_new(reason: Reason, opened_at: datetime | None) -> bool:
    return opened_at is None or (reason.since is not None and opened_at < reason.since)


def _draft(reason: Reason, account: Account) -> Draft:
    return Draft(
        account=account,
        source=reason.source,
        severity=Severity.MINOR,
        cause_key=reason.cause_key,
        manager_knows=reason.manager_knows,
        why={reason.source.value: dict(reason.facts)},
        contact_id=reason.contact_ids[0],
    )


def find_contact_gaps() -> list[Reason]:
    """Customers whose key contacts nobody spoke with for longer than their tier allows, the most valuable and longest first.

    Where an issue is open somebody is on the way already. Who became a contact later than the span cannot have been forgotten
    for longer than that.
    """
    rules, now = get_opening_rules(), clock.now()
    spans = {tier: days for tier in ValueTier if (days := rules.gap_days(tier))}
    if not spans:
        return []
    late = [_gap(row, spans[row.value_tier], now) for row in db.session.execute(_key_contacts(spans))]
    by_account: dict[int, list[_Late]] = {}
    for one in late:
        by_account.setdefault(one.account_id, []).append(one)
    # one person that we spoke with is contact with the customer: an item needs all of them to be late
    gaps = [people for people in by_account.values() if all(person.is_late for person in people)]
    gaps.sort(key=lambda people: (people[0].tier, max(person.since for person in people)))
    per_day = int(rules.of(IssueSource.CONTACT_GAP).params["per_day"])
    return _without_known([_gap_reason(people, now) for people in gaps])[:per_day]


@dataclass(frozen=True)
class _Late:
    account_id: int
    contact_id: int
    tier: str
    days: int
    since: datetime
    spoken: datetime | None
    is_late: bool


def _gap(row: Any, days: int, now: datetime) -> _Late:
    since = max(filter(None, (row.spoken, row.since)))
    return _Late(row.account_id, row.contact_id, row.value_tier, days, since, row.spoken, is_gap(since, days, now))


def _key_contacts(spans: Mapping[Any, int]) -> Any:
    spoken = (
        sa.select(sa.func.max(Interaction.occurred_at, type_=Interaction.occurred_at.type))
        .where(
            Interaction.account_id == AccountContact.account_id,
            sa.or_(Interaction.contact_id == AccountContact.contact_id, Interaction.contact_id.is_(None)),
        )
        .scalar_subquery()
    )
    has_issue = sa.exists().where(Issue.account_id == Account.id, Issue.closed_at.is_(None))
    return (
        sa.select(
            AccountContact.account_id, AccountContact.contact_id, Account.value_tier, AccountContact.since, spoken.label("spoken")
        )
        .join(Account, Account.id == AccountContact.account_id)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(
            Account.status == AccountStatus.ACTIVE,
            Account.value_tier.in_(list(spans)),
            AccountContact.role.in_(KEY_ROLES),
            AccountContact.left_at.is_(None),
            Contact.erased_at.is_(None),
            ~has_issue,
        )
        .order_by(AccountContact.account_id, AccountContact.contact_id)
    )


def _gap_reason(people: Sequence[_Late], now: datetime) -> Reason:
    last = max((person.spoken for person in people if person.spoken is not None), default=None)
    facts: dict[str, Any] = {"days": people[0].days}
    if last is not None:
        facts["last_on"] = last.date().isoformat()
    contacts, since = tuple(person.contact_id for person in people), now - timedelta(days=people[0].days)
    return Reason(IssueSource.CONTACT_GAP, people[0].account_id, contacts, facts, since=since)


def settle_work_items() -> int:
    """Close items whose people were spoken with, wherever that was noted, or who answered; answers how many.

    Call inside `transaction()`.
    """
    query = sa.select(Issue).where(Issue.source.in_(WORK_ITEMS), Issue.closed_at.is_(None)).order_by(Issue.id).with_for_update()
    return sum(_settle(issue) for issue in db.session.scalars(query).all())


def _settle(issue: Issue) -> bool:
    _take_over_talks(issue)
    if issue.source is IssueSource.SILENCE:
        _take_over_answers(issue)
    if unanswered_contacts(issue) or any(made.is_open for made in list_commitments(issue.id)):
        return False
    voices = sa.select(sa.func.count()).where(IssueVoice.issue_id == issue.id, IssueVoice.answered_at.is_not(None))
    if not db.session.scalar(voices):
        return False  # nobody is left to be spoken with, and nobody was: a person decides
    was = issue.state
    issue.state, issue.closed_at, issue.next_due_at, issue.queued_at = IssueState.CLOSED, clock.now(), None, None
    db.session.flush()
    note(issue.id, "settled", None, was=was, to=IssueState.CLOSED)
    publish(IssuesChanged(frozenset({issue.account_id}), "settled"))
    return True


def _take_over_talks(issue: Issue) -> None:
    """A talk with one of the people counts, also one that was noted elsewhere."""
    talk = sa.select(Interaction.contact_id, sa.func.max(Interaction.occurred_at, type_=Interaction.occurred_at.type)).where(
        Interaction.account_id == issue.account_id,
        Interaction.occurred_at >= issue.opened_at,
        Interaction.contact_id.is_not(None),
        sa.or_(Interaction.direction == "out", Interaction.channel.in_(CONVERSATIONS)),
    )
    for contact_id, at in db.session.execute(talk.group_by(Interaction.contact_id)).all():
        _mark(issue, contact_id, at)


def _take_over_answers(issue: Issue) -> None:
    said = sa.select(Response.contact_id, sa.func.max(Response.responded_at, type_=Response.responded_at.type)).where(
        Response.account_id == issue.account_id, Response.responded_at >= issue.opened_at
    )
    for contact_id, at in db.session.execute(said.group_by(Response.contact_id)).all():
        _mark(issue, contact_id, at)


def _mark(issue: Issue, contact_id: int | None, at: datetime) -> None:
    mine = sa.update(IssueVoice).where(IssueVoice.issue_id == issue.id, IssueVoice.contact_id == contact_id)
    db.session.execute(mine.where(IssueVoice.answered_at.is_(None)).values(answered_at=at))
