"""What partners were told of each account, compared with how it stands now: of every flip exactly one piece of news.

A job calls `compare_some` until nothing is left. It looks at accounts to which something happened, and at those whose standing
may have changed by time alone: each at least once a day, and at the very moment at which an answer, an estimate or a "not now"
runs out. What is found, told and ticked off is one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent
from feedback.kernel import clock
from feedback.partners.models import StandingWatch, ToldStanding, TouchedAccount
from feedback.partners.news import News, tell
from feedback.partners.outlook import Outlook, outlooks
from feedback.partners.rules.news import NOTHING_KNOWN, NewsType, Told, news_between

PART = 500  # accounts in one transaction, so that other writers do not wait
_SOON = timedelta(seconds=1)


@dataclass(frozen=True)
class Compared:
    """What one part did; `more`: another one waits."""

    accounts: int
    told: int
    more: bool


def compare_some() -> Compared:
    """Look at the next accounts that are due. Call inside `transaction()`."""
    watch = db.session.scalars(sa.select(StandingWatch).with_for_update()).one_or_none()
    if watch is None:
        return Compared(0, 0, more=False)
    now = clock.now()
    seeding, due, marks = _to_seed(watch), _due(now), _touched()
    looked_at = {*seeding, *due, *marks.values()}
    found = _customers(outlooks(looked_at, now), now)
    before = {row.account_id: row for row in _stored(found)}
    told = 0
    for account_id in sorted(found):
        row = before.get(account_id)
        if row is None and account_id <= watch.seed_until:
            _add(account_id, found[account_id], now)  # the state from which news is counted
        else:
            told += _tell_changes(account_id, row, found[account_id], now)
    watch.seeded_to = max(seeding, default=watch.seeded_to)
    db.session.execute(sa.delete(TouchedAccount).where(TouchedAccount.id.in_(list(marks))))
    db.session.flush()
    return Compared(len(looked_at), told, more=max(len(seeding), len(due), len(marks)) >= PART)


def _to_seed(watch: StandingWatch) -> list[int]:
    between = Account.id.between(watch.seeded_to + 1, watch.seed_until)
    return list(db.session.scalars(sa.select(Account.id).where(between).order_by(Account.id).limit(PART)))


def _due(now: datetime) -> list[int]:
    due = sa.select(ToldStanding.account_id).where(ToldStanding.review_at <= now)
    return list(db.session.scalars(due.order_by(ToldStanding.review_at).limit(PART)))


def _touched() -> dict[int, int]:
    """Mark → account. Marks are taken one by one, so that one that is written meanwhile is looked at next time."""
    rows = db.session.execute(sa.select(TouchedAccount.id, TouchedAccount.account_id).order_by(TouchedAccount.id).limit(PART))
    return {row.id: row.account_id for row in rows}


def _customers(found: Mapping[int, Outlook], now: datetime) -> dict[int, Outlook]:
    """The same, but to those who are no customers any more nothing is open."""
    closed = sa.select(Account.id).where(Account.id.in_(list(found)), Account.status == AccountStatus.CLOSED)
    left = set(db.session.scalars(closed))
    return {account_id: outlook.of_no_customer(now) if account_id in left else outlook for account_id, outlook in found.items()}


def _stored(found: Mapping[int, Outlook]) -> list[ToldStanding]:
    return list(db.session.scalars(sa.select(ToldStanding).where(ToldStanding.account_id.in_(list(found)))))


def _add(account_id: int, outlook: Outlook, now: datetime) -> ToldStanding:
    row = ToldStanding(
        account_id=account_id,
        said=outlook.told.as_data(),
        changed_at=now,
        review_at=max(outlook.review_at, now + _SOON),
        issue_event_id=_last_issue_event(account_id),
    )
    db.session.add(row)
    return row


def _tell_changes(account_id: int, row: ToldStanding | None, outlook: Outlook, now: datetime) -> int:
    before = Told(**row.said) if row is not None else NOTHING_KNOWN
    since = row.issue_event_id if row is not None else 0
    kinds = news_between(before, outlook.told)
    said = {"standing": dict(outlook.told.standing), "gate": dict(outlook.told.gate)}
    previous = {"standing": dict(before.standing), "open": before.is_open}
    issues, newest = _issue_news(account_id, since)
    ids = tell([*issues, *(News(kind, account_id, said | {"before": previous}, now) for kind in kinds)])
    row = row or _add(account_id, outlook, now)
    row.said, row.review_at, row.issue_event_id = outlook.told.as_data(), max(outlook.review_at, now + _SOON), newest
    if kinds:
        row.changed_at = now
    return len(ids)


def _last_issue_event(account_id: int) -> int:
    of_account = sa.select(sa.func.max(IssueEvent.id)).join(Issue, Issue.id == IssueEvent.issue_id)
    return db.session.scalar(of_account.where(Issue.account_id == account_id)) or 0


_CLOSED = frozenset({"closed", "closed_unverified"})


def _issue_news(account_id: int, since: int) -> tuple[list[News], int]:
    """What happened to the account's issues after the event `since`, and the newest event."""
    columns = (IssueEvent.id, IssueEvent.kind, IssueEvent.data, IssueEvent.occurred_at)
    about = (Issue.id.label("issue_id"), Issue.number, Issue.state, Issue.severity)
    query = sa.select(*columns, *about).join(Issue, Issue.id == IssueEvent.issue_id)
    rows = db.session.execute(query.where(Issue.account_id == account_id, IssueEvent.id > since).order_by(IssueEvent.id)).all()
    found = []
    for row in rows:
        to = row.data.get("to")
        issue = {"id": row.issue_id, "number": row.number, "state": to or row.state.value, "severity": row.severity.value}
        kind = NewsType.ISSUE_CHANGED
        if row.kind == "opened":
            kind = NewsType.ISSUE_OPENED
        elif to in _CLOSED:
            kind = NewsType.ISSUE_CLOSED
        found.append(News(kind, account_id, {"issue": issue, "change": row.kind}, row.occurred_at))
    return found, rows[-1].id if rows else since
