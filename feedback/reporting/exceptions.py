"""How often somebody made an exception, in which week of the quarter, who granted it, and what the customer did then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.overriding.queries import OverrideFilter, OverrideLine, all_overrides
from feedback.gate.overriding.rules import WEEKS_OF_QUARTER, OverrideState, quarter_and_week, quarter_of
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import ConsentAction, Purpose
from feedback.surveys.models import Response

FOLLOWED_FOR = timedelta(days=30)
QUARTERS_SHOWN = 8
_NO_MORE = (ConsentAction.REFUSED, ConsentAction.WITHDRAWN, ConsentAction.OBJECTED)


@dataclass(frozen=True)
class Followed:
    """What the customer did within 30 days of an exception; `open`: these days are not over."""

    contacts: int  # times we approached them to sell while it counted
    detractors: int  # answers of 0 to 6 at the account
    opt_outs: int  # offers refused, withdrawn or objected to by the contact
    lost: bool  # the account does not buy from us any more
    open: bool


@dataclass(frozen=True)
class Granted:
    """One exception with its week, 1…13, and what followed (None where it was never granted)."""

    line: OverrideLine
    week: int
    followed: Followed | None


@dataclass(frozen=True)
class Approver:
    """Somebody who decided, and how."""

    name: str
    granted: int
    refused: int


@dataclass(frozen=True)
class QuarterReport:
    """The exceptions of a quarter, in the order in which they were asked for."""

    quarter: str
    rows: Sequence[Granted]
    by_week: Sequence[tuple[int, int, int]]  # week, granted, asked for without being granted
    approvers: Sequence[Approver]


def exceptions_of_quarter(viewer: Viewer, quarter: str) -> QuarterReport:
    """The exceptions asked for in a quarter (UTC days).

    Args:
        quarter: such as `2026-Q4`.

    Raises:
        ValueError: it is no quarter.
    """
    start, end = quarter_of(quarter)
    lines = all_overrides(viewer, OverrideFilter(since=start, until=end))
    followed = _followed([line for line in lines if line.decided_at is not None and _was_granted(line)])
    rows = [Granted(line, quarter_and_week(line.requested_at.date())[1], followed.get(line.id)) for line in lines]
    return QuarterReport(quarter, rows, _by_week(rows), _approvers(lines))


def _was_granted(line: OverrideLine) -> bool:
    return line.expires_at is not None


def _by_week(rows: Sequence[Granted]) -> list[tuple[int, int, int]]:
    counts = {week: [0, 0] for week in range(1, WEEKS_OF_QUARTER + 1)}
    for row in rows:
        counts[row.week][0 if _was_granted(row.line) else 1] += 1
    return [(week, granted, other) for week, (granted, other) in counts.items()]


def _approvers(lines: Sequence[OverrideLine]) -> list[Approver]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        if line.decided_by is not None:
            counts[line.decided_by][1 if line.state is OverrideState.REFUSED else 0] += 1
    people = [Approver(name, *numbers) for name, numbers in counts.items()]
    return sorted(people, key=lambda one: (-one.granted, -one.refused, one.name))


def _followed(lines: Sequence[OverrideLine]) -> dict[int, Followed]:
    if not lines:
        return {}
    accounts = {line.account_id for line in lines}
    first = min(line.decided_at for line in lines if line.decided_at is not None)
    approached = _moments(SalesContact.account_id, SalesContact.contact_id, SalesContact.occurred_at, accounts, first)
    unhappy = _moments(Response.account_id, None, Response.responded_at, accounts, first, Response.score <= 6)
    refused = (ConsentEvent.action.in_(_NO_MORE), ConsentEvent.purpose.in_((Purpose.OFFERS, Purpose.PARTNER_OFFERS)))
    people = {line.contact_id for line in lines}
    opted_out = _moments(ConsentEvent.contact_id, None, ConsentEvent.occurred_at, people, first, *refused)
    closed = sa.select(Account.id).where(Account.id.in_(accounts), Account.status == AccountStatus.CLOSED)
    lost = set(db.session.scalars(closed))
    return {line.id: _after(line, approached, unhappy, opted_out, lost) for line in lines}


Moments = Mapping[tuple[int | None, ...], Sequence[datetime]]


def _moments(
    owner: sa.orm.InstrumentedAttribute[int],
    contact: sa.orm.InstrumentedAttribute[int | None] | None,
    at: sa.orm.InstrumentedAttribute[datetime],
    ids: set[int | None] | set[int],
    since: datetime,
    *conditions: sa.ColumnElement[bool],
) -> Moments:
    columns = [owner] if contact is None else [owner, contact]
    query = sa.select(at, *columns).where(owner.in_(ids), at >= since, *conditions)
    found: dict[tuple[int | None, ...], list[datetime]] = defaultdict(list)
    for moment, *key in db.session.execute(query):
        found[tuple(key)].append(moment)
    return found


def _after(line: OverrideLine, approached: Moments, unhappy: Moments, opted_out: Moments, lost: set[int]) -> Followed:
    start = line.decided_at or line.requested_at
    end, over = start + FOLLOWED_FOR, line.ended_at or line.expires_at or start
    return Followed(
        contacts=_between(approached, (line.account_id, line.contact_id), start, over),
        detractors=_between(unhappy, (line.account_id,), start, end),
        opt_outs=_between(opted_out, (line.contact_id,), start, end),
        lost=line.account_id in lost,
        open=end > clock.now(),
    )


def _between(moments: Moments, key: tuple[int | None, ...], start: datetime, end: datetime) -> int:
    return sum(start <= moment < end for moment in moments.get(key, ()))


def known_quarters(today: date) -> list[str]:
    """The quarter of today and those before it, the newest first."""
    found = [quarter_and_week(today)[0]]
    while len(found) < QUARTERS_SHOWN:
        start, _after_it = quarter_of(found[-1])
        found.append(quarter_and_week(start - timedelta(days=1))[0])
    return found
