"""Named reads of exceptions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.gate.overriding.models import GateOverride
from feedback.gate.overriding.rules import WAITS, OverrideReason, OverrideState
from feedback.gate.overriding.service import APPROVE, READ
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.permission.rules import Purpose


@dataclass(frozen=True)
class OverrideFilter:
    """What a list is asked for; None means any. Days are of the request, the last one excluded."""

    state: OverrideState | None = None
    account_id: int | None = None
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As conditions on the table."""
        found: list[sa.ColumnElement[bool]] = []
        if self.state is not None:
            found.append(GateOverride.state == self.state)
        if self.account_id is not None:
            found.append(GateOverride.account_id == self.account_id)
        if self.since is not None:
            found.append(GateOverride.requested_at >= datetime.combine(self.since, time(), UTC))
        if self.until is not None:
            found.append(GateOverride.requested_at < datetime.combine(self.until, time(), UTC))
        return found


@dataclass(frozen=True)
class OverrideLine:
    """An exception with names; `waits`, `counts`: now; `decidable`: by whoever reads."""

    id: int
    account_id: int
    account: str
    contact_id: int | None
    contact: str | None
    decision_id: int | None
    purpose: Purpose
    state: OverrideState
    reason: OverrideReason
    note: str
    days: int
    requested_by_id: int
    requested_by: str
    requested_at: datetime
    decided_by_id: int | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None
    expires_at: datetime | None
    ended_at: datetime | None
    ended_because: str | None
    waits: bool
    counts: bool
    decidable: bool


_PLAIN = (
    *("id", "account_id", "contact_id", "decision_id", "purpose", "state", "reason", "note", "days", "requested_by_id"),
    *("requested_at", "decided_by_id", "decided_at", "decision", "expires_at", "ended_at", "ended_because"),
)


def _lines(viewer: Viewer, permission: str = READ) -> Any:
    asker, decider = aliased(User), aliased(User)
    contact = sa.func.coalesce(Contact.name, Contact.external_id)
    return (
        sa.select(GateOverride, Account.name, contact, asker.name, decider.name)
        .join(Account, Account.id == GateOverride.account_id)
        .outerjoin(Contact, Contact.id == GateOverride.contact_id)
        .join(asker, asker.id == GateOverride.requested_by_id)
        .outerjoin(decider, decider.id == GateOverride.decided_by_id)
        .where(account_scope(viewer, permission))
    )


def list_overrides(
    viewer: Viewer, wanted: OverrideFilter = OverrideFilter(), *, limit: int = 50, cursor: str | None = None
) -> Page[OverrideLine]:
    """Exceptions at the viewer's accounts, the newest first."""
    query = _lines(viewer).where(*wanted.conditions()).order_by(GateOverride.id.desc())
    if cursor is not None:
        query = query.where(GateOverride.id < decode_numbers(cursor, size=1)[0])
    rows: Any = db.session.execute(query.limit(limit + 1)).all()
    lines = _read(rows, viewer)
    return Page(lines[:limit], encode_cursor(lines[limit - 1].id) if len(lines) > limit else None)


def all_overrides(viewer: Viewer, wanted: OverrideFilter) -> list[OverrideLine]:
    """The same without pages: a report over one quarter."""
    rows: Any = db.session.execute(_lines(viewer).where(*wanted.conditions()).order_by(GateOverride.id)).all()
    return _read(rows, viewer)


def get_override(override_id: int, viewer: Viewer) -> OverrideLine:
    """One of them.

    Raises:
        NotFound: missing, or about somebody else's account.
    """
    lines = _read(db.session.execute(_lines(viewer).where(GateOverride.id == override_id)).all(), viewer)
    if not lines:
        raise NotFound
    return lines[0]


def waiting_for(viewer: Viewer) -> list[OverrideLine]:
    """What waits for the viewer's word."""
    if viewer.user_id is None or scope_of(viewer, APPROVE) is Scope.NONE:
        return []
    rows: Any = db.session.execute(_lines(viewer, APPROVE).where(*_waiting(viewer)).order_by(GateOverride.id)).all()
    return _read(rows, viewer)


def count_waiting_for(viewer: Viewer) -> int:
    """How many wait for the viewer's word."""
    if viewer.user_id is None or scope_of(viewer, APPROVE) is Scope.NONE:
        return 0
    query = sa.select(sa.func.count()).select_from(GateOverride).join(Account, Account.id == GateOverride.account_id)
    return db.session.scalar(query.where(*_waiting(viewer), account_scope(viewer, APPROVE))) or 0


def _waiting(viewer: Viewer) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        GateOverride.state == OverrideState.REQUESTED,
        GateOverride.requested_at > clock.now() - WAITS,
        GateOverride.requested_by_id != viewer.user_id,
    )


def _read(rows: Any, viewer: Viewer) -> list[OverrideLine]:
    mine = _may_decide(viewer, {row[0].account_id for row in rows if row[0].state is OverrideState.REQUESTED})
    return [_line(viewer, mine, *row) for row in rows]


def _may_decide(viewer: Viewer, account_ids: set[int]) -> set[int]:
    if not account_ids or viewer.user_id is None or scope_of(viewer, APPROVE) is Scope.NONE:
        return set()
    return set(db.session.scalars(sa.select(Account.id).where(Account.id.in_(account_ids), account_scope(viewer, APPROVE))))


def _line(
    viewer: Viewer, mine: set[int], made: GateOverride, account: str, contact: str | None, asker: str, decider: str | None
) -> OverrideLine:
    now = clock.now()
    waits = made.state is OverrideState.REQUESTED and made.requested_at > now - WAITS
    return OverrideLine(
        **{name: getattr(made, name) for name in _PLAIN},
        account=account,
        contact=contact,
        requested_by=asker,
        decided_by=decider,
        waits=waits,
        counts=made.state is OverrideState.APPROVED and made.expires_at is not None and made.expires_at > now,
        decidable=waits and made.account_id in mine and viewer.user_id != made.requested_by_id,
    )
