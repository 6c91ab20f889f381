"""Which accounts cited which defect in a window, whatever their number of answers; account attributes are those of today."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.defects.models import AccountGrain, AccountReach
from feedback.defects.packing import Answers
from feedback.defects.packing.counts import CELLS, Ints
from feedback.defects.packing.entries import unpack_entries
from feedback.defects.packing.reach import Bits, add_bits, grown, no_bits, set_bits
from feedback.defects.reading import account_conditions
from feedback.defects.rules.months import spans_of, window
from feedback.defects.rules.reports import AnswerFilter

Floats = NDArray[np.float64]

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """Per ordinal: citing accounts `anywhere`, those `citing` that pass the filter today, the `active` ones and their revenue."""

    anywhere: Ints
    citing: Ints
    active: Ints
    revenue: Floats
    active_accounts: int


def read_reach(session: Session, tail: Answers, query: AnswerFilter, defects: int) -> Reach:
    """How far each defect reaches among the accounts that today have the segment and region of the filter."""
    account, revenue, is_active = _accounts(session, query)
    last = max(int(ids.max(initial=0)) for ids in (account, tail.account))
    bits = _bits(session, tail, query, defects, last + 1)
    anywhere = citing = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    if query.segment is not None or query.region is not None:
        bits &= _mask(account, bits)
        citing = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    bits &= _mask(account[is_active], bits)
    weights = np.zeros(8 * bits.shape[1])
    weights[account[is_active]] = revenue[is_active]
    active = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    return Reach(anywhere, citing, active, weigh_bits(bits, weights), int(is_active.sum()))


def count_citing(session: Session, tail: Answers, query: AnswerFilter, defects: int) -> Ints:
    """Accounts that cite each defect in answers that pass the filter, whatever the accounts are today; slower."""
    bits = no_bits(defects, 1)
    for ordinal, account in _citations(session, tail, query):
        known = ordinal < defects
        bits = grown(bits, defects, int(account.max(initial=0)) + 1)
        set_bits(bits, ordinal[known], account[known])
    return np.bitwise_count(bits).sum(axis=1, dtype=np.int64)


def _citations(session: Session, tail: Answers, query: AnswerFilter) -> Iterator[tuple[Ints, Ints]]:
    """(ordinal, account) of what was cited, stratum by stratum: all of them together would not stay small."""
    yield tail.defects, tail.account[np.repeat(np.arange(len(tail)), tail.cited)]
    cubes = sa.select(AccountGrain.cube).where(*account_conditions(query)).execution_options(yield_per=100)
    for (cube,) in session.execute(cubes):
        entries = unpack_entries(cube)
        yield entries.item // CELLS, entries.owner


def weigh_bits(bits: Bits, weights: Floats) -> Floats:
    """Sum of the weights of the marked accounts, per line: for each byte all 256 sums are made once and then looked up."""
    table = weights.reshape(-1, 8) @ np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").T
    places = np.arange(bits.shape[1]) * 256
    flat = table.reshape(-1)
    return np.array([flat[places + line].sum() for line in bits])


def _bits(session: Session, tail: Answers, query: AnswerFilter, defects: int, accounts: int) -> Bits:
    survey = query.survey_id or 0
    bits = no_bits(defects, accounts)
    for (packed,) in session.execute(sa.select(AccountReach.packed).where(*_spans(session, query, survey))):
        add_bits(bits, packed)
    if len(tail):
        row = np.repeat(np.arange(len(tail)), tail.cited)
        known = tail.defects < defects
        set_bits(bits, tail.defects[known], tail.account[row][known])
    return bits


def _spans(session: Session, query: AnswerFilter, survey: int) -> list[sa.ColumnElement[bool]]:
    """The fewest stored rows that make up the window."""
    mine = AccountReach.survey_id == survey
    years = sa.select(sa.func.min(AccountReach.start), sa.func.max(AccountReach.start)).where(mine, AccountReach.span == 12)
    oldest, newest = session.execute(years).one()
    first, after = window(query.start, query.stop)
    if oldest is None:
        return [sa.false()]
    first = oldest if first is None else max(first, oldest)
    after = newest + 12 if after is None else min(after, newest + 12)
    starts: dict[int, list[int]] = {}
    for span, start in spans_of(first, after):
        starts.setdefault(span, []).append(start)
    return [mine, sa.or_(*((AccountReach.span == span) & AccountReach.start.in_(found) for span, found in starts.items()))]


def _accounts(session: Session, query: AnswerFilter) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Id, revenue and whether active, of the accounts with today's segment and region.

    They come as two texts of numbers: tens of thousands of rows would cost more than all the rest of a ranking. Revenue is
    counted in hundredths of the installation's currency, so that texts of whole numbers keep it exactly; unknown counts as none.
    """
    conditions = [
        sa.func.coalesce(column, "") == value
        for column, value in ((Account.segment, query.segment), (Account.region, query.region))
        if value is not None
    ]
    marked = 2 * Account.id + sa.case((Account.status == AccountStatus.ACTIVE, 1), else_=0)
    hundredths = sa.cast(sa.func.round(sa.func.coalesce(current_exchange().revenue, 0.0) * _HUNDRED), sa.BigInteger)
    texts = session.execute(sa.select(_joined(session, marked), _joined(session, hundredths)).where(*conditions)).one()
    ids, revenue = (np.fromstring(text or "", np.int64, sep=",") for text in texts)
    return ids >> 1, revenue / _HUNDRED, ids & 1 == 1


def _joined(session: Session, number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    if session.get_bind().dialect.name == "postgresql":
        return sa.func.string_agg(sa.cast(number, sa.Text), ",")
    return sa.func.group_concat(number)


def _mask(account: Ints, bits: Bits) -> Bits:
    marked = np.zeros((1, bits.shape[1]), np.uint8)
    set_bits(marked, np.zeros(len(account), np.int64), account)
    return marked
