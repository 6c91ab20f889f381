"""What the evidence says about everything that must change, for any number of plans in a constant number of statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact
from feedback.defects.models import Citation, Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.gate.limits import current_limits
from feedback.gate.standing import Standing
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.rules import CLOSED_STATES, IssueState
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, ConsentFact, Purpose
from feedback.planning.models import PlanCondition
from feedback.planning.rules import ticks
from feedback.planning.rules.states import ConditionKind
from feedback.planning.rules.ticks import DefectSeen, DisruptionSeen, IssueSeen, PersonSeen, Tick
from feedback.surveys.models import Response
from feedback.web.naming import said

Pair = tuple[int, int]  # account and what stands at it
_DEEPEST = 5  # issues merged into issues that were merged


@dataclass(frozen=True)
class Evidence:
    """Rows by what conditions name, and the names that sentences need."""

    issues: Mapping[int, IssueSeen]
    numbers: Mapping[int, int]
    owners: Mapping[int, str | None]
    defects: Mapping[Pair, DefectSeen]
    defect_names: Mapping[int, str]
    disruptions: Mapping[Pair, DisruptionSeen]
    disruption_titles: Mapping[int, str]
    people: Mapping[Pair, PersonSeen]
    names: Mapping[int, str]
    consents: Mapping[tuple[Channel, int], ConsentFact]
    standings: Mapping[int, Standing] = field(default_factory=dict)


def gather(conditions: Sequence[tuple[int, PlanCondition]], standings: Mapping[int, Standing]) -> Evidence:
    """Everything that these (account, condition) pairs rest on."""
    pairs: dict[ConditionKind, list[tuple[int, PlanCondition]]] = defaultdict(list)
    for account_id, one in conditions:
        pairs[one.kind].append((account_id, one))
    holding = {issue.id: issue.owner for standing in standings.values() for issue in standing.facts.issues.issues}
    issues, numbers = _issues([one.issue_id or 0 for _a, one in pairs[ConditionKind.ISSUE]], holding)
    of_defects = [(account_id, one.defect_id or 0) for account_id, one in pairs[ConditionKind.DEFECT]]
    of_disruptions = [(account_id, one.disruption_id or 0) for account_id, one in pairs[ConditionKind.DISRUPTION]]
    named = [*pairs[ConditionKind.SCORE], *pairs[ConditionKind.CONSENT]]
    people, names = _people([(account_id, one.contact_id or 0) for account_id, one in named], standings)
    disruptions, titles = _disruptions(of_disruptions)
    return Evidence(
        issues=issues,
        numbers=numbers,
        owners=holding,
        defects=_defects(of_defects),
        defect_names=_defect_names([defect_id for _account, defect_id in of_defects]),
        disruptions=disruptions,
        disruption_titles=titles,
        people=people,
        names=names,
        consents=_consents([one for _account, one in pairs[ConditionKind.CONSENT]]),
        standings=standings,
    )


def judge(account_id: int, one: PlanCondition, seen: Evidence, now: datetime) -> Tick:
    """Whether what must change has changed, by this evidence."""
    return _JUDGES[one.kind](account_id, one, seen, now)


def _judge_person(account_id: int, one: PlanCondition, seen: Evidence, now: datetime) -> Tick:
    person = seen.people.get((account_id, one.contact_id or 0), PersonSeen(here=False))
    return ticks.score_tick(person, one.least_score or 7, current_limits().validity.relationship_days, now)


def _judge_consent(account_id: int, one: PlanCondition, seen: Evidence, _now: datetime) -> Tick:
    contact_id, channel = one.contact_id or 0, one.channel or Channel.PHONE
    fact = seen.consents.get((channel, contact_id), NOTHING_RECORDED)
    person = seen.people.get((account_id, contact_id), PersonSeen(here=False))
    return ticks.consent_tick(fact.state.value, fact.since, here=person.here)


def _judge_wallet(account_id: int, _one: PlanCondition, seen: Evidence, _now: datetime) -> Tick:
    wallet = seen.standings[account_id].facts.wallet
    return ticks.wallet_tick(wallet.because.value, wallet.as_of)


def _judge_heard(account_id: int, _one: PlanCondition, seen: Evidence, _now: datetime) -> Tick:
    roll = seen.standings[account_id].facts.roll
    return ticks.heard_tick(roll.because.value, roll.newest)


_JUDGES: Mapping[ConditionKind, Any] = {
    ConditionKind.ISSUE: lambda _account, one, seen, _now: ticks.issue_tick(seen.issues[one.issue_id]),
    ConditionKind.DEFECT: lambda account, one, seen, now: ticks.defect_tick(seen.defects[account, one.defect_id], now),
    ConditionKind.DISRUPTION: lambda account, one, seen, now: ticks.disruption_tick(
        seen.disruptions.get((account, one.disruption_id), DisruptionSeen(affected=False)), now
    ),
    ConditionKind.SCORE: _judge_person,
    ConditionKind.CONSENT: _judge_consent,
    ConditionKind.HEARD: _judge_heard,
    ConditionKind.INDEX: lambda account, _one, seen, _now: ticks.index_tick(seen.standings[account].advocacy_index),
    ConditionKind.WALLET: _judge_wallet,
}


def _issues(ids: Collection[int], holding: Collection[int]) -> tuple[dict[int, IssueSeen], dict[int, int]]:
    """Each as it is; one that was merged into another is what became of that."""
    rows = _issue_rows(ids)
    known = dict(rows)
    for _step in range(_DEEPEST):
        further = {row.merged_into_id for row in known.values() if row.merged_into_id} - known.keys()
        if not further:
            break
        known |= _issue_rows(further)
    reopened = _reopened(list(known))
    found = {}
    for id_, row in rows.items():
        for _step in range(_DEEPEST):
            row = known.get(row.merged_into_id, row) if row.merged_into_id else row
        found[id_] = IssueSeen(
            solved=row.state in (IssueState.VERIFIED, IssueState.CLOSED) and row.verified_at is not None,
            closed=row.state in CLOSED_STATES,
            unverified=row.state is IssueState.CLOSED_UNVERIFIED,
            holds=row.id in holding,
            fixed_at=row.fixed_at if row.state is IssueState.FIXED else None,
            verified_at=row.verified_at,
            closed_at=row.closed_at,
            withdrawn_at=row.withdrawn_at,
            reopened_at=reopened.get(row.id),
        )
    return found, {id_: row.number for id_, row in rows.items()}


def _issue_rows(ids: Collection[int]) -> dict[int, Any]:
    if not ids:
        return {}
    columns = (
        *(Issue.id, Issue.number, Issue.state, Issue.fixed_at, Issue.verified_at, Issue.closed_at),
        *(Issue.withdrawn_at, Issue.merged_into_id),
    )
    return {row.id: row for row in db.session.execute(sa.select(*columns).where(Issue.id.in_(sorted(ids))))}


def _reopened(ids: Collection[int]) -> dict[int, datetime]:
    if not ids:
        return {}
    newest = sa.func.max(IssueEvent.occurred_at, type_=IssueEvent.occurred_at.type)
    query = sa.select(IssueEvent.issue_id, newest).where(IssueEvent.issue_id.in_(sorted(ids)), IssueEvent.kind == "reopened")
    rows: Any = db.session.execute(query.group_by(IssueEvent.issue_id))
    return dict(row for row in rows)


def _defects(pairs: Collection[Pair]) -> dict[Pair, DefectSeen]:
    if not pairs:
        return {}
    accounts, defects = sorted({one[0] for one in pairs}), sorted({one[1] for one in pairs})
    here = (Issue.account_id.in_(accounts), Issue.defect_id.in_(defects), Issue.withdrawn_at.is_(None))
    still_open = sa.func.sum(sa.case((sa.and_(Issue.closed_at.is_(None), Issue.verified_at.is_(None)), 1), else_=0))
    settled = sa.func.max(sa.func.coalesce(Issue.verified_at, Issue.closed_at), type_=Issue.closed_at.type)
    query = sa.select(Issue.account_id, Issue.defect_id, still_open, settled).where(*here)
    rows: Any = db.session.execute(query.group_by(Issue.account_id, Issue.defect_id)).all()
    issues = {(account, defect): (int(count or 0), at) for account, defect, count, at in rows}
    named = _named(accounts, defects)
    return {pair: DefectSeen(issues.get(pair, (0, None))[0], named.get(pair), issues.get(pair, (0, None))[1]) for pair in pairs}


def _named(accounts: Sequence[int], defects: Sequence[int]) -> dict[Pair, datetime]:
    newest = sa.func.max(Response.responded_at, type_=Response.responded_at.type)
    query = sa.select(Response.account_id, Citation.defect_id, newest).join(Citation, Citation.response_id == Response.id)
    query = query.where(Response.account_id.in_(accounts), Citation.defect_id.in_(defects))
    rows: Any = db.session.execute(query.group_by(Response.account_id, Citation.defect_id))
    return {(account, defect): at for account, defect, at in rows}


def _defect_names(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows: Any = db.session.execute(sa.select(Defect.id, shown_name()).where(Defect.id.in_(sorted(ids))))
    return dict(row for row in rows)


def _disruptions(pairs: Collection[Pair]) -> tuple[dict[Pair, DisruptionSeen], dict[int, str]]:
    if not pairs:
        return {}, {}
    ids = sorted({one[1] for one in pairs})
    query = sa.select(Disruption, DisruptionAccount.account_id, DisruptionAccount.followed_up_at).outerjoin(
        DisruptionAccount,
        sa.and_(
            DisruptionAccount.disruption_id == Disruption.id, DisruptionAccount.account_id.in_(sorted({one[0] for one in pairs}))
        ),
    )
    rows = db.session.execute(query.where(Disruption.id.in_(ids))).all()
    seen = {
        (account_id, one.id): DisruptionSeen(True, one.ends_at, told_at, one.withdrawn_at)
        for one, account_id, told_at in rows
        if account_id is not None
    }
    return seen, {one.id: said(one.titles, one.title) for one, _account, _told in rows}


def _people(pairs: Collection[Pair], standings: Mapping[int, Standing]) -> tuple[dict[Pair, PersonSeen], dict[int, str]]:
    if not pairs:
        return {}, {}
    found: dict[Pair, PersonSeen] = {}
    for account_id, standing in standings.items():
        for person in standing.facts.people:
            answer = person.buyer.relationship
            score, at = (answer.score, answer.at) if answer else (None, None)
            found[account_id, person.buyer.contact_id] = PersonSeen(True, score, at)
    contacts = sorted({one[1] for one in pairs})
    gone = sa.select(AccountContact.account_id, AccountContact.contact_id, AccountContact.left_at).where(
        AccountContact.contact_id.in_(contacts), AccountContact.left_at.is_not(None)
    )
    for account_id, contact_id, left_at in db.session.execute(gone):
        found.setdefault((account_id, contact_id), PersonSeen(False, left_at=left_at))
    names: Any = db.session.execute(sa.select(Contact.id, sa.func.coalesce(Contact.name, "")).where(Contact.id.in_(contacts)))
    return found, dict(row for row in names)


def _consents(conditions: Sequence[PlanCondition]) -> dict[tuple[Channel, int], ConsentFact]:
    people: dict[Channel, set[int]] = defaultdict(set)
    for one in conditions:
        people[one.channel or Channel.PHONE].add(one.contact_id or 0)
    return {
        (channel, contact_id): fact
        for channel, ids in people.items()
        for contact_id, fact in consent_states(ids, Purpose.OFFERS, channel).items()
    }
