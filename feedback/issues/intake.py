"""Detractor answers open issues or join open ones, in the transaction of the answers and set by set.

The number of statements does not depend on the number of answers: one list, one price.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.exchange import Exchange, current_exchange
from feedback.accounts.models import Account
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import FROM_ANSWERS, IssuesChanged
from feedback.issues.models import Issue, IssueEvent, IssueVoice
from feedback.issues.opening import (
    due_columns,
    insert_ignoring_conflicts,
    insert_issues,
    reopened_columns,
    route_drafts,
)
from feedback.issues.queries import staffing
from feedback.issues.rules import (
    DueDates,
    IssueSource,
    IssueState,
    LevelHours,
    RouteFacts,
    Severity,
    is_reopened_by,
    priority,
    severity_of_answer,
    start_clocks,
    tighten_clocks,
    told,
    worse,
)
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.events import publish
from feedback.kernel.prepared import Prepared, every_column

Key = tuple[int, int]  # account, defect (0 without one)
ACTOR = "system"
TRIES = 3


@dataclass(frozen=True, slots=True)
class DetractorAnswer:
    """A fresh answer of 0 to 6. `defects` are (id, category); the first one names the issue."""

    response_id: int
    account_id: int
    contact_id: int
    role: ContactRole
    score: int
    language: str | None
    responded_at: datetime
    defects: tuple[tuple[int, str], ...] = ()

    @property
    def key(self) -> Key:
        """What one open issue is about: the account and the first cited defect."""
        return self.account_id, self.defects[0][0] if self.defects else 0


_Waiting = dict[Key, list[DetractorAnswer]]


@dataclass
class _Context:
    """What the whole list needs, read once."""

    now: datetime
    accounts: dict[int, Any]
    levels: dict[tuple[Severity, ValueTier], LevelHours]
    major_score_max: int
    decision_maker_major: bool
    known: dict[int, int]  # answers that are voices already, with their issue
    exchange: Exchange
    messages: list[news.Message] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def severity(self, answers: Iterable[DetractorAnswer]) -> Severity:
        gravest = Severity.MINOR
        for answer in answers:
            gravest = worse(
                gravest,
                severity_of_answer(
                    answer.score,
                    answer.role,
                    major_score_max=self.major_score_max,
                    decision_maker_major=self.decision_maker_major,
                ),
            )
        return gravest

    def revenue(self, account: Any) -> float | None:
        return self.exchange.converted(account.annual_revenue, account.currency)

    def tell(self, issue_id: int, kind: str, **data: Any) -> None:
        self.events.append({"issue_id": issue_id, "kind": kind, "actor": ACTOR, "data": data, "occurred_at": self.now})


def open_or_join_issues(answers: Sequence[DetractorAnswer]) -> dict[int, int]:
    """Give each answer its issue; answers the issue id by response id. Call inside `transaction()`.

    An answer joins the open issue of its account and first cited defect (without a defect: the account's open issue without
    one) as a further voice, or opens it. An answer that is a voice already (a corrected one) stays with its issue.
    """
    if not answers:
        return {}
    context = _read_context(answers)
    placed = dict(context.known)
    waiting: dict[Key, list[DetractorAnswer]] = defaultdict(list)
    joining: dict[int, list[DetractorAnswer]] = defaultdict(list)
    for answer in answers:
        if answer.response_id in placed:
            joining[placed[answer.response_id]].append(answer)
        else:
            waiting[answer.key].append(answer)
    placed |= _place(waiting, joining, context)
    _join(joining, context)
    _write(placed, answers, context)
    publish(IssuesChanged(frozenset(context.accounts), FROM_ANSWERS))
    return placed


def _place(waiting: _Waiting, joining: dict[int, list[DetractorAnswer]], context: _Context) -> dict[int, int]:
    """Find or open the issue of each key; what joins an open one is added to `joining`."""
    placed: dict[int, int] = {}
    for _ in range(TRIES):
        for key, issue_id in _open_issues(waiting).items():
            joining[issue_id].extend(waiting[key])
            placed |= {answer.response_id: issue_id for answer in waiting.pop(key)}
        for key, issue_id in _open(waiting, context).items():
            placed |= {answer.response_id: issue_id for answer in waiting.pop(key)}
        if not waiting:
            return placed
    raise RuntimeError(f"issues of {sorted(waiting)} are opened and closed faster than answers can join them")


_account, _issue, _voice = Account.__table__.c, Issue.__table__.c, IssueVoice.__table__.c
_ACCOUNTS = Prepared(
    sa.select(
        _account.id,
        _account.name,
        _account.value_tier,
        _account.segment,
        _account.region,
        _account.language,
        _account.owner_id,
        _account.annual_revenue,
        _account.currency,
    ).where(in_list(_account.id, "ids"))
)
_VOICES = Prepared(sa.select(_voice.response_id, _voice.issue_id).where(in_list(_voice.response_id, "ids")))
_OPEN = Prepared(
    sa.select(_issue.id, _issue.account_id, _issue.defect_key)
    .where(in_list(_issue.account_id, "ids"), _issue.closed_at.is_(None))
    .order_by(_issue.id.desc())
)
# locked, so that two writers who both raise the severity see each other's clocks
_JOINED = Prepared(
    sa.select(Issue.__table__).where(in_list(_issue.id, "ids"), _issue.closed_at.is_(None)).order_by(_issue.id).with_for_update()
)
_event: Any = IssueEvent.__table__
_INSERT_EVENTS = Prepared(sa.insert(_event).values(every_column(_event)))


def _rows(statement: Prepared, ids: Iterable[int]) -> list[Any]:
    return statement.rows(db.session.connection(), {"ids": sorted(set(ids))})


def _read_context(answers: Sequence[DetractorAnswer]) -> _Context:
    settings = current_app.extensions["closedloop_settings"]
    accounts = _rows(_ACCOUNTS, [answer.account_id for answer in answers])
    return _Context(
        now=clock.now(),
        accounts={row.id: row for row in accounts},
        levels=staffing.get_levels(),
        major_score_max=settings.major_score_max,
        decision_maker_major=settings.decision_maker_major,
        known=_voices_of(answers),
        exchange=current_exchange(),
    )


def _voices_of(answers: Sequence[DetractorAnswer]) -> dict[int, int]:
    return dict(_rows(_VOICES, [answer.response_id for answer in answers]))


def _open_issues(waiting: _Waiting) -> dict[Key, int]:
    """The oldest open issue of each key, whoever opened it."""
    if not waiting:
        return {}
    open_now = _rows(_OPEN, [account_id for account_id, _ in waiting])
    found = {(account_id, defect_key): issue_id for issue_id, account_id, defect_key in open_now}
    return {key: issue_id for key, issue_id in found.items() if key in waiting}


def _open(waiting: _Waiting, context: _Context) -> dict[Key, int]:
    """Insert an issue per key; a key that another writer opened meanwhile is not in the answer."""
    # one order for all writers: two of them never wait for each other in a circle
    keys = sorted(waiting)
    drafts = [_draft(key, waiting[key], context) for key in keys]
    routes = route_drafts(drafts, [_route_facts(key, waiting[key][0], context) for key in keys], context.now)
    opened = insert_issues(drafts, routes)
    for key, draft, route in zip(keys, drafts, routes, strict=True):
        if key not in opened:
            continue
        issue_id, account = opened[key], context.accounts[key[0]]
        context.tell(issue_id, "opened", severity=draft["severity"], score=min(answer.score for answer in waiting[key]))
        if route is not None:
            context.tell(issue_id, "queued" if route.waiting else "routed", **told(route))
        context.messages += news.issue_opened(issue_id, draft["number"], account, draft["severity"], route)
    return opened


def _draft(key: Key, answers: Sequence[DetractorAnswer], context: _Context) -> dict[str, Any]:
    account, severity = context.accounts[key[0]], context.severity(answers)
    due = start_clocks(context.levels[severity, account.value_tier], context.now)
    loudest = min(answers, key=lambda answer: answer.score)
    return {
        "state": IssueState.NEW,
        "severity": severity,
        "source": IssueSource.RESPONSE,
        "category": answers[0].defects[0][1] if answers[0].defects else None,
        "defect_id": key[1] or None,
        "defect_key": key[1],
        "account_id": account.id,
        "contact_id": loudest.contact_id,
        "value_tier": account.value_tier,
        "priority": priority(account.value_tier, context.revenue(account), severity),
        "opened_at": context.now,
        **due_columns(IssueState.NEW, due),
    }


def _route_facts(key: Key, answer: DetractorAnswer, context: _Context) -> RouteFacts:
    account = context.accounts[key[0]]
    category = answer.defects[0][1] if answer.defects else None
    language = answer.language or account.language
    return RouteFacts(category, key[1] or None, account.segment, account.region, language, account.value_tier)


def _join(joining: dict[int, list[DetractorAnswer]], context: _Context) -> None:
    if not joining:
        return
    changes = [_joined(issue, joining[issue.id], context) for issue in _rows(_JOINED, joining)]
    for kind in (True, False):  # rows of one statement set the same columns
        rows = [change for change in changes if change and ("state" in change) is kind]
        if rows:
            db.session.execute(sa.update(Issue), rows)


def _joined(issue: Any, answers: Sequence[DetractorAnswer], context: _Context) -> dict[str, Any]:
    """What further voices change: a graver one raises the severity, one after the fix takes the issue back to its owner."""
    new = [answer for answer in answers if answer.response_id not in context.known]
    severity = worse(issue.severity, context.severity(answers))
    graver = severity is not issue.severity
    reopened = any(is_reopened_by(issue.state, fixed_at=issue.fixed_at, answered_at=answer.responded_at) for answer in new)
    for answer in new:
        context.tell(issue.id, "voice_added", response_id=answer.response_id, score=answer.score)
    if new or graver:
        last = max(answer.response_id for answer in answers)
        account = context.accounts[issue.account_id]
        context.messages += news.issue_joined(issue, account, last, graver=graver, reopened=reopened)
    if not reopened and not graver:
        return {}
    return _graver_columns(issue, severity, context) | (_reopened(issue, severity, context) if reopened else {})


def _graver_columns(issue: Any, severity: Severity, context: _Context) -> dict[str, Any]:
    due = DueDates(issue.first_contact_due_at, issue.next_update_due_at, issue.resolution_due_at)
    if severity is not issue.severity:
        due = tighten_clocks(due, context.levels[severity, issue.value_tier], context.now)
        context.tell(issue.id, "severity_raised", was=issue.severity, now=severity)
    revenue = context.revenue(context.accounts[issue.account_id])
    change = {"id": issue.id, "severity": severity, "priority": priority(issue.value_tier, revenue, severity)}
    return change | due_columns(issue.state, due)


def _reopened(issue: Any, severity: Severity, context: _Context) -> dict[str, Any]:
    context.tell(issue.id, "reopened", by="answer", was=issue.state)
    due = start_clocks(context.levels[severity, issue.value_tier], context.now)
    return due_columns(IssueState.ROUTED, due) | reopened_columns(issue.reopen_count, context.now)


def _write(placed: dict[int, int], answers: Sequence[DetractorAnswer], context: _Context) -> None:
    rows = [
        {
            "issue_id": placed[answer.response_id],
            "contact_id": answer.contact_id,
            "response_id": answer.response_id,
            "created_at": context.now,
        }
        for answer in answers
        if answer.response_id in placed
    ]
    insert_ignoring_conflicts(IssueVoice, ("issue_id", "response_id"), rows)
    _INSERT_EVENTS.each(db.session.connection(), context.events)
    news.send(context.messages)
