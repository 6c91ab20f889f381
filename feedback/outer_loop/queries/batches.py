"""Follow-ups, for those who may see them: theirs is what their team tells, and what is about their own customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import Team, User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.calendars.queries import Calendars
from feedback.extensions import db
from feedback.kernel.bulk import among
from feedback.kernel.errors import NotFound
from feedback.outer_loop.models import Disruption, FollowUpBatch, FollowUpItem, Initiative
from feedback.outer_loop.queries.due_days import hours_of, today_of
from feedback.outer_loop.rules.due import days_late
from feedback.outer_loop.rules.states import DONE_ITEMS, ItemState
from feedback.surveys.models import Response
from feedback.web.naming import name_for_reader, text_for_reader

READ, WORK = "follow_up.read", "follow_up.work"


def item_scope(viewer: Viewer, permission: str) -> sa.ColumnElement[bool]:
    """The condition on `FollowUpItem`: of a team, also what the team was given to tell; denies by default."""
    scope = scope_of(viewer, permission)
    if scope is Scope.ALL:
        return sa.true()
    if scope is Scope.NONE or viewer.user_id is None:
        return sa.false()
    mine = FollowUpItem.account_id.in_(sa.select(Account.id).where(account_scope(viewer, permission)))
    if scope is Scope.TEAM and viewer.team_id is not None:
        given = sa.select(FollowUpBatch.id).where(FollowUpBatch.team_id == viewer.team_id)
        return sa.or_(mine, FollowUpItem.batch_id.in_(given))
    return mine


def batch_scope(viewer: Viewer, permission: str) -> sa.ColumnElement[bool]:
    """The condition on `FollowUpBatch`: some customer in it is the viewer's to see."""
    if scope_of(viewer, permission) is Scope.ALL:
        return sa.true()
    return FollowUpBatch.id.in_(sa.select(FollowUpItem.batch_id).where(item_scope(viewer, permission)))


def lock_batch(batch_id: int, *, viewer: Viewer) -> FollowUpBatch:
    """A follow-up to be changed.

    Raises:
        NotFound: it is not there or not the viewer's.
    """
    query = sa.select(FollowUpBatch).where(FollowUpBatch.id == batch_id, batch_scope(viewer, WORK)).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def lock_item(item_id: int, *, viewer: Viewer) -> FollowUpItem:
    """A customer of a follow-up, to be dealt with.

    Raises:
        NotFound: it is not there or not the viewer's.
    """
    query = sa.select(FollowUpItem).where(FollowUpItem.id == item_id, item_scope(viewer, WORK)).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class BatchLine:
    """A follow-up with how far it is; the counts are of what the viewer may see."""

    id: int
    title: str
    initiative_id: int | None
    disruption_id: int | None
    team_id: int | None
    team: str | None
    since: datetime | None
    created_at: datetime
    closed_at: datetime | None
    due_on: date | None
    total: int
    done: int
    days_late: int  # by the calendar of who tells them; 0: in time

    @property
    def left(self) -> int:
        """How many are still to be told."""
        return self.total - self.done


def list_batches(
    viewer: Viewer,
    *,
    batch_id: int | None = None,
    limit: int = 200,
    after: int | None = None,
    permission: str = READ,
    only_open: bool = False,
) -> list[BatchLine]:
    """Open ones first, then the newest."""
    done = sa.func.sum(sa.case((FollowUpItem.state.in_(DONE_ITEMS), 1), else_=0))
    title = sa.func.coalesce(Initiative.title, text_for_reader(Disruption.titles, Disruption.title))
    batch = (FollowUpBatch.id, title, FollowUpBatch.initiative_id, FollowUpBatch.disruption_id, FollowUpBatch.team_id)
    times = (FollowUpBatch.since, FollowUpBatch.created_at, FollowUpBatch.closed_at, FollowUpBatch.due_on)
    team = name_for_reader(Team)
    query = (
        sa.select(*batch, team, *times, sa.func.count(), done)
        .select_from(FollowUpBatch)
        .join(FollowUpItem, FollowUpItem.batch_id == FollowUpBatch.id)
        .outerjoin(Initiative, Initiative.id == FollowUpBatch.initiative_id)
        .outerjoin(Disruption, Disruption.id == FollowUpBatch.disruption_id)
        .outerjoin(Team, Team.id == FollowUpBatch.team_id)
        .where(item_scope(viewer, permission))
        .group_by(*batch, team, *times)
        .order_by(FollowUpBatch.id.desc())
        .limit(limit)
    )
    if batch_id is not None:
        query = query.where(FollowUpBatch.id == batch_id)
    if only_open:
        query = query.where(FollowUpBatch.closed_at.is_(None), FollowUpBatch.due_on.is_not(None))
    if after is not None:
        query = query.where(FollowUpBatch.id < after)
    rows: Any = db.session.execute(query)
    calendars = Calendars()
    return [_line(row, calendars) for row in rows]


def _line(row: Any, calendars: Calendars) -> BatchLine:
    late = days_late(row.due_on, row.closed_at, today_of(hours_of(calendars, row.team_id)))
    return BatchLine(*[*row[:10], int(row[10]), int(row[11] or 0), late])


def list_due(viewer: Viewer) -> list[BatchLine]:
    """Open ones that the viewer's team tells, the first due first; nobody's are everybody's who may see them."""
    found = list_batches(viewer, permission=WORK, only_open=True)
    mine = [line for line in found if line.team_id in (None, viewer.team_id)]
    return sorted(mine, key=lambda line: (line.due_on or date.max, line.id))


def get_batch(batch_id: int, viewer: Viewer, *, permission: str = READ) -> tuple[BatchLine, FollowUpBatch]:
    """One of them.

    Raises:
        NotFound: it is not there or not the viewer's.
    """
    lines = list_batches(viewer, batch_id=batch_id, permission=permission)
    if not lines:
        raise NotFound
    return lines[0], db.session.get_one(FollowUpBatch, batch_id)


@dataclass(frozen=True)
class ItemLine:
    """A customer to be told, with everything one needs for it."""

    id: int
    account_id: int
    account: str
    contact_id: int | None
    contact: str | None
    phone: str | None
    email: str | None
    language: str | None
    state: ItemState
    urgency: float
    facts: dict[str, Any]
    comment: str | None
    issue_id: int | None
    skip_reason: str | None
    stopped_because: str | None
    note: str | None
    worked_by: str | None
    worked_at: datetime | None
    visible: bool  # whether the viewer may open the account's page


def list_items(
    batch_id: int,
    viewer: Viewer,
    *,
    states: Sequence[ItemState] | None = None,
    item_id: int | None = None,
    after: tuple[float, int] | None = None,
    offset: int | None = None,
    limit: int | None = None,
    permission: str = READ,
) -> list[ItemLine]:
    """The customers of a follow-up, the most urgent first, behind the (urgency, id) `after` or the first `offset`."""
    item = FollowUpItem
    query = (
        sa.select(
            item.id, item.account_id, Account.name, item.contact_id, Contact.name, Contact.phone, Contact.email,
            sa.func.coalesce(Contact.language, Account.language), item.state, item.urgency, item.facts, Response.comment,
            item.issue_id, item.skip_reason, item.stopped_because, item.note, User.name, item.worked_at,
            account_scope(viewer).label("visible"),
        )
        .join(Account, Account.id == item.account_id)
        .outerjoin(Contact, Contact.id == item.contact_id)
        .outerjoin(Response, Response.id == item.response_id)
        .outerjoin(User, User.id == item.worked_by_id)
        .where(item.batch_id == batch_id, item_scope(viewer, permission))
        .order_by(item.urgency.desc(), item.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    if states:
        query = query.where(item.state.in_(states))
    if item_id is not None:
        query = query.where(item.id == item_id)
    if after is not None:
        urgency, item_id = after
        query = query.where(sa.or_(item.urgency < urgency, sa.and_(item.urgency == urgency, item.id > item_id)))
    rows: Any = db.session.execute(query)
    return [ItemLine(*[*row[:18], bool(row[18])]) for row in rows]


def count_items(batch_id: int, viewer: Viewer, *, states: Sequence[ItemState]) -> int:
    """How many customers of a follow-up are in one of the states."""
    query = (
        sa.select(sa.func.count()).select_from(FollowUpItem).where(_seen(batch_id, viewer, READ), FollowUpItem.state.in_(states))
    )
    return db.session.scalar(query) or 0


def _seen(batch_id: int, viewer: Viewer, permission: str) -> sa.ColumnElement[bool]:
    return sa.and_(FollowUpItem.batch_id == batch_id, item_scope(viewer, permission))


def writable_items(batch_id: int, viewer: Viewer, *, permission: str = READ) -> Sequence[int]:
    """The customers who wait, have an address, and whose letter nothing has stopped yet; the most urgent first."""
    item = FollowUpItem
    query = sa.select(item.id).join(Contact, Contact.id == item.contact_id).where(is_writable(batch_id, viewer, permission))
    return db.session.scalars(query.order_by(item.urgency.desc(), item.id)).all()


def is_writable(batch_id: int, viewer: Viewer, permission: str) -> sa.ColumnElement[bool]:
    """The condition on `FollowUpItem` and its `Contact` for those."""
    waits = (FollowUpItem.state == ItemState.OPEN, FollowUpItem.stopped_because.is_(None))
    return sa.and_(_seen(batch_id, viewer, permission), *waits, sa.func.coalesce(Contact.email, "") != "")


def missing_items(batch_id: int, item_ids: Sequence[int], viewer: Viewer, *, permission: str) -> set[int]:
    """Which of these are not in the follow-up, or not the viewer's."""
    query = sa.select(FollowUpItem.id).where(_seen(batch_id, viewer, permission), among(FollowUpItem.id, item_ids))
    return set(item_ids) - set(db.session.scalars(query))
