"""The fold: merges decoded answers into the three stores of counts. Runs under the fold lock, in one transaction."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.defects.models import AccountGrain, AccountReach, ScoreGrain
from feedback.defects.packing import Answers
from feedback.defects.packing.counts import Ints
from feedback.defects.packing.entries import Entries, summed
from feedback.defects.packing.merging import merge_counts_of_many, merge_entries_of_many, spread
from feedback.defects.packing.reach import (
    Bits,
    add_bits,
    extent,
    grown,
    no_bits,
    pack_month,
    pack_span,
    set_bits,
    unpack_month,
)
from feedback.defects.packing.tally import cells, citations, cited_pairs
from feedback.defects.strata import GRAINS, GroupKey, Strata, strata_of
from feedback.kernel.db import Model

Tally = tuple[Ints, Ints]  # place of the answer, place in the array
Packed = tuple[bytes | None, bytes | None, bytes | None]  # scores, cube, pairs
_NEW: Packed = (None, None, None)


def merge(session: Session, answers: Answers) -> None:
    """Add answers to every store."""
    strata = strata_of(answers)
    tallies = ((np.arange(len(answers)), cells(answers)), citations(answers), cited_pairs(answers))
    _merge_scores(session, answers, strata, tallies)
    _merge_accounts(session, answers, strata, tallies)
    _merge_reach(session, answers)


def _merge_scores(session: Session, answers: Answers, strata: Strata, tallies: Sequence[Tally]) -> None:
    finest = [summed(strata.of[row] << 32 | place, answers.sign[row]) for row, place in tallies]
    for part in strata.months():  # what is stored for all months need not be in memory at once
        groups, group_of = strata.in_every_grain(part)
        stored = _stored_grains(session, [key for _, key in groups])
        packed = [
            merge_counts_of_many([stored.get(group, _NEW)[kind] for group in groups], spread(_between(entries, part), group_of))
            for kind, entries in enumerate(finest)
        ]
        columns = zip(*packed, strict=True)
        rows = [{"grain": grain, **_named(key), **_columns(row)} for (grain, key), row in zip(groups, columns, strict=True)]
        upsert(session, ScoreGrain, rows)


def _merge_accounts(session: Session, answers: Answers, strata: Strata, tallies: Sequence[Tally]) -> None:
    deltas = [_by_account(answers, strata, row, place) for row, place in tallies]
    for part in strata.months():
        stored = _stored_accounts(session, strata.keys[part])
        before = [stored.get(key, _NEW) for key in strata.keys[part]]
        packed = [merge_entries_of_many([row[kind] for row in before], found[part]) for kind, found in enumerate(deltas)]
        columns = zip(*packed, strict=True)
        upsert(session, AccountGrain, [_named(key) | _columns(row) for key, row in zip(strata.keys[part], columns, strict=True)])


def _between(entries: Entries, part: slice) -> Entries:
    """The entries of neighbouring owners, which are counted from the first of them."""
    bounds = np.searchsorted(entries.key, np.array((part.start, part.stop)) << 32)
    found = slice(*bounds.tolist())
    return Entries(entries.key[found] - (part.start << 32), entries.count[found])


def _by_account(answers: Answers, strata: Strata, row: Ints, item: Ints) -> list[Entries]:
    """Per stratum the entries (account, item); three keys fit one number once they are places in short lists."""
    accounts, account = np.unique(answers.account[row], return_inverse=True)
    items, item = np.unique(item, return_inverse=True)
    joint = (strata.of[row] * len(accounts) + account) * len(items) + item
    found = summed(joint, answers.sign[row])
    rest, item = np.divmod(found.key, max(len(items), 1))
    stratum, account = np.divmod(rest, max(len(accounts), 1))
    key = accounts[account] << 32 | items[item]
    bounds = np.searchsorted(stratum, np.arange(len(strata.keys) + 1))
    return [Entries(key[a:b], found.count[a:b]) for a, b in pairwise(bounds.tolist())]


def _merge_reach(session: Session, answers: Answers) -> None:
    row = np.repeat(np.arange(len(answers)), answers.cited)
    key, month, survey = answers.defects << 32 | answers.account[row], answers.month[row], answers.survey[row]
    surveys = np.unique(answers.survey).tolist()
    for named in (0, *surveys):
        if named == 0 or len(surveys) > 1:
            chosen = np.flatnonzero(survey == named) if named else np.arange(len(row))
            deltas = _by_month(month[chosen], key[chosen], answers.sign[row[chosen]])
        _merge_months(session, named, deltas)
        for span in (3, 12):
            _merge_spans(session, named, span, deltas)


def _by_month(month: Ints, key: Ints, sign: Ints) -> dict[int, Entries]:
    order = np.argsort(month, kind="stable")
    months, first = np.unique(month[order], return_index=True)
    parts = [order[a:b] for a, b in pairwise([*first.tolist(), len(order)])]
    return {m: summed(key[part], sign[part]) for m, part in zip(months.tolist(), parts, strict=True)}


def _merge_months(session: Session, survey: int, deltas: dict[int, Entries]) -> None:
    for month, delta in deltas.items():
        stored = _reach(session, survey, 1, [month])
        old = unpack_month(stored[month]) if month in stored else Entries(delta.key[:0], delta.count[:0])
        merged = summed(np.concatenate((old.key, delta.key)), np.concatenate((old.count, delta.count)))
        upsert(session, AccountReach, [{"survey_id": survey, "span": 1, "start": month, "packed": pack_month(merged)}])


def _merge_spans(session: Session, survey: int, span: int, deltas: dict[int, Entries]) -> None:
    parts: dict[int, list[Entries]] = {}
    for month, delta in deltas.items():
        parts.setdefault(month - month % span, []).append(delta)
    for start, found in parts.items():
        if any((delta.count < 0).any() for delta in found):  # something was taken back: what is left decides
            before, found = None, _months_of(session, survey, start, span)
        else:
            before = _reach(session, survey, span, [start]).get(start)
        packed = pack_span(_marked(before, found))
        upsert(session, AccountReach, [{"survey_id": survey, "span": span, "start": start, "packed": packed}])


def _months_of(session: Session, survey: int, start: int, span: int) -> list[Entries]:
    return [unpack_month(packed) for packed in _reach(session, survey, 1, range(start, start + span)).values()]


def _marked(stored: bytes | None, more: Iterable[Entries]) -> Bits:
    bits = no_bits(*extent(stored)) if stored else no_bits(0, 1)
    if stored:
        add_bits(bits, stored)
    for entries in more:
        if len(entries.key):
            bits = grown(bits, int(entries.key[-1] >> 32) + 1, int(entries.item.max()) + 1)
            set_bits(bits, entries.owner, entries.item)
    return bits


def _reach(session: Session, survey: int, span: int, starts: Iterable[int]) -> dict[int, bytes]:
    wanted = (AccountReach.survey_id == survey, AccountReach.span == span, AccountReach.start.in_(list(starts)))
    rows = session.execute(sa.select(AccountReach.start, AccountReach.packed).where(*wanted))
    return {start: packed for start, packed in rows}  # noqa: C416  mypy knows rows as tuples only when unpacked


def _stored_grains(session: Session, keys: Sequence[GroupKey]) -> dict[tuple[int, GroupKey], Packed]:
    """The stored arrays of those keys that exist, by (grain, key); a few neighbours may come along."""
    table = ScoreGrain
    wanted = sa.select(table.grain, *_key_and_arrays(table)).where(table.grain.in_(GRAINS), *_near(table, keys))
    return {(grain, (s, g, r, m)): (scores, cube, pairs) for grain, s, g, r, m, scores, cube, pairs in session.execute(wanted)}


def _stored_accounts(session: Session, keys: Sequence[GroupKey]) -> dict[GroupKey, Packed]:
    wanted = sa.select(*_key_and_arrays(AccountGrain)).where(*_near(AccountGrain, keys))
    return {(s, g, r, m): (scores, cube, pairs) for s, g, r, m, scores, cube, pairs in session.execute(wanted)}


def _key_and_arrays(table: Any) -> tuple[Any, ...]:
    return table.survey_id, table.segment, table.region, table.month, table.scores, table.cube, table.pairs


def _near(table: Any, keys: Sequence[GroupKey]) -> list[Any]:
    surveys, months = (sorted({key[place] for key in keys}) for place in (0, 3))
    return [table.survey_id.in_(surveys), table.month.in_(months)]


def _named(key: GroupKey) -> dict[str, Any]:
    return dict(zip(("survey_id", "segment", "region", "month"), key, strict=True))


def _columns(packed: Sequence[bytes]) -> dict[str, bytes]:
    return dict(zip(("scores", "cube", "pairs"), packed, strict=True))


def upsert(session: Session, table: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or replace what stands under their primary keys."""
    if not rows:
        return
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in sa.inspect(table).primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.__table__.columns if column.name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))
