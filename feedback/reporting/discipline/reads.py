"""What the report on selling discipline reads: contacts in groups, those that were not allowed, and what customers did then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import sqlalchemy as sa

from feedback.access.models import Team, User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.queries import READ
from feedback.gate.contacts.rules import Match
from feedback.gate.models import GateDecision
from feedback.issues.models import Issue
from feedback.issues.rules import IssueSource
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import ConsentAction, Purpose
from feedback.reporting.discipline.rules import FOLLOWED_FOR, Consequence, Sign
from feedback.selling.models import SalesPlay
from feedback.selling.queries import READ as READ_PLAYS
from feedback.web.naming import name_for_reader

_NO_MORE = (ConsentAction.REFUSED, ConsentAction.WITHDRAWN, ConsentAction.OBJECTED)
_OFFERS = (Purpose.OFFERS, Purpose.PARTNER_OFFERS)
# what the customer said, and not what we noticed ourselves
_THEIR_WORDS = (IssueSource.COMPLAINT, IssueSource.RESPONSE, IssueSource.KEYWORD, IssueSource.SCORE_DROP)
_PART = 5000
_NOON = time(12)  # of a day, which is the same day nearly everywhere


@dataclass(frozen=True)
class Period:
    """From `since` on and before `until`; None: without an end."""

    since: datetime | None = None
    until: datetime | None = None

    def of(self, column: Any) -> list[sa.ColumnElement[bool]]:
        """As conditions on a moment."""
        found = [] if self.since is None else [column >= self.since]
        return found if self.until is None else [*found, column < self.until]


def count_contacts(viewer: Viewer, period: Period) -> Sequence[Any]:
    """Rows (user_id, user, team, matched, play, advocacy, share, count) of the viewer's sales contacts."""
    inputs = sa.type_coerce(GateDecision.inputs, sa.JSON)
    advocacy, share = inputs["advocacy"].as_string(), inputs["share_of_wallet"].as_string()
    team = name_for_reader(Team)
    columns = (SalesContact.user_id, User.name, team, SalesContact.matched, SalesContact.play, advocacy, share)
    named = [column.label(f"c{place}") for place, column in enumerate(columns)]
    query = (
        sa.select(*named)
        .select_from(SalesContact)
        .join(Account, Account.id == SalesContact.account_id)
        .outerjoin(GateDecision, GateDecision.id == SalesContact.decision_id)
        .outerjoin(User, User.id == SalesContact.user_id)
        .outerjoin(Team, Team.id == User.team_id)
        .where(account_scope(viewer, READ), *period.of(SalesContact.occurred_at))
        .subquery()
    )
    return db.session.execute(sa.select(*query.c, sa.func.count()).group_by(*query.c)).all()


def list_not_allowed(viewer: Viewer, period: Period) -> Sequence[Any]:
    """Sales contacts without or against a decision, the newest first."""
    query = (
        sa.select(
            SalesContact.id,
            SalesContact.account_id,
            Account.name.label("account"),
            SalesContact.contact_id,
            sa.func.coalesce(Contact.name, Contact.external_id).label("contact"),
            SalesContact.user_id,
            User.name.label("user"),
            name_for_reader(Team).label("team"),
            SalesContact.source,
            SalesContact.channel,
            SalesContact.outcome,
            SalesContact.play,
            SalesContact.matched,
            SalesContact.decision_id,
            SalesContact.occurred_at,
        )
        .join(Account, Account.id == SalesContact.account_id)
        .outerjoin(Contact, Contact.id == SalesContact.contact_id)
        .outerjoin(User, User.id == SalesContact.user_id)
        .outerjoin(Team, Team.id == User.team_id)
        .where(account_scope(viewer, READ), SalesContact.matched != Match.VALID, *period.of(SalesContact.occurred_at))
        .order_by(SalesContact.occurred_at.desc(), SalesContact.id.desc())
    )
    return db.session.execute(query).all()


def signs_of(contacts: Sequence[Any]) -> Mapping[int, Sequence[Sign]]:
    """Per account: complaints, opt-outs and losses in the days after these contacts."""
    found: dict[int, list[Sign]] = defaultdict(list)
    if not contacts:
        return found
    since, until = min(one.occurred_at for one in contacts), max(one.occurred_at for one in contacts) + FOLLOWED_FOR
    ids = sorted({one.account_id for one in contacts})
    for start in range(0, len(ids), _PART):
        for account_id, sign in _signs(ids[start : start + _PART], since, until):
            found[account_id].append(sign)
    return found


def _signs(ids: Sequence[int], since: datetime, until: datetime) -> list[tuple[int, Sign]]:
    said = (Issue.account_id.in_(ids), Issue.source.in_(_THEIR_WORDS), Issue.opened_at.between(since, until))
    complaints = db.session.execute(sa.select(Issue.account_id, Issue.opened_at).where(*said))
    stopped = (
        AccountContact.account_id.in_(ids),
        ConsentEvent.action.in_(_NO_MORE),
        ConsentEvent.purpose.in_(_OFFERS),
        ConsentEvent.occurred_at.between(since, until),
    )
    people = sa.select(AccountContact.account_id, ConsentEvent.occurred_at, ConsentEvent.contact_id)
    people = people.join(ConsentEvent, ConsentEvent.contact_id == AccountContact.contact_id).where(*stopped)
    gone = (Account.id.in_(ids), Account.status == AccountStatus.CLOSED, Account.closed_on.between(since.date(), until.date()))
    losses = db.session.execute(sa.select(Account.id, Account.closed_on).where(*gone))
    return [
        *((row[0], Sign(Consequence.COMPLAINT, row[1])) for row in complaints),
        *((row[0], Sign(Consequence.OPT_OUT, row[1], row[2])) for row in db.session.execute(people)),
        *((row[0], Sign(Consequence.LOSS, datetime.combine(row[1], _NOON, UTC))) for row in losses if row[1]),
    ]


def list_screenings(viewer: Viewer, period: Period) -> Sequence[Any]:
    """Rows (state, reasons) of the sales plays that came in the period."""
    query = sa.select(SalesPlay.state, SalesPlay.reasons).join(Account, Account.id == SalesPlay.account_id)
    return db.session.execute(query.where(account_scope(viewer, READ_PLAYS), *period.of(SalesPlay.received_at))).all()
