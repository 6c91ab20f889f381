"""Who was a promoter, passive or detractor a year ago, and what became of them: read for all accounts at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback.accounts.exchange import Exchange
from feedback.accounts.models import Account, AccountContact, Spend
from feedback.accounts.rules import ROLE_INDEX, AccountStatus
from feedback.extensions import db
from feedback.gate.advocacy import Answer, Buyer, Validity, roll_up
from feedback.gate.rules import Advocacy
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.reporting.economics.rules import Cohort
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import SPEAKS_FOR_RELATION

CLASSES = (Advocacy.PROMOTER, Advocacy.PASSIVE, Advocacy.DETRACTOR)
MONTHS = 12


@dataclass(frozen=True)
class Member:
    """An account that was a customer on the first day of the year."""

    id: int
    name: str
    external_id: str
    band: Advocacy
    stayed: bool
    money: float | None  # a year of it; None: not known


@dataclass(frozen=True)
class Year:
    """Twelve complete months, and the accounts that were customers on their first day."""

    start: date
    end: date  # excluded
    members: Sequence[Member]
    unknown_end: int  # accounts that are closed, nobody knows since when

    def cohort(self, band: Advocacy) -> Cohort:
        """The members of a class as columns."""
        mine = [member for member in self.members if member.band is band]
        money = [np.nan if member.money is None else member.money for member in mine]
        return Cohort(np.array(money, dtype=float), np.array([member.stayed for member in mine], dtype=bool))

    def bands(self) -> dict[str, Advocacy]:
        """External id → class on the first day."""
        return {member.external_id: member.band for member in self.members}


def last_year(today: date) -> tuple[date, date]:
    """The last twelve complete months: their first day, and the day after them."""
    end = today.replace(day=1)
    return end.replace(year=end.year - 1), end


def year_of(today: date, exchange: Exchange, validity: Validity) -> Year:
    """The accounts that were customers a year ago, with their class then, and what became of them.

    Everybody with a role today, or who had left only after that day, counts with the last answer up to then.
    """
    start, end = last_year(today)
    rows = db.session.execute(
        sa.select(Account.id, Account.name, Account.external_id, Account.status, Account.customer_since, Account.closed_on)
    ).all()
    bands, money = bands_at(start, validity), money_of(start, end, exchange)
    members, unknown = [], 0
    for row in rows:
        if row.status is AccountStatus.CLOSED and row.closed_on is None:
            unknown += 1
            continue
        closed_on = row.closed_on if row.status is AccountStatus.CLOSED else None
        if (row.customer_since is not None and row.customer_since > start) or (closed_on is not None and closed_on <= start):
            continue
        left = closed_on if closed_on is not None and closed_on < end else None
        yearly = _yearly(money.get(row.id), start, left)
        band = bands.get(row.id, Advocacy.UNKNOWN)
        members.append(Member(row.id, row.name, row.external_id, band, left is None, yearly))
    return Year(start, end, members, unknown)


def _yearly(total: float | None, start: date, left: date | None) -> float | None:
    """What came in, as if the account had stayed the whole year."""
    if total is None or left is None:
        return total
    months = (left.year - start.year) * 12 + left.month - start.month + 1
    return total * MONTHS / months


def bands_at(day: date, validity: Validity) -> dict[int, Advocacy]:
    """The class of each account with an answer on the morning of a day (UTC)."""
    now, connection = datetime.combine(day, time(), UTC), db.session.connection()
    surveys: dict[bool, list[int]] = {True: [], False: []}
    for program in db.session.execute(sa.select(SurveyProgram.id, SurveyProgram.kind)):
        surveys[program.kind in SPEAKS_FOR_RELATION].append(program.id)
    values = {"now": now, "relationship": surveys[True], "transactional": surveys[False]}
    buyers: dict[int, list[Buyer]] = defaultdict(list)
    for account_id, contact_id, role, *found in _PEOPLE.rows(connection, values):
        buyers[account_id].append(Buyer(contact_id, _ROLE_OF[role], _answer(found[:3]), _answer(found[3:])))
    return {account_id: roll_up(people, now, validity).advocacy for account_id, people in buyers.items()}


def _answer(row: Sequence[Any]) -> Answer | None:
    return None if row[0] is None else Answer(*row)


_ROLE_OF = {role.value: index for role, index in ROLE_INDEX.items()}
_link: Any = AccountContact.__table__
_response: Any = Response.__table__


def _newest(surveys: str) -> Any:
    """The id of a member's newest answer to one of these surveys up to a moment: one look into an index."""
    one = _response.alias()
    mine = (one.c.contact_id == _link.c.contact_id, one.c.account_id == _link.c.account_id)
    query = sa.select(one.c.id).where(*mine, in_list(one.c.survey_id, surveys), one.c.responded_at < sa.bindparam("now"))
    return query.order_by(one.c.responded_at.desc(), one.c.id.desc()).limit(1).scalar_subquery()


_of_relationship, _of_transactions = _response.alias("of_relationship"), _response.alias("of_transactions")
_PEOPLE = Prepared(
    sa.select(
        _link.c.account_id,
        _link.c.contact_id,
        sa.type_coerce(_link.c.role, sa.Text).label("role"),
        *(answer.c[name] for answer in (_of_relationship, _of_transactions) for name in ("id", "score", "responded_at")),
    )
    .select_from(_link)
    .outerjoin(_of_relationship, _of_relationship.c.id == _newest("relationship"))
    .outerjoin(_of_transactions, _of_transactions.c.id == _newest("transactional"))
    .where(sa.or_(_link.c.left_at.is_(None), _link.c.left_at > sa.bindparam("now")))
)


def money_of(start: date, end: date, exchange: Exchange) -> Mapping[int, float | None]:
    """What each account about whose spend anything is known paid in the months from `start` on and before `end`.

    None where a part of it is in a currency without a rate. Who had paid in the year before, and nothing since, paid nothing.
    """
    before = start.replace(year=start.year - 1)
    mine = sa.case((Spend.month >= start, Spend.amount), else_=0.0)
    query = (
        sa.select(Spend.account_id, Spend.currency, sa.func.sum(mine))
        .where(Spend.month >= before, Spend.month < end)
        .group_by(Spend.account_id, Spend.currency)
    )
    found: dict[int, float | None] = {}
    for account_id, currency, amount in db.session.execute(query):
        known, part = found.get(account_id, 0.0), exchange.converted(amount, currency)
        found[account_id] = None if known is None or part is None else known + part
    return found
