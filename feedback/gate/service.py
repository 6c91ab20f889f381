"""Asking the gate, and keeping what it said."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.access.auth import check_may
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.gate import evaluation
from feedback.gate.colleagues import holders_of
from feedback.gate.evaluation import Finding, Question
from feedback.gate.limits import Limits, current_limits
from feedback.gate.models import GateDecision, GatePolicy
from feedback.gate.policies import ensure_policy, version_of
from feedback.gate.rules import GateInputs, Initiation
from feedback.gate.sealing import seal, seal_of_marks
from feedback.gate.standing import ACCOUNT_COLUMNS, AccountFacts, AccountRow, facts_of
from feedback.gate.tables import Verdict
from feedback.gate.timing import Approaching
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.errors import DomainError, NotFound
from feedback.kernel.prepared import Prepared, every_column
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose
from feedback.uow import GroupCommit, snapshot, transaction

# One transaction per so many decisions: a batch of ten thousand must not keep other writers waiting for seconds.
BATCH = 1000
_accounts = Account.__table__
_decisions: Any = GateDecision.__table__
_INSERT = Prepared(sa.insert(_decisions).values({"id": sa.bindparam("id"), **every_column(_decisions)}))
Asked = tuple[Question, Viewer]


@dataclass(frozen=True, slots=True)
class Decision:
    """A stored decision with the facts it was made from. `row` holds the columns of `gate_decision`."""

    row: Mapping[str, Any]
    finding: Finding


def evaluate(question: Question, viewer: Viewer) -> Decision:
    """Decide, and keep the decision with inputs, evidence, rows hit, policy version, expiry and seal.

    Requests that wait for the writer at the same moment share one transaction.

    Raises:
        Forbidden: the viewer may not ask.
        NotFound: the account is missing or somebody else's, or the contact is not of this account.
    """
    check_may(viewer, "gate.evaluate")
    return _group.submit((question, viewer))


def evaluate_batch(questions: Sequence[Question], viewer: Viewer) -> list[Decision | DomainError]:
    """The same for many questions, in sets; a question that cannot be answered gets its error in its place."""
    check_may(viewer, "gate.evaluate")
    answers: list[Decision | DomainError] = []
    for start in range(0, len(questions), BATCH):
        with transaction():
            answers += evaluate_all([(question, viewer) for question in questions[start : start + BATCH]])
    return answers


def preview(question: Question, viewer: Viewer) -> Decision:
    """What `evaluate` would answer now. Nothing is stored and nothing is permitted: the row has no seal, and its id is 0.

    Raises:
        Forbidden: the viewer may not ask.
        NotFound: the account is missing or somebody else's, or the contact is not of this account.
    """
    check_may(viewer, "gate.evaluate")
    return _previews.submit((question, viewer))


def _preview_all(asked: Sequence[Asked]) -> Sequence[Decision | Exception]:
    now, limits = clock.now(), current_limits()
    version, found = version_of(limits), _findings(asked, now, limits, locked=False)
    return [
        finding if isinstance(finding, DomainError) else Decision(_row(0, *ask, finding, now, version), finding)
        for ask, finding in zip(asked, found, strict=True)
    ]


_previews: GroupCommit[Asked, Decision] = GroupCommit(_preview_all, scope=snapshot)


def what_if(inputs: GateInputs) -> Verdict:
    """What the active tables say about these inputs; stores nothing."""
    return current_limits().rules.decide(inputs)


def evaluate_all(asked: Sequence[Asked]) -> list[Decision | DomainError]:
    """Decide and store within the current transaction, in a constant number of statements."""
    now, limits = clock.now(), current_limits()
    return _store(asked, _findings(asked, now, limits), now, limits)


def _findings(asked: Sequence[Asked], now: datetime, limits: Limits, *, locked: bool = True) -> list[Finding | NotFound]:
    accounts = [_account_of(ask, found) for ask, found in zip(asked, _find_accounts(asked, locked=locked), strict=True)]
    facts = facts_of(list({row.id: row for row in accounts if row is not None}.values()), now, limits)
    for account_id, holders in holders_of(db.session.connection(), list(facts), now).items():
        facts[account_id].holders = holders
    consents = _consents(asked, accounts, facts)
    return [_decide(ask, row, facts, consents, now, limits) for ask, row in zip(asked, accounts, strict=True)]


def _run_group(asked: Sequence[Asked]) -> Sequence[Decision | Exception]:
    return evaluate_all(asked)


_group: GroupCommit[Asked, Decision] = GroupCommit(_run_group)


def _find_accounts(asked: Sequence[Asked], *, locked: bool) -> Iterator[Mapping[int | str, AccountRow]]:
    """For each question the accounts that its viewer may ask about, by both ids."""
    wanted: dict[Viewer, tuple[set[int], set[str]]] = defaultdict(lambda: (set(), set()))
    for question, viewer in asked:
        if question.account_id is not None:
            wanted[viewer][0].add(question.account_id)
        elif question.account_external_id is not None:
            wanted[viewer][1].add(question.account_external_id)
    found = {viewer: _visible_accounts(viewer, *keys, locked=locked) for viewer, keys in wanted.items()}
    return (found.get(viewer, {}) for _, viewer in asked)


# A decision must not be taken while an answer that would change it is being written: on PostgreSQL the rows are locked
# against `closing.invalidate_decisions`; SQLite has one writer.
_SEEN = {
    column.name: sa.select(*ACCOUNT_COLUMNS).where(in_list(column, "keys")).order_by(_accounts.c.id)
    for column in (_accounts.c.id, _accounts.c.external_id)
}
_LOCKED = {name: query.with_for_update(read=True, of=_accounts) for name, query in _SEEN.items()}
_BY_PEOPLE = {True: _LOCKED, False: _SEEN}
_BY_SYSTEMS = {locked: {name: Prepared(query) for name, query in found.items()} for locked, found in _BY_PEOPLE.items()}


def _visible_accounts(viewer: Viewer, ids: set[int], external_ids: set[str], *, locked: bool) -> dict[int | str, AccountRow]:
    found: dict[int | str, AccountRow] = {}
    everything = scope_of(viewer, "gate.evaluate") is Scope.ALL
    for name, keys in (("id", ids), ("external_id", external_ids)):
        if keys:
            connection, values = db.session.connection(), {"keys": list(keys)}
            if everything:
                rows: Sequence[Any] = _BY_SYSTEMS[locked][name].rows(connection, values)
            else:
                rows = connection.execute(_BY_PEOPLE[locked][name].where(account_scope(viewer, "gate.evaluate")), values).all()
            accounts = [AccountRow(*row) for row in rows]
            found |= {account.id if name == "id" else account.external_id: account for account in accounts}
    return found


def _account_of(ask: Asked, found: Mapping[int | str, AccountRow]) -> AccountRow | None:
    question = ask[0]
    key = question.account_id if question.account_id is not None else question.account_external_id
    return found.get(key) if key is not None else None


ConsentKey = tuple[Purpose, Channel]


def _consents(
    asked: Sequence[Asked], accounts: Sequence[AccountRow | None], facts: Mapping[int, AccountFacts]
) -> dict[ConsentKey, dict[int, ConsentFact]]:
    contacts: dict[ConsentKey, set[int]] = defaultdict(set)
    for (question, _), account in zip(asked, accounts, strict=True):
        if account is not None:
            people = facts[account.id].people
            contacts[question.purpose, question.channel].update(person.buyer.contact_id for person in people)
    return {key: consent_states(ids, *key) for key, ids in contacts.items()}


def _decide(
    ask: Asked,
    account: AccountRow | None,
    facts: Mapping[int, AccountFacts],
    consents: Mapping[ConsentKey, Mapping[int, ConsentFact]],
    now: datetime,
    limits: Limits,
) -> Finding | NotFound:
    if account is None:
        return NotFound()
    question, viewer = ask
    here, known = facts[account.id], consents[question.purpose, question.channel]
    try:
        approaching = Approaching(question.channel, question.initiation, viewer.user_id, now)
        moment = evaluation.find_moment(here, question.contact_external_id, known, approaching, limits)
    except NotFound as error:
        return error
    return evaluation.decide(question, here, moment, now, limits, asker=viewer.user_id)


def _store(
    asked: Sequence[Asked], findings: Sequence[Finding | NotFound], now: datetime, limits: Limits
) -> list[Decision | DomainError]:
    next_id = _reserve_ids(sum(isinstance(finding, Finding) for finding in findings), version_of(limits))
    secret = current_app.config["SECRET_KEY"]
    answers: list[Decision | DomainError] = []
    rows = []
    for (question, viewer), finding in zip(asked, findings, strict=True):
        if isinstance(finding, DomainError):
            answers.append(finding)
            continue
        row = _row(next(next_id), question, viewer, finding, now, version_of(limits))
        row["seal"] = seal(row, secret)
        row["marks_seal"] = seal_of_marks(row, secret)
        rows.append(row)
        answers.append(Decision(row, finding))
    _INSERT.each(db.session.connection(), rows)
    _audit_requests(rows)
    return answers


_stored = sa.exists().where(GatePolicy.version == sa.bindparam("version"))
_LAST_ID = Prepared(
    sa.select(
        sa.select(sa.func.coalesce(sa.func.max(_decisions.c.id), 0)).scalar_subquery().label("last"), _stored.label("stored")
    )
)
_NEXT_IDS = sa.select(sa.func.nextval(sa.text("'gate_decision_id_seq'")), _stored).select_from(
    sa.func.generate_series(1, sa.bindparam("count"))
)


def _reserve_ids(count: int, version: str) -> Iterator[int]:
    """Ids for `count` new decisions: the seal covers the id, so it must be known before the row is written."""
    if not count:
        return iter(())
    if db.engine.dialect.name == "postgresql":
        rows = db.session.execute(_NEXT_IDS, {"count": count, "version": version}).all()
        ids, stored = iter([row[0] for row in rows]), rows[0][1]
    else:  # inside BEGIN IMMEDIATE nobody else can take them
        ((last, stored),) = _LAST_ID.rows(db.session.connection(), {"version": version})
        ids = iter(range(last + 1, last + 1 + count))
    if not stored:
        ensure_policy()
    return ids


def _row(id_: int, question: Question, viewer: Viewer, finding: Finding, now: datetime, version: str) -> dict[str, Any]:
    verdict, moment = finding.verdict, finding.moment
    return {
        "id": id_,
        "account_id": finding.facts.account.id,
        "contact_id": moment.person.buyer.contact_id if moment else None,
        "purpose": question.purpose.value,
        "channel": question.channel.value,
        "initiation": question.initiation.value,
        "intent": question.intent.value,
        "product_code": question.product_code,
        "inputs": {name: value.value for name, value in finding.inputs._asdict().items()},
        "evidence": finding.evidence,
        "outcome": verdict.outcome.value,
        "play": verdict.play.value,
        "reasons": list(verdict.reasons),
        "rows_hit": list(verdict.rows),
        "policy_version": version,
        "requested_by": viewer.actor,
        "decided_at": now,
        "expires_at": finding.expires_at,
        "next_review_at": finding.next_review_at,
    }


def _audit_requests(rows: Sequence[Mapping[str, Any]]) -> None:
    """ "The customer asked for it" is the loophole of the tables: each use is on record."""
    for row in rows:
        if row["initiation"] == Initiation.REQUESTED:
            details = {name: row[name] for name in ("account_id", "contact_id", "product_code", "outcome")}
            audit.record(row["requested_by"], "gate.requested_by_customer", "gate_decision", row["id"], **details)
