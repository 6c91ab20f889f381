"""Promises to customers: what is due, what was kept and broken, for whoever made them and for those who count on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.history import note
from feedback.issues.models import Commitment, Issue, IssueVoice
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.queries.scope import issue_scope
from feedback.issues.rules.recovery import wilson
from feedback.issues.working.naming import account_name
from feedback.issues.working.rules import PromiseState, PromiseTimes, promise_state
from feedback.kernel import clock
from feedback.kernel.db import instant, microseconds
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.staffing.queries import with_deputies

REMIND_BEFORE = timedelta(hours=4)


class Which(StrEnum):
    """Promises as people look for them."""

    OPEN = "open"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    KEPT = "kept"
    BROKEN = "broken"  # also those that were kept too late


@dataclass(frozen=True)
class PromiseFilter:
    """Whose promises, and which. `day_ends` is the end of the reader's day, `since` the first due date that counts, `until` the
    end of those that do.
    """

    which: Which | None = None
    owner_id: int | None = None
    account_id: int | None = None
    team_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    day_ends: datetime | None = None
    or_of: frozenset[int] = frozenset()  # more people whose promises are meant, besides `owner_id`


@dataclass(frozen=True)
class PromiseLine:
    """A promise with its issue. `owner` answers for it: who has the issue, else who made the promise."""

    id: int
    text: str
    due_at: datetime
    kept_at: datetime | None
    broken_at: datetime | None
    given_up_at: datetime | None
    withdrawn_at: datetime | None
    state: PromiseState
    issue_id: int
    number: int
    issue_open: bool
    account_id: int
    account: str
    contact_id: int | None
    contact: str | None
    owner_id: int | None
    owner: str | None
    person: str | None = None  # to call: whoever got the promise, else who told us of the problem first
    phone: str | None = None
    email: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the customer still counts on it, or waits to hear that it is not kept."""
        return self.kept_at is None and self.given_up_at is None and self.withdrawn_at is None


@dataclass(frozen=True)
class Kept:
    """How many promises whose time has come were kept in time, with Wilson's interval; None where there were none."""

    kept: int
    broken: int
    open: int

    @property
    def n(self) -> int:
        """Those whose time has come."""
        return self.kept + self.broken

    @property
    def share(self) -> float | None:
        """In time, of those whose time has come."""
        return self.kept / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % of it."""
        return wilson(self.kept, self.n) if self.n else None


def _maker() -> Any:
    """Who answers for a promise: the owner of the issue while it is open, then whoever made it."""
    return sa.case((sa.and_(Issue.closed_at.is_(None), Issue.owner_id.is_not(None)), Issue.owner_id), else_=Commitment.made_by_id)


def _conditions(viewer: Viewer, wanted: PromiseFilter) -> list[sa.ColumnElement[bool]]:
    found = [issue_scope(viewer)]
    if wanted.owner_id is not None:
        found.append(_maker().in_(sorted({wanted.owner_id, *wanted.or_of})))
    if wanted.account_id is not None:
        found.append(Issue.account_id == wanted.account_id)
    if wanted.team_id is not None:
        found.append(Issue.team_id == wanted.team_id)
    if wanted.since is not None:
        found.append(Commitment.due_at >= wanted.since)
    if wanted.until is not None:
        found.append(Commitment.due_at < wanted.until)
    return found + _of(wanted)


def _of(wanted: PromiseFilter) -> list[sa.ColumnElement[bool]]:
    now, unkept = clock.now(), is_open_promise()
    late = sa.and_(Commitment.kept_at.is_not(None), Commitment.kept_at > Commitment.due_at)
    if wanted.which is Which.OPEN:
        return [unkept]
    if wanted.which is Which.OVERDUE:
        return [unkept, Commitment.due_at < now]
    if wanted.which is Which.DUE_TODAY:
        return [unkept, Commitment.due_at >= now, Commitment.due_at < (wanted.day_ends or now + timedelta(days=1))]
    if wanted.which is Which.KEPT:
        return [Commitment.kept_at <= Commitment.due_at]
    if wanted.which is Which.BROKEN:
        return [sa.or_(late, Commitment.given_up_at.is_not(None), sa.and_(unkept, Commitment.due_at < now))]
    return []


def list_promises(viewer: Viewer, wanted: PromiseFilter, *, limit: int, cursor: str | None = None) -> Page[PromiseLine]:
    """Promises in the viewer's scope: those still to be kept by their due dates, others with the newest first."""
    rising = wanted.which in (Which.OPEN, Which.OVERDUE, Which.DUE_TODAY)
    order = (Commitment.due_at, Commitment.id) if rising else (Commitment.due_at.desc(), Commitment.id.desc())
    query = _lines().where(*_conditions(viewer, wanted)).order_by(*order).limit(limit + 1)
    if cursor is not None:
        query = query.where(_after(cursor, rising=rising))
    rows = [_line(row) for row in db.session.execute(query)]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], encode_cursor(microseconds(last.due_at), last.id) if last else None)


def _lines() -> sa.Select[Any]:
    owner: Any = aliased(User)
    columns: tuple[Any, ...] = (
        Commitment, Issue.number, Issue.closed_at, Issue.account_id, Account.name, Contact, owner.id, owner.name
    )  # fmt: skip
    return (
        sa.select(*columns)
        .join(Issue, Issue.id == Commitment.issue_id)
        .join(Account, Account.id == Issue.account_id)
        .outerjoin(Contact, Contact.id == sa.func.coalesce(Commitment.contact_id, _first_voice()))
        .outerjoin(owner, owner.id == _maker())
    )


def _first_voice() -> Any:
    """Who told us of the problem first."""
    voices = (IssueVoice.issue_id == Issue.id, IssueVoice.contact_id.is_not(None))
    return sa.select(IssueVoice.contact_id).where(*voices).order_by(IssueVoice.id).limit(1).correlate(Issue).scalar_subquery()


def _line(row: Any) -> PromiseLine:
    made, number, closed_at, account_id, account, person, owner_id, owner = row
    return PromiseLine(
        id=made.id,
        text=made.text,
        due_at=made.due_at,
        kept_at=made.kept_at,
        broken_at=made.broken_at,
        given_up_at=made.given_up_at,
        withdrawn_at=made.withdrawn_at,
        state=promise_state(PromiseTimes(made.due_at, made.kept_at, made.given_up_at, made.withdrawn_at), clock.now()),
        issue_id=made.issue_id,
        number=number,
        issue_open=closed_at is None,
        account_id=account_id,
        account=account,
        contact_id=made.contact_id,
        contact=person.name if person and made.contact_id else None,
        owner_id=owner_id,
        owner=owner,
        person=person.name if person else None,
        phone=person.phone if person else None,
        email=person.email if person else None,
    )


def _after(cursor: str, *, rising: bool) -> sa.ColumnElement[bool]:
    at, promise_id = decode_numbers(cursor, size=2)
    place = sa.tuple_(Commitment.due_at, Commitment.id)
    there = sa.tuple_(sa.literal(instant(at), Commitment.due_at.type), sa.literal(promise_id))
    return place > there if rising else place < there


def count_kept(viewer: Viewer, wanted: PromiseFilter) -> Kept:
    """How well promises are kept, in the viewer's scope; those that the customer agreed to do without count for nothing."""
    now = clock.now()
    in_time = sa.func.sum(sa.case((Commitment.kept_at <= Commitment.due_at, 1), else_=0))
    is_open = sa.and_(is_open_promise(), Commitment.due_at >= now)
    query = (
        sa.select(sa.func.count(), in_time, sa.func.sum(sa.case((is_open, 1), else_=0)))
        .select_from(Commitment)
        .join(Issue, Issue.id == Commitment.issue_id)
        .where(*_conditions(viewer, wanted), Commitment.withdrawn_at.is_(None))
    )
    total, kept, still_open = (int(value or 0) for value in db.session.execute(query).one())
    return Kept(kept, total - kept - still_open, still_open)


def count_promises(viewer: Viewer, wanted: PromiseFilter) -> int:
    """How many there are."""
    query = sa.select(sa.func.count()).select_from(Commitment).join(Issue, Issue.id == Commitment.issue_id)
    return db.session.scalar(query.where(*_conditions(viewer, wanted))) or 0


def broken_promises() -> Sequence[int]:
    """Promises whose time has passed without anybody having said so."""
    query = sa.select(Commitment.id).where(is_open_promise(), Commitment.broken_at.is_(None), Commitment.due_at < clock.now())
    return db.session.scalars(query.order_by(Commitment.due_at, Commitment.id)).all()


def mark_broken(commitment_id: int) -> bool:
    """A promise was not kept in time: it stays broken, however late it is kept. Who counts on it is told."""
    made = db.session.scalar(sa.select(Commitment).where(Commitment.id == commitment_id).with_for_update())
    if made is None or not made.is_open or made.broken_at is not None or made.due_at >= clock.now():
        return False
    made.broken_at = clock.now()
    issue = db.session.get_one(Issue, made.issue_id)
    note(issue.id, "commitment_broken", None, commitment_id=made.id, due_at=made.due_at.isoformat())
    manager = db.session.scalar(sa.select(Account.owner_id).where(Account.id == issue.account_id))
    owner = _answers_for(made, issue)
    params = {"number": issue.number, "account": account_name(issue)}
    news.send(news.to_each([*with_deputies([owner]), manager], f"promise-broken:{made.id}", "promise_broken", issue.id, **params))
    return True


def promises_due_soon() -> Sequence[int]:
    """Promises that come due within the next hours and of which nobody was reminded yet."""
    now = clock.now()
    query = sa.select(Commitment.id, Commitment.due_at, Commitment.created_at).where(
        is_open_promise(),
        Commitment.reminded_at.is_(None),
        Commitment.due_at >= now,
        Commitment.due_at <= now + REMIND_BEFORE,
    )
    rows = db.session.execute(query.order_by(Commitment.due_at, Commitment.id))
    # who has just promised something needs no reminder of it
    return [promise_id for promise_id, due_at, made_at in rows if made_at <= due_at - REMIND_BEFORE]


def remind_of(commitment_id: int) -> bool:
    """Who answers for a promise hears, once, that it is due soon."""
    made = db.session.scalar(sa.select(Commitment).where(Commitment.id == commitment_id).with_for_update())
    if made is None or not made.is_open or made.reminded_at is not None:
        return False
    made.reminded_at = clock.now()
    issue = db.session.get_one(Issue, made.issue_id)
    params = {"number": issue.number, "account": account_name(issue), "promise_id": made.id}
    news.send(
        news.to_each(with_deputies([_answers_for(made, issue)]), f"promise-due:{made.id}", "promise_due", issue.id, **params)
    )
    return True


def _answers_for(made: Commitment, issue: Issue) -> int | None:
    return issue.owner_id if issue.closed_at is None and issue.owner_id is not None else made.made_by_id
