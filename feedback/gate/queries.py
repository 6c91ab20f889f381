"""What the gate reads, for any number of accounts in a constant number of statements; every one uses an index.

They run prepared on the connection of the session, whose own work around a statement costs more than the statement.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.accounts.exchange import Exchange
from feedback.accounts.models import AccountContact, Contact, Spend, WalletEstimate
from feedback.accounts.rules import ROLE_INDEX
from feedback.gate import timing
from feedback.gate.advocacy import FRESH_KEY_SCORE, Answer, Buyer
from feedback.gate.wallet import Estimate
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueState
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import SPEAKS_FOR_RELATION, SurveyKind


class Person(NamedTuple):
    """A contact as the gate addresses it."""

    buyer: Buyer
    external_id: str
    name: str | None
    time_zone: str | None
    not_now_until: date | None
    not_now_reason: str | None
    paused_from: date | None
    paused_until: date | None

    @property
    def wishes(self) -> timing.Person:
        """What the moment depends on."""
        return timing.Person(self.buyer.contact_id, *self[3:])


_member, _contact, _answer = AccountContact.__table__, Contact.__table__, Response.__table__


def _newest(surveys: str) -> sa.ScalarSelect[Any]:
    """The id of a member's newest answer to one of these surveys: one look into an index, however many there are."""
    one = _answer.alias()
    return (
        sa.select(one.c.id)
        .where(
            one.c.contact_id == _member.c.contact_id,
            one.c.account_id == _member.c.account_id,
            in_list(one.c.survey_id, surveys),
        )
        .order_by(one.c.responded_at.desc(), one.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


_of_relationship, _of_transactions = _answer.alias("of_relationship"), _answer.alias("of_transactions")
_PEOPLE = Prepared(
    sa.select(
        _member.c.account_id,
        _member.c.contact_id,
        # the plain text: turning it into an enum and back costs more than the query
        sa.type_coerce(_member.c.role, sa.Text).label("role"),
        _contact.c.external_id,
        _contact.c.name,
        _contact.c.time_zone,
        _contact.c.not_now_until,
        _contact.c.not_now_reason,
        _contact.c.paused_from,
        _contact.c.paused_until,
        *(answer.c[name] for answer in (_of_relationship, _of_transactions) for name in ("id", "score", "responded_at")),
    )
    .join_from(_member, _contact, _contact.c.id == _member.c.contact_id)
    .outerjoin(_of_relationship, _of_relationship.c.id == _newest("relationship"))
    .outerjoin(_of_transactions, _of_transactions.c.id == _newest("transactional"))
    .where(in_list(_member.c.account_id, "ids"), sa.or_(_member.c.left_at.is_(None), _member.c.left_at > sa.bindparam("now")))
)
_ROLE_OF = {role.value: index for role, index in ROLE_INDEX.items()}
_SURVEYS = Prepared(
    sa.select(SurveyProgram.__table__.c.id, sa.type_coerce(SurveyProgram.__table__.c.kind, sa.Text).label("kind"))
)


def people_of(connection: sa.Connection, account_ids: Collection[int], now: datetime) -> dict[int, list[Person]]:
    """Everybody who holds a role in these accounts today, with the latest answer of each survey kind."""
    surveys: dict[str, list[int]] = {kind.value: [] for kind in SurveyKind}
    for id_, kind in _SURVEYS.rows(connection, {}):
        surveys[kind].append(id_)
    relation = [id_ for kind in SPEAKS_FOR_RELATION for id_ in surveys[kind]]
    values = {"ids": account_ids, "now": now, "relationship": relation, "transactional": surveys[SurveyKind.TRANSACTIONAL]}
    accounts, contacts, roles, *about, ids, scores, ats, event_ids, event_scores, event_ats = _PEOPLE.columns(connection, values)
    buyers = map(
        Buyer,
        contacts,
        map(_ROLE_OF.__getitem__, roles),
        _answers(ids, scores, ats),
        _answers(event_ids, event_scores, event_ats),
    )
    found: dict[int, list[Person]] = defaultdict(list)
    for account_id, person in zip(accounts, map(Person, buyers, *about), strict=True):
        found[account_id].append(person)
    return found


def _answers(ids: Sequence[int | None], scores: Sequence[int], ats: Sequence[datetime]) -> list[Answer | None]:
    return [None if id_ is None else Answer(id_, score, at) for id_, score, at in zip(ids, scores, ats, strict=True)]


# The second key: the voices of problems that the customer verified, who raised them as detractors.
_VERIFIED_VOICES = Prepared(
    sa.select(Issue.account_id, IssueVoice.contact_id, sa.func.max(Issue.verified_at).label("verified_at"))
    .join(IssueVoice, IssueVoice.issue_id == Issue.id)
    .join(Response, Response.id == IssueVoice.response_id)
    .where(
        in_list(Issue.__table__.c.account_id, "ids"),
        sa.or_(Issue.state == IssueState.VERIFIED, Issue.state == IssueState.CLOSED),
        Issue.verified_at.is_not(None),
        IssueVoice.contact_id.is_not(None),
        Response.score < FRESH_KEY_SCORE,
    )
    .group_by(Issue.account_id, IssueVoice.contact_id)
)


def verified_voices(connection: sa.Connection, account_ids: Collection[int]) -> dict[int, dict[int, datetime]]:
    """Per account: contact → when a problem this contact raised was last verified as solved."""
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for account_id, contact_id, verified_at in _VERIFIED_VOICES.rows(connection, {"ids": account_ids}):
        found[account_id][contact_id] = verified_at
    return found


_wallet = WalletEstimate.__table__
_ESTIMATES = Prepared(
    sa.select(
        _wallet.c.account_id,
        _wallet.c.id,
        _wallet.c.category,
        _wallet.c.total_spend,
        _wallet.c.our_spend,
        _wallet.c.confidence,
        _wallet.c.as_of,
        _wallet.c.method,
    )
    .where(in_list(_wallet.c.account_id, "ids"), _wallet.c.as_of <= sa.bindparam("today"))
    .order_by(_wallet.c.as_of, _wallet.c.id)
)


def estimates_of(connection: sa.Connection, account_ids: Collection[int], today: date) -> dict[int, list[Estimate]]:
    """Per account: the latest wallet estimate of each category."""
    found: dict[int, dict[str, Estimate]] = defaultdict(dict)
    for account_id, *estimate in _ESTIMATES.rows(connection, {"ids": account_ids, "today": today}):
        latest = Estimate(*estimate)
        found[account_id][latest.category] = latest
    return {account_id: list(categories.values()) for account_id, categories in found.items()}


_SPEND = Prepared(
    sa.select(Spend.account_id, Spend.currency, sa.func.sum(Spend.amount).label("amount"))
    .where(in_list(Spend.__table__.c.account_id, "ids"), Spend.month >= sa.bindparam("start"), Spend.month < sa.bindparam("end"))
    .group_by(Spend.account_id, Spend.currency)
)


def spend_of_12_months(
    connection: sa.Connection, account_ids: Collection[int], today: date, exchange: Exchange
) -> dict[int, float | None]:
    """Per account with any: what it paid us in the last 12 complete months, in the installation's currency.

    None where a part of it is in a currency without a rate: a sum without that part would be too small.
    """
    end = today.replace(day=1)
    period = {"start": end.replace(year=end.year - 1), "end": end}
    found: dict[int, float | None] = {}
    for account_id, currency, amount in _SPEND.rows(connection, {"ids": account_ids, **period}):
        before, part = found.get(account_id, 0.0), exchange.converted(amount, currency)
        found[account_id] = None if before is None or part is None else before + part
    return found
