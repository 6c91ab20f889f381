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
from feedback.defects.packing.counts import Ints, merge_counts
from feedback.defects.packing.entries import Entries, merge_entries, summed
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
from feedback.defects.strata import GRAINS, GroupKey, Strata, by_group, strata_of
from feedback.kernel.db import Model

Tally = tuple[Ints, Ints]  # place of the answer, place in the array


def merge(session: Session, answers: Answers) -> None:
    """Add answers to every store."""
    strata = strata_of(answers)
    tallies = ((np.arange(len(answers)), cells(answers)), citations(answers), cited_pairs(answers))
    _merge_scores(session, answers, strata, tallies)
    _merge_accounts(session, answers, strata, tallies)
    _merge_reach(session, answers)


def _merge_scores(session: Session, answers: Answers, strata: Strata, tallies: Sequence[Tally]) -> None:
    finest = [summed(strata.of[row] << 32 | place, answers.sign[row]) for row, place in tallies]
    for grain in GRAINS:
        groups, group_of = strata.grouped(grain)
        deltas = [by_group(entries, group_of, len(groups)) for entries in finest]
        for places in _by_month(groups):
            stored = _stored(session, ScoreGrain, [groups[place] for place in places], ScoreGrain.grain == grain)
            rows = []
            for place in places:
                key = groups[place]
                old = stored.get(key, (None, None, None))
                packed = [merge_counts(was, *delta[place]) for was, delta in zip(old, deltas, strict=True)]
                rows.append({"grain": grain, **_named(key), **_columns(packed)})
            upsert(session, ScoreGrain, rows)


def _merge_accounts(session: Session, answers: Answers, strata: Strata, tallies: Sequence[Tally]) -> None:
    deltas = [_by_account(answers, strata, row, place) for row, place in tallies]
    for places in _by_month(strata.keys):
        stored = _stored(session, AccountGrain, [strata.keys[place] for place in places])
        rows = []
        for place in places:
            key = strata.keys[place]
            old = stored.get(key, (None, None, None))
            packed = [merge_entries(was, delta[place]) for was, delta in zip(old, deltas, strict=True)]
            rows.append({**_named(key), **_columns(packed)})
        upsert(session, AccountGrain, rows)


def _by_month(groups: Sequence[GroupKey]) -> Iterable[list[int]]:
    """The places of groups, month by month: what is stored for all months need not be in memory at once."""
    places: dict[int, list[int]] = {}
    for place, (_survey, _segment, _region, month) in enumerate(groups):
        places.setdefault(month, []).append(place)
    return places.values()


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
    key = answers.defects << 32 | answers.account[row]
    for survey in (0, *np.unique(answers.survey).tolist()):
        chosen = np.ones(len(row), np.bool_) if survey == 0 else answers.survey[row] == survey
        month = answers.month[row]
        deltas = {
            int(m): summed(key[mask], answers.sign[row][mask])
            for m in np.unique(month[chosen])
            for mask in [chosen & (month == m)]
        }
        _merge_months(session, survey, deltas)
        for span in (3, 12):
            _merge_spans(session, survey, span, deltas)


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


def _stored(session: Session, table: Any, groups: Sequence[GroupKey], *more: Any) -> dict[GroupKey, tuple[bytes, bytes, bytes]]:
    """The stored arrays of those groups that exist; a few neighbours may come along."""
    parts = [sorted({key[place] for key in groups}) for place in (0, 3)]
    wanted = sa.select(table.survey_id, table.segment, table.region, table.month, table.scores, table.cube, table.pairs).where(
        table.survey_id.in_(parts[0]), table.month.in_(parts[1]), *more
    )
    return {(s, g, r, m): (scores, cube, pairs) for s, g, r, m, scores, cube, pairs in session.execute(wanted)}


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
