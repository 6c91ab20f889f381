"""What the gate reads, for any number of accounts in a constant number of statements; every one uses an index.

They take the connection of the session: a session's own checks before each statement cost as much as the statement.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact, Spend, WalletEstimate
from feedback.accounts.rules import ROLE_INDEX
from feedback.gate.advocacy import FRESH_KEY_SCORE, Answer, Buyer
from feedback.gate.wallet import Estimate
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueState
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import SurveyKind

_CHUNK = 5000
_ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)


class Person(NamedTuple):
    """A contact as the gate addresses it."""

    buyer: Buyer
    external_id: str
    name: str | None
    time_zone: str | None
    not_now_until: date | None


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = list(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _rows(connection: sa.Connection, statement: sa.Executable, ids: Collection[int], **values: Any) -> Iterator[Any]:
    for part in _chunks(ids):
        yield from connection.execute(statement, {"ids": part, **values}).all()


_member, _contact, _answer = AccountContact.__table__, Contact.__table__, Response.__table__
_PEOPLE = (
    sa.select(
        _member.c.account_id,
        _member.c.contact_id,
        # the plain text: turning it into an enum and back costs more than the query
        sa.type_coerce(_member.c.role, sa.Text).label("role"),
        _contact.c.external_id,
        _contact.c.name,
        _contact.c.time_zone,
        _contact.c.not_now_until,
    )
    .join_from(_member, _contact, _contact.c.id == _member.c.contact_id)
    .where(_member.c.account_id.in_(_ids), sa.or_(_member.c.left_at.is_(None), _member.c.left_at > sa.bindparam("now")))
)
_ROLE_OF = {role.value: index for role, index in ROLE_INDEX.items()}

# One look into the index of a contact's answers each, however many there are.
_one = _answer.alias("one")
_newest = (
    sa.select(_one.c.id)
    .where(
        _one.c.contact_id == _member.c.contact_id,
        _one.c.account_id == _member.c.account_id,
        _one.c.survey_id.in_(sa.bindparam("surveys", expanding=True)),
    )
    .order_by(_one.c.responded_at.desc(), _one.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_LATEST_ANSWERS = (
    sa.select(_member.c.account_id, _member.c.contact_id, _answer.c.id, _answer.c.score, _answer.c.responded_at)
    .join_from(_member, _answer, _answer.c.id == _newest)
    .where(_member.c.account_id.in_(_ids))
)
_SURVEYS = sa.select(SurveyProgram.__table__.c.id, sa.type_coerce(SurveyProgram.__table__.c.kind, sa.Text).label("kind"))

Members = dict[tuple[int, int], Answer]


def _latest_answers(connection: sa.Connection, account_ids: Collection[int]) -> tuple[Members, Members]:
    """Per (account, contact) the newest relationship answer, and the newest transactional one."""
    surveys: dict[str, list[int]] = {kind.value: [] for kind in SurveyKind}
    for id_, kind in connection.execute(_SURVEYS):
        surveys[kind].append(id_)
    relationship, transactional = (
        {
            (account_id, contact_id): Answer(id_, score, at)
            for account_id, contact_id, id_, score, at in _rows(connection, _LATEST_ANSWERS, account_ids, surveys=ids)
        }
        if ids
        else {}
        for ids in (surveys[SurveyKind.RELATIONSHIP], surveys[SurveyKind.TRANSACTIONAL])
    )
    return relationship, transactional


def people_of(connection: sa.Connection, account_ids: Collection[int], now: datetime) -> dict[int, list[Person]]:
    """Everybody who holds a role in these accounts today, with the latest answer of each survey kind."""
    relationship, transactional = _latest_answers(connection, account_ids)
    found: dict[int, list[Person]] = defaultdict(list)
    for account_id, contact_id, role, *person in _rows(connection, _PEOPLE, account_ids, now=now):
        key = account_id, contact_id
        buyer = Buyer(contact_id, _ROLE_OF[role], relationship.get(key), transactional.get(key))
        found[account_id].append(Person(buyer, *person))
    return found


# The second key: the voices of problems that the customer verified, who raised them as detractors.
_VERIFIED_VOICES = (
    sa.select(Issue.account_id, IssueVoice.contact_id, sa.func.max(Issue.verified_at).label("verified_at"))
    .join(IssueVoice, IssueVoice.issue_id == Issue.id)
    .join(Response, Response.id == IssueVoice.response_id)
    .where(
        Issue.account_id.in_(_ids),
        Issue.state.in_([IssueState.VERIFIED, IssueState.CLOSED]),
        Issue.verified_at.is_not(None),
        IssueVoice.contact_id.is_not(None),
        Response.score < FRESH_KEY_SCORE,
    )
    .group_by(Issue.account_id, IssueVoice.contact_id)
)


def verified_voices(connection: sa.Connection, account_ids: Collection[int]) -> dict[int, dict[int, datetime]]:
    """Per account: contact → when a problem this contact raised was last verified as solved."""
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for account_id, contact_id, verified_at in _rows(connection, _VERIFIED_VOICES, account_ids):
        found[account_id][contact_id] = verified_at
    return found


_wallet = WalletEstimate.__table__
_ESTIMATES = (
    sa.select(
        _wallet.c.account_id,
        _wallet.c.id,
        _wallet.c.category,
        _wallet.c.total_spend,
        _wallet.c.our_spend,
        _wallet.c.confidence,
        _wallet.c.as_of,
    )
    .where(_wallet.c.account_id.in_(_ids), _wallet.c.as_of <= sa.bindparam("today"))
    .order_by(_wallet.c.as_of, _wallet.c.id)
)


def estimates_of(connection: sa.Connection, account_ids: Collection[int], today: date) -> dict[int, list[Estimate]]:
    """Per account: the latest wallet estimate of each category."""
    found: dict[int, dict[str, Estimate]] = defaultdict(dict)
    for account_id, *estimate in _rows(connection, _ESTIMATES, account_ids, today=today):
        latest = Estimate(*estimate)
        found[account_id][latest.category] = latest
    return {account_id: list(categories.values()) for account_id, categories in found.items()}


_SPEND = (
    sa.select(Spend.account_id, sa.func.sum(Spend.amount))
    .where(Spend.account_id.in_(_ids), Spend.month >= sa.bindparam("start"), Spend.month < sa.bindparam("end"))
    .group_by(Spend.account_id)
)


def spend_of_12_months(connection: sa.Connection, account_ids: Collection[int], today: date) -> dict[int, float]:
    """Per account with any: what it paid us in the last 12 complete months."""
    end = today.replace(day=1)
    period = {"start": end.replace(year=end.year - 1), "end": end}
    return dict(_rows(connection, _SPEND, account_ids, **period))
