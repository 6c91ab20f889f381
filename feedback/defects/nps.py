"""NPS at any filter, broken down by one thing, weighted by answers, accounts or revenue; from stored counts and the tail."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.accounts.rules import ROLE_INDEX
from feedback.defects.models import AccountGrain
from feedback.defects.packing import Answers
from feedback.defects.packing.counts import ROLES, SCORES, Ints
from feedback.defects.packing.entries import unpack_entries
from feedback.defects.packing.tally import cells
from feedback.defects.programs import survey_codes, survey_kinds
from feedback.defects.reading import account_conditions, read_scores_by, read_tail
from feedback.defects.rules import nps as rules
from feedback.defects.rules.months import month_label
from feedback.defects.rules.reports import AnswerFilter, NpsGroup, NpsLine, NpsQuery, NpsWeighting, SurveyShare
from feedback.defects.strata import FINEST, REGION, SEGMENT, SURVEY, GroupKey, strata_of
from feedback.extensions import db
from feedback.uow import snapshot

Floats = NDArray[np.float64]
Label = tuple[Any, ...]  # what sorts the lines: (), (month,), (role,), (survey,), (name,)
ByAccount = tuple[Ints, Ints, Ints]  # account, cell, how many answers

_NAMED = {NpsGroup.SURVEY: SURVEY, NpsGroup.SEGMENT: SEGMENT, NpsGroup.REGION: REGION}
_ROLES = [role.value for role, _ in sorted(ROLE_INDEX.items(), key=lambda pair: pair[1])]


def nps_by(query: NpsQuery) -> list[NpsLine]:
    """One line per group that has answers, in the order of its name; without `group_by` always exactly one line.

    Raises:
        ValueError: the window does not consist of whole months.
    """
    with snapshot() as session:
        read = _by_responses if query.weighting is NpsWeighting.RESPONSES else _by_accounts
        lines = read(session, query)
        codes = survey_codes(session) if query.group_by is NpsGroup.SURVEY else {}
    if query.group_by is None and not lines:
        return [_line({}, np.zeros(SCORES, np.int64), None, None, "adjusted_wald")]
    return [
        _line(_named(query.group_by, label, codes), histogram, *rest)
        for label, (histogram, *rest) in sorted(lines.items())
        if histogram.any()
    ]


def surveys_within(wanted: AnswerFilter) -> list[SurveyShare]:
    """Whose answers a figure with this filter is made of, the most first: nobody mixes kinds of surveys without seeing it."""
    filters = {field.name: getattr(wanted, field.name) for field in fields(AnswerFilter)}
    lines = nps_by(NpsQuery(**filters, group_by=NpsGroup.SURVEY))
    kinds = survey_kinds(db.session())
    shares = [SurveyShare(code, kinds[code], line.n) for line in lines if (code := line.group["survey"]) in kinds]
    return sorted(shares, key=lambda share: (-share.n, share.survey))


def _by_responses(session: Session, query: NpsQuery) -> dict[Label, tuple[Any, ...]]:
    named = _NAMED.get(query.group_by, 0) if query.group_by else 0
    histograms: dict[Label, Ints] = defaultdict(lambda: np.zeros(SCORES, np.int64))
    for key, scores in read_scores_by(session, read_tail(session, query), query, named).items():
        for label, histogram in _split(query.group_by, key, scores.reshape(ROLES, SCORES)):
            histograms[label] += histogram
    found: dict[Label, tuple[Any, ...]] = {}
    for label, histogram in histograms.items():
        if histogram.any():
            counts = rules.bands(histogram)
            interval = rules.adjusted_wald(counts)
            found[label] = histogram, None, (rules.nps(counts), *interval), "adjusted_wald"
    return found


def _split(group_by: NpsGroup | None, key: GroupKey, scores: Ints) -> Iterator[tuple[Label, Ints]]:
    """The label of a stored row, or one label for each role."""
    if group_by is NpsGroup.ROLE:
        yield from (((role,), scores[role]) for role in range(ROLES))
    else:
        yield _label(group_by, key), scores.sum(axis=0)


def _label(group_by: NpsGroup | None, key: GroupKey) -> Label:
    places = {NpsGroup.SURVEY: 0, NpsGroup.SEGMENT: 1, NpsGroup.REGION: 2, NpsGroup.MONTH: 3}
    return () if group_by is None else (key[places[group_by]],)


def _by_accounts(session: Session, query: NpsQuery) -> dict[Label, tuple[Any, ...]]:
    parts: dict[Label, list[ByAccount]] = defaultdict(list)
    for key, entries in _account_rows(session, query):
        for label, part in _split_accounts(query.group_by, key, entries):
            parts[label].append(part)
    weights = _revenue(session) if query.weighting is NpsWeighting.REVENUE else None
    columns = {label: [np.concatenate(column) for column in zip(*found, strict=True)] for label, found in parts.items()}
    return {label: _weighted(part, weights) for label, part in columns.items()}


def _account_rows(session: Session, query: NpsQuery) -> Iterator[tuple[GroupKey, ByAccount]]:
    named = (AccountGrain.survey_id, AccountGrain.segment, AccountGrain.region, AccountGrain.month)
    rows = session.execute(sa.select(*named, AccountGrain.scores).where(*account_conditions(query)))
    for survey, segment, region, month, packed in rows:
        entries = unpack_entries(packed)
        yield (survey, segment, region, month), (entries.owner, entries.item, entries.count)
    tail = read_tail(session, query)
    if len(tail):
        yield from _tail_rows(tail)


def _tail_rows(tail: Answers) -> Iterator[tuple[GroupKey, ByAccount]]:
    strata = strata_of(tail)
    groups, group_of = strata.grouped(FINEST)
    group, cell = group_of[strata.of], cells(tail)
    for place, key in enumerate(groups):
        mask = group == place
        yield key, (tail.account[mask], cell[mask], tail.sign[mask])


def _split_accounts(group_by: NpsGroup | None, key: GroupKey, part: ByAccount) -> Iterator[tuple[Label, ByAccount]]:
    if group_by is not NpsGroup.ROLE:
        yield _label(group_by, key), part
        return
    account, cell, count = part
    for role in range(ROLES):
        mask = cell // SCORES == role
        yield (role,), (account[mask], cell[mask], count[mask])


def _weighted(part: list[Ints], revenue: Floats | None) -> tuple[Any, ...]:
    """Histogram, (accounts, as how many they count), (NPS, low, high), method; an account speaks with the mean of its answers."""
    account, cell, count = part
    score = cell % SCORES
    histogram = np.bincount(score, weights=count, minlength=SCORES).astype(np.int64)
    n = np.bincount(account, weights=count)
    v = np.bincount(account, weights=count * rules.VALUES[score])
    heard = np.flatnonzero(n > 0)
    weights = np.ones(len(heard)) if revenue is None else _at(revenue, heard)
    counts = weights > 0
    if not counts.any():
        return histogram, (len(heard), None), (None, None, None), "clustered"
    estimate = rules.of_accounts((v[heard] / n[heard])[counts], weights[counts])
    effective = rules.effective_n(weights[counts])
    return histogram, (len(heard), effective), (estimate.value, *estimate.interval()), "clustered"


def _at(values: Floats, places: Ints) -> Floats:
    return (
        np.where(places < len(values), values[np.minimum(places, len(values) - 1)], 0.0) if len(values) else np.zeros(len(places))
    )


def _revenue(session: Session) -> Floats:
    """Revenue of each account by id, as it is today, in the installation's currency; 0 where it is not known."""
    revenue = current_exchange().revenue
    rows = session.execute(sa.select(Account.id, revenue).where(Account.annual_revenue > 0, revenue.is_not(None))).all()
    values = np.zeros(max((account for account, _ in rows), default=-1) + 1)
    for account, revenue in rows:
        values[account] = revenue
    return values


def _named(group_by: NpsGroup | None, label: Label, codes: dict[int, str]) -> dict[str, str | None]:
    if group_by is None:
        return {}
    (value,) = label
    shown: dict[NpsGroup, Any] = {
        NpsGroup.MONTH: lambda: month_label(value),
        NpsGroup.ROLE: lambda: _ROLES[value],
        NpsGroup.SURVEY: lambda: codes.get(value),
    }
    return {group_by.value: shown.get(group_by, lambda: value or None)()}


def _line(
    group: dict[str, str | None],
    histogram: Ints,
    accounts: tuple[int, float | None] | None,
    figures: tuple[float | None, ...] | None,
    method: str,
) -> NpsLine:
    counts = rules.bands(histogram)
    value, low, high = (_points(figure) for figure in figures or (None, None, None))
    return NpsLine(
        group=group,
        n=int(counts.n),
        promoters=int(counts.promoters),
        passives=int(counts.passives),
        detractors=int(counts.detractors),
        nps=value,
        ci_low=low,
        ci_high=high,
        accounts=accounts and accounts[0],
        effective_accounts=accounts and accounts[1],
        method=method,
    )


def _points(figure: float | None) -> float | None:
    return None if figure is None or math.isnan(figure) else rules.POINTS * figure
