"""Named reads of the log of sales contacts, and of the decisions that a contact is matched to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import REACHED, Asked, ContactOutcome, Match
from feedback.gate.models import GateDecision
from feedback.gate.rules import Initiation, Outcome
from feedback.kernel.bulk import in_list
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.kernel.prepared import Prepared

READ = "sales.read"
_SHORTLIST = 20
_contact: Any = SalesContact.__table__


class Approach(NamedTuple):
    """A sales contact as caps, distances and cool-downs see it."""

    id: int
    contact_id: int | None
    user_id: int | None
    outcome: ContactOutcome
    outbound: bool
    at: datetime
    user: str | None  # the name of whoever made it


# Whoever was approached within the longest window of the policy; one look into the index of account and time.
_RECENT = Prepared(
    sa.select(
        _contact.c.account_id,
        _contact.c.id,
        _contact.c.contact_id,
        _contact.c.user_id,
        sa.type_coerce(_contact.c.outcome, sa.Text).label("outcome"),
        sa.type_coerce(_contact.c.initiation, sa.Text).label("initiation"),
        _contact.c.occurred_at,
        User.__table__.c.name,
    )
    .outerjoin(User.__table__, User.__table__.c.id == _contact.c.user_id)
    .where(in_list(_contact.c.account_id, "ids"), _contact.c.occurred_at > sa.bindparam("since"))
)
_OUTCOMES: Mapping[str, ContactOutcome] = {outcome.value: outcome for outcome in ContactOutcome}


def recent_approaches(connection: sa.Connection, account_ids: Collection[int], since: datetime) -> dict[int, list[Approach]]:
    """Per account with any: the sales contacts after `since` that reached somebody."""
    found: dict[int, list[Approach]] = defaultdict(list)
    rows = _RECENT.rows(connection, {"ids": account_ids, "since": since})
    for account_id, id_, contact_id, user_id, outcome, initiation, at, user in rows:
        if _OUTCOMES[outcome] in REACHED:
            outbound = initiation == Initiation.OUTBOUND
            found[account_id].append(Approach(id_, contact_id, user_id, _OUTCOMES[outcome], outbound, at, user))
    return found


def decisions_before(account_id: int, purpose: str, channel: str, at: datetime) -> list[Asked]:
    """The newest decisions about an account, purpose and channel that had been taken by then."""
    row = GateDecision.__table__.c
    query = (
        sa.select(
            *(row.id, row.contact_id, row.initiation, row.outcome, row.play),
            *(row.decided_at, row.expires_at, row.invalidated_at),
        )
        .where(row.account_id == account_id, row.decided_at <= at, row.purpose == purpose, row.channel == channel)
        .order_by(row.decided_at.desc(), row.id.desc())
        .limit(_SHORTLIST)
    )
    return [Asked(found[0], found[1], Initiation(found[2]), Outcome(found[3]), *found[4:]) for found in db.session.execute(query)]


@dataclass(frozen=True)
class SalesContactFilter:
    """What a list is asked for; None means any."""

    account_id: int | None = None
    contact_id: int | None = None
    user_id: int | None = None
    matched: Match | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As conditions on the table."""
        equal = ("account_id", "contact_id", "user_id", "matched")
        found = [getattr(SalesContact, name) == getattr(self, name) for name in equal if getattr(self, name) is not None]
        if self.since is not None:
            found.append(SalesContact.occurred_at >= self.since)
        if self.until is not None:
            found.append(SalesContact.occurred_at < self.until)
        return found


_LINE = (
    SalesContact,
    Account.name.label("account"),
    sa.func.coalesce(Contact.name, Contact.external_id).label("contact"),
    User.name.label("user"),
)


def _lines(viewer: Viewer) -> Any:
    return (
        sa.select(*_LINE)
        .join(Account, Account.id == SalesContact.account_id)
        .outerjoin(Contact, Contact.id == SalesContact.contact_id)
        .outerjoin(User, User.id == SalesContact.user_id)
        .where(account_scope(viewer, READ))
    )


def list_sales_contacts(
    viewer: Viewer, wanted: SalesContactFilter = SalesContactFilter(), *, limit: int = 50, cursor: str | None = None
) -> Page[sa.Row[Any]]:
    """Rows (SalesContact, account, contact, user) of the viewer's accounts, the newest first."""
    query = _lines(viewer).where(*wanted.conditions())
    if cursor is not None:
        (last,) = decode_numbers(cursor, size=1)
        edge = sa.select(SalesContact.occurred_at).where(SalesContact.id == last).scalar_subquery()
        query = query.where(sa.tuple_(SalesContact.occurred_at, SalesContact.id) < sa.tuple_(edge, last))
    ordered = query.order_by(SalesContact.occurred_at.desc(), SalesContact.id.desc())
    rows: Sequence[Any] = db.session.execute(ordered.limit(limit + 1)).all()
    more = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return Page(list(rows[:limit]), more)


def get_sales_contact(sales_contact_id: int, viewer: Viewer) -> sa.Row[Any]:
    """One of them.

    Raises:
        NotFound: missing, or about somebody else's account.
    """
    found = db.session.execute(_lines(viewer).where(SalesContact.id == sales_contact_id)).one_or_none()
    if found is None:
        raise NotFound
    return found
