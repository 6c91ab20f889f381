"""Answers that give a reason open issues or join open ones, in the transaction of the answers and set by set.

The number of statements does not depend on the number of answers: one list, one price.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.accounts.exchange import Exchange, current_exchange
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.clockwork import Reckoning, follow_logs
from feedback.issues.events import FROM_ANSWERS, IssuesChanged
from feedback.issues.inserting import insert_ignoring_conflicts
from feedback.issues.models import Issue, IssueEvent, IssueVoice
from feedback.issues.opening import (
    ACTOR,
    Draft,
    open_drafts,
    reopened_columns,
)
from feedback.issues.owing import follow_promises
from feedback.issues.rules import (
    Cause,
    IssueSource,
    Severity,
    gravest,
    is_reopened_by,
    priority,
    worse,
)
from feedback.issues.rules.clockwork import LEVEL
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.events import publish
from feedback.kernel.prepared import Prepared, every_column
from feedback.staffing.queries import StoodInFor, deputies_of

Key = tuple[int, int, str]  # account, defect (0 without one), cause ('' for a problem that answers share)
TRIES = 3


@dataclass(frozen=True, slots=True)
class OpeningAnswer:
    """A fresh answer that gives at least one reason for an issue; the first of its `causes` names it.

    `defects` are (id, category); the first one says what the issue is about.
    """

    response_id: int
    account_id: int
    contact_id: int
    score: int
    language: str | None
    responded_at: datetime
    causes: tuple[Cause, ...]
    defects: tuple[tuple[int, str], ...] = ()

    @property
    def key(self) -> Key:
        """What one open issue is about: the account and the first cited defect; without a defect, the reason."""
        if self.defects:
            return self.account_id, self.defects[0][0], ""
        return self.account_id, 0, self.causes[0].key

    @property
    def is_detractor(self) -> bool:
        """Whether it says that something went wrong."""
        return self.causes[0].source is IssueSource.RESPONSE

    @property
    def why(self) -> dict[str, Any]:
        """What the sentences about its reasons say."""
        return why_of(self.causes)


def why_of(causes: Sequence[Cause]) -> dict[str, Any]:
    """What is stored of reasons: the facts of each under its source."""
    return {cause.source.value: dict(cause.facts) for cause in causes}


_Waiting = dict[Key, list[OpeningAnswer]]


@dataclass
class _Context:
    """What the whole list needs, read once."""

    now: datetime
    accounts: dict[int, Any]
    reckoning: Reckoning
    known: dict[int, int]  # answers that are voices already, with their issue
    known_why: dict[int, dict[str, Any]]  # and the reasons that they gave so far
    exchange: Exchange
    messages: list[news.Message] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    away: dict[int, StoodInFor] = field(default_factory=dict)  # owners of joined issues who are not there
    moved: set[int] = field(default_factory=set)  # open issues whose clocks follow what is told of them
    reopened: set[int] = field(default_factory=set)

    def severity(self, answers: Iterable[OpeningAnswer]) -> Severity:
        return gravest([cause for answer in answers for cause in answer.causes])

    def revenue(self, account: Any) -> float | None:
        return self.exchange.converted(account.annual_revenue, account.currency)

    def deputy(self, issue: Any) -> int | None:
        away = self.away.get(issue.owner_id or 0)
        return None if away is None else away.deputy_id

    def tell(self, issue_id: int, kind: str, **data: Any) -> None:
        self.events.append({"issue_id": issue_id, "kind": kind, "actor": ACTOR, "data": data, "occurred_at": self.now})


def open_or_join_issues(answers: Sequence[OpeningAnswer]) -> dict[int, int]:
    """Give each answer its issue; answers the issue id by response id. Call inside `transaction()`.

    An answer joins the open issue of its account and first cited defect (without a defect: the account's open one without a
    defect and for the same reason) as a further voice, or opens it. An answer that is a voice already stays with its issue.
    """
    if not answers:
        return {}
    context = _read_context(answers)
    placed = dict(context.known)
    waiting: dict[Key, list[OpeningAnswer]] = defaultdict(list)
    joining: dict[int, list[OpeningAnswer]] = defaultdict(list)
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


def _place(waiting: _Waiting, joining: dict[int, list[OpeningAnswer]], context: _Context) -> dict[int, int]:
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
_VOICES = Prepared(sa.select(_voice.response_id, _voice.issue_id, _voice.why).where(in_list(_voice.response_id, "ids")))
_merged: Any = Issue.__table__.alias("merged")
_KEY = ("account_id", "defect_key", "cause_key")
# what was merged into another issue is still about the same: whoever says it again joins the one that is open
_OPEN = Prepared(
    sa.union_all(
        sa.select(_issue.id, *(_issue[name] for name in _KEY)).where(
            in_list(_issue.account_id, "ids"), _issue.closed_at.is_(None)
        ),
        sa.select(_issue.id, *(_merged.c[name] for name in _KEY))
        .join_from(_merged, Issue.__table__, _issue.id == _merged.c.merged_into_id)
        .where(in_list(_merged.c.account_id, "merged_ids"), _issue.closed_at.is_(None)),
    )
)
# locked, so that two writers who both raise the severity see each other's clocks
_JOINED = Prepared(
    sa.select(Issue.__table__).where(in_list(_issue.id, "ids"), _issue.closed_at.is_(None)).order_by(_issue.id).with_for_update()
)
_event: Any = IssueEvent.__table__
_INSERT_EVENTS = Prepared(sa.insert(_event).values(every_column(_event)))


def _rows(statement: Prepared, ids: Iterable[int]) -> list[Any]:
    return statement.rows(db.session.connection(), {"ids": sorted(set(ids))})


def _read_context(answers: Sequence[OpeningAnswer]) -> _Context:
    accounts = _rows(_ACCOUNTS, [answer.account_id for answer in answers])
    voices = _rows(_VOICES, [answer.response_id for answer in answers])
    return _Context(
        now=clock.now(),
        accounts={row.id: row for row in accounts},
        reckoning=Reckoning(),
        known={row.response_id: row.issue_id for row in voices},
        known_why={row.response_id: row.why for row in voices},
        exchange=current_exchange(),
    )


def _open_issues(waiting: _Waiting) -> dict[Key, int]:
    """The oldest open issue of each key, whoever opened it."""
    if not waiting:
        return {}
    ids = sorted({account_id for account_id, _, _ in waiting})
    open_now = _OPEN.rows(db.session.connection(), {"ids": ids, "merged_ids": ids})
    found: dict[Key, int] = {}
    for issue_id, account_id, defect_key, cause_key in open_now:
        key = (account_id, defect_key, cause_key or "")
        if key in waiting:
            found[key] = min(issue_id, found.get(key, issue_id))
    return found


def _open(waiting: _Waiting, context: _Context) -> dict[Key, int]:
    """Insert an issue per key; a key that another writer opened meanwhile is not in the answer."""
    if not waiting:
        return {}
    # one order for all writers: two of them never wait for each other in a circle
    keys = sorted(waiting)
    drafts = [_draft(key, waiting[key], context) for key in keys]
    opened = open_drafts(drafts, context.now, reckoning=context.reckoning, exchange=context.exchange)
    context.events += opened.events
    context.messages += opened.messages
    return {key: issue_id for key, issue_id in zip(keys, opened.ids, strict=True) if issue_id is not None}


def _draft(key: Key, answers: Sequence[OpeningAnswer], context: _Context) -> Draft:
    loudest = min(answers, key=lambda answer: answer.score)
    first = answers[0]
    return Draft(
        account=context.accounts[key[0]],
        source=loudest.causes[0].source,
        severity=context.severity(answers),
        cause_key=key[2],
        why=loudest.why,
        defect_id=key[1] or None,
        category=first.defects[0][1] if first.defects else None,
        contact_id=loudest.contact_id,
        language=first.language,
        noted={"score": loudest.score},
    )


def _join(joining: dict[int, list[OpeningAnswer]], context: _Context) -> None:
    if not joining:
        return
    rows = _rows(_JOINED, joining)
    context.away = deputies_of(issue.owner_id for issue in rows)
    changes = [_joined(issue, joining[issue.id], context) for issue in rows]
    for kind in (True, False):  # rows of one statement set the same columns
        alike = [change for change in changes if change and ("state" in change) is kind]
        if alike:
            db.session.execute(sa.update(Issue), alike)


def _joined(issue: Any, answers: Sequence[OpeningAnswer], context: _Context) -> dict[str, Any]:
    """What further voices change: a graver one raises the severity, one after the fix takes the issue back to its owner."""
    new = [answer for answer in answers if answer.response_id not in context.known]
    severity = worse(issue.severity, context.severity(answers))
    graver = severity is not issue.severity
    again = [answer for answer in new if answer.is_detractor]
    reopened = any(is_reopened_by(issue.state, fixed_at=issue.fixed_at, answered_at=answer.responded_at) for answer in again)
    for answer in new:
        context.tell(issue.id, "voice_added", response_id=answer.response_id, score=answer.score)
    if new or graver:
        last = max(answer.response_id for answer in answers)
        account = context.accounts[issue.account_id]
        context.messages += news.issue_joined(
            issue, account, last, graver=graver, reopened=reopened, deputy=context.deputy(issue)
        )
    _say_more(issue, answers, context)
    if not reopened and not graver:
        return {}
    return _graver_columns(issue, severity, context) | (_reopened(issue, severity, context) if reopened else {})


def _say_more(issue: Any, answers: Sequence[OpeningAnswer], context: _Context) -> None:
    """A voice that gives a further reason, such as a wish to be called, waits to be answered again."""
    for answer in answers:
        before = context.known_why.get(answer.response_id)
        if before is None or before == answer.why:
            continue
        asks = IssueSource.CALL_WISH in answer.why and answer.why[IssueSource.CALL_WISH] != before.get(IssueSource.CALL_WISH)
        change: dict[str, Any] = {"why": answer.why, "cause": answer.causes[0].source}
        if asks:
            change |= {"answered_at": None, "answered_by_id": None, "waived_at": None, "waived_reason": None}
            context.tell(issue.id, "call_wished", response_id=answer.response_id)
            account = context.accounts[issue.account_id]
            context.messages += news.call_wished(issue, account, answer.response_id, context.now, deputy=context.deputy(issue))
        db.session.execute(sa.update(IssueVoice).where(IssueVoice.response_id == answer.response_id).values(**change))


def _graver_columns(issue: Any, severity: Severity, context: _Context) -> dict[str, Any]:
    if severity is not issue.severity:
        promised = _promised(issue, severity, context)
        context.tell(issue.id, "severity_raised", was=issue.severity, now=severity, **promised)
    revenue = context.revenue(context.accounts[issue.account_id])
    return {"id": issue.id, "severity": severity, "priority": priority(issue.value_tier, revenue, severity)}


def _reopened(issue: Any, severity: Severity, context: _Context) -> dict[str, Any]:
    context.tell(issue.id, "reopened", by="answer", was=issue.state, **_promised(issue, severity, context))
    context.reopened.add(issue.id)
    return reopened_columns(issue.reopen_count, context.now)


def _promised(issue: Any, severity: Severity, context: _Context) -> dict[str, Any]:
    """The service level that an event starts clocks with; they follow once it is written."""
    context.moved.add(issue.id)
    return {LEVEL: context.reckoning.level(issue.source, severity, issue.value_tier, issue.team_id).as_data()}


def _write(placed: dict[int, int], answers: Sequence[OpeningAnswer], context: _Context) -> None:
    rows = [
        {
            "issue_id": placed[answer.response_id],
            "contact_id": answer.contact_id,
            "response_id": answer.response_id,
            "created_at": context.now,
            "cause": answer.causes[0].source,
            "why": answer.why,
        }
        for answer in answers
        if answer.response_id in placed
    ]
    insert_ignoring_conflicts(IssueVoice, ("issue_id", "response_id"), rows)
    _INSERT_EVENTS.each(db.session.connection(), context.events)
    follow_logs(sorted(context.moved))
    follow_promises(sorted(context.reopened))
    news.send(context.messages)
