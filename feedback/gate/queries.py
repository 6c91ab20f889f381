"""What the gate reads, for any number of accounts in a constant number of statements; every one uses an index."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact, Spend, WalletEstimate
from feedback.accounts.rules import ROLE_INDEX
from feedback.extensions import db
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


def _rows(statement: sa.Executable, ids: Collection[int], **values: Any) -> Iterator[Any]:
    for part in _chunks(ids):
        yield from db.session.execute(statement, {"ids": part, **values})


_PEOPLE = (
    sa.select(
        AccountContact.account_id,
        AccountContact.contact_id,
        AccountContact.role,
        Contact.external_id,
        Contact.name,
        Contact.time_zone,
        Contact.not_now_until,
    )
    .join(Contact, Contact.id == AccountContact.contact_id)
    .where(
        AccountContact.account_id.in_(_ids),
        sa.or_(AccountContact.left_at.is_(None), AccountContact.left_at > sa.bindparam("now")),
    )
)

_newest_first = sa.func.row_number().over(
    partition_by=(Response.account_id, Response.contact_id, SurveyProgram.kind),
    order_by=(Response.responded_at.desc(), Response.id.desc()),
)
_ranked = (
    sa.select(
        Response.account_id,
        Response.contact_id,
        SurveyProgram.kind,
        Response.id,
        Response.score,
        Response.responded_at,
        _newest_first.label("rank"),
    )
    .join(SurveyProgram, SurveyProgram.id == Response.survey_id)
    .where(Response.account_id.in_(_ids))
    .subquery()
)
_LATEST_ANSWERS = sa.select(*[column for column in _ranked.c if column.name != "rank"]).where(_ranked.c.rank == 1)


def people_of(account_ids: Collection[int], now: datetime) -> dict[int, list[Person]]:
    """Everybody who holds a role in these accounts today, with the latest answer of each survey kind."""
    answers: dict[tuple[int, int], dict[SurveyKind, Answer]] = defaultdict(dict)
    for account_id, contact_id, kind, id_, score, at in _rows(_LATEST_ANSWERS, account_ids):
        answers[account_id, contact_id][kind] = Answer(id_, score, at)
    found: dict[int, list[Person]] = defaultdict(list)
    silent: dict[SurveyKind, Answer] = {}
    for account_id, contact_id, role, *person in _rows(_PEOPLE, account_ids, now=now):
        given = answers.get((account_id, contact_id), silent)
        latest = given.get(SurveyKind.RELATIONSHIP), given.get(SurveyKind.TRANSACTIONAL)
        found[account_id].append(Person(Buyer(contact_id, ROLE_INDEX[role], *latest), *person))
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


def verified_voices(account_ids: Collection[int]) -> dict[int, dict[int, datetime]]:
    """Per account: contact → when a problem this contact raised was last verified as solved."""
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for account_id, contact_id, verified_at in _rows(_VERIFIED_VOICES, account_ids):
        found[account_id][contact_id] = verified_at
    return found


_ESTIMATES = (
    sa.select(
        WalletEstimate.account_id,
        WalletEstimate.id,
        WalletEstimate.category,
        WalletEstimate.total_spend,
        WalletEstimate.our_spend,
        WalletEstimate.confidence,
        WalletEstimate.as_of,
    )
    .where(WalletEstimate.account_id.in_(_ids), WalletEstimate.as_of <= sa.bindparam("today"))
    .order_by(WalletEstimate.as_of, WalletEstimate.id)
)


def estimates_of(account_ids: Collection[int], today: date) -> dict[int, list[Estimate]]:
    """Per account: the latest wallet estimate of each category."""
    found: dict[int, dict[str, Estimate]] = defaultdict(dict)
    for account_id, *estimate in _rows(_ESTIMATES, account_ids, today=today):
        latest = Estimate(*estimate)
        found[account_id][latest.category] = latest
    return {account_id: list(categories.values()) for account_id, categories in found.items()}


_SPEND = (
    sa.select(Spend.account_id, sa.func.sum(Spend.amount))
    .where(Spend.account_id.in_(_ids), Spend.month >= sa.bindparam("start"), Spend.month < sa.bindparam("end"))
    .group_by(Spend.account_id)
)


def spend_of_12_months(account_ids: Collection[int], today: date) -> dict[int, float]:
    """Per account with any: what it paid us in the last 12 complete months."""
    end = today.replace(day=1)
    period = {"start": end.replace(year=end.year - 1), "end": end}
    return dict(_rows(_SPEND, account_ids, **period))
