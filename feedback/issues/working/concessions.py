"""Concessions: what we give a customer for a problem, asked for by one and approved by another. Call inside `transaction()`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.scope import issue_scope
from feedback.issues.queries.single import access_issue
from feedback.issues.working.deciding import deciders_of, may_decide
from feedback.issues.working.models import Concession
from feedback.issues.working.naming import account_name
from feedback.issues.working.rules import ConcessionState
from feedback.kernel import clock
from feedback.kernel.currencies import is_known_currency
from feedback.kernel.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.staffing.queries import with_deputies

ASK, APPROVE, READ = "concession.request", "concession.approve", "concession.read"
MOST = 1e9


def request_concession(issue_id: int, *, amount: float, reason: str, viewer: Viewer, currency: str | None = None) -> Concession:
    """Ask for something for a customer. Nothing is given before somebody else approves it, who is told.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: no amount, no currency or no reason.
        Forbidden: a token asks; somebody has to answer for it.
    """
    issue = access_issue(issue_id, viewer=viewer, permission=ASK)
    if viewer.user_id is None:
        raise Forbidden(_("A concession is asked for by a person, who answers for it."))
    code = (currency or current_exchange().currency).strip().upper()
    _check(amount, code, reason)
    made = Concession(
        issue_id=issue.id,
        amount=round(amount, 2),
        currency=code,
        reason=reason.strip(),
        state=ConcessionState.REQUESTED,
        requested_by_id=viewer.user_id,
        requested_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    note(issue.id, "concession_requested", viewer, concession_id=made.id, amount=made.amount, currency=code)
    _tell(issue, deciders_of(issue, viewer.user_id), made, "concession_requested", viewer)
    return made


def _check(amount: float, currency: str, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if not 0 < amount <= MOST or round(amount, 2) <= 0:
        errors["amount"] = [_("Write an amount above 0.")]
    if not is_known_currency(currency):
        errors["currency"] = [_("There is no currency %(code)s: write its three letters, such as EUR.", code=currency or "?")]
    if not reason.strip():
        errors["reason"] = [_("Say why the customer should get it.")]
    if errors:
        raise InvalidInput(errors)


def decide_concession(concession_id: int, *, approve: bool, words: str, viewer: Viewer) -> Concession:
    """Approve or decline what somebody else asked for.

    Raises:
        NotFound: it is not there or not the viewer's to see.
        Forbidden: the viewer asked for it, or may not approve for this team.
        RuleViolation: it was decided already.
        InvalidInput: a refusal says no reason.
    """
    made, issue = _lock(concession_id, viewer)
    if viewer.user_id is None or viewer.user_id == made.requested_by_id:
        raise Forbidden(_("Nobody approves what they asked for themselves."))
    if not may_decide(viewer, issue, APPROVE):
        raise Forbidden(_("You may not approve concessions of this team."))
    _check_open(made)
    said = words.strip()
    if not approve and not said:
        raise InvalidInput({"note": [_("Say why not, so that the customer can be told.")]})
    made.state = ConcessionState.APPROVED if approve else ConcessionState.DECLINED
    made.decided_by_id, made.decided_at, made.decision = viewer.user_id, clock.now(), said or None
    db.session.flush()
    kind = "concession_approved" if approve else "concession_declined"
    told = {"note": said} if said else {}
    note(issue.id, kind, viewer, concession_id=made.id, amount=made.amount, currency=made.currency, **told)
    _tell(issue, [made.requested_by_id, *with_deputies([issue.owner_id])], made, kind, viewer)
    return made


def withdraw_concession(concession_id: int, *, viewer: Viewer) -> Concession:
    """Take back what one asked for.

    Raises:
        NotFound: it is not there or not the viewer's.
        RuleViolation: somebody else asked for it, or it was decided already.
    """
    made, issue = _lock(concession_id, viewer)
    if viewer.user_id != made.requested_by_id:
        raise RuleViolation(_("Only who asked for it takes it back."))
    _check_open(made)
    made.state, made.decided_at = ConcessionState.WITHDRAWN, clock.now()
    db.session.flush()
    note(issue.id, "concession_withdrawn", viewer, concession_id=made.id)
    return made


def _lock(concession_id: int, viewer: Viewer) -> tuple[Concession, Issue]:
    query = (
        sa.select(Concession, Issue)
        .join(Issue, Issue.id == Concession.issue_id)
        .where(Concession.id == concession_id, issue_scope(viewer, READ))
        .with_for_update(of=Concession)
    )
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _check_open(made: Concession) -> None:
    if made.state is not ConcessionState.REQUESTED:
        raise RuleViolation(_("This was decided already, by somebody else or in another window."))


def _tell(issue: Issue, people: Sequence[int | None], made: Concession, kind: str, viewer: Viewer) -> None:
    params: dict[str, Any] = {"number": issue.number, "account": account_name(issue), "by": viewer.name}
    params |= {"amount": made.amount, "currency": made.currency, "note": made.decision or made.reason}
    others = [one for one in people if one != viewer.user_id]
    link = "/app/concessions" if kind == "concession_requested" else news.issue_link(issue.id)
    lines = [news.notice(f"{kind}:{made.id}", one, kind, link, **params) for one in dict.fromkeys(others) if one is not None]
    news.send(lines)


@dataclass(frozen=True)
class ConcessionLine:
    """A concession with its issue and the people; `decidable`: by whoever reads."""

    id: int
    issue_id: int
    number: int
    account_id: int
    account: str
    amount: float
    currency: str
    reason: str
    state: ConcessionState
    requested_by_id: int
    requested_by: str
    requested_at: Any
    decided_by: str | None
    decided_at: Any
    decision: str | None
    decidable: bool


def list_concessions(
    viewer: Viewer,
    *,
    state: ConcessionState | None = None,
    issue_id: int | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ConcessionLine]:
    """Concessions in the viewer's scope, the newest first."""
    asker, decider = aliased(User), aliased(User)
    query = (
        sa.select(Concession, Issue, Account.name, asker.name, decider.name)
        .join(Issue, Issue.id == Concession.issue_id)
        .join(Account, Account.id == Issue.account_id)
        .join(asker, asker.id == Concession.requested_by_id)
        .outerjoin(decider, decider.id == Concession.decided_by_id)
        .where(issue_scope(viewer, READ))
        .order_by(Concession.id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(Concession.state == state)
    if issue_id is not None:
        query = query.where(Concession.issue_id == issue_id)
    if cursor is not None:
        query = query.where(Concession.id < decode_numbers(cursor, size=1)[0])
    found: Any = db.session.execute(query)
    lines = [_line(viewer, *row) for row in found]
    return Page(lines[:limit], encode_cursor(lines[limit - 1].id) if len(lines) > limit else None)


def _line(viewer: Viewer, made: Concession, issue: Issue, account: str, asker: str, decider: str | None) -> ConcessionLine:
    waits = made.state is ConcessionState.REQUESTED and viewer.user_id not in (None, made.requested_by_id)
    plain = ("id", "amount", "currency", "reason", "state", "requested_by_id", "requested_at", "decided_at", "decision")
    return ConcessionLine(
        **{name: getattr(made, name) for name in plain},
        issue_id=issue.id,
        number=issue.number,
        account_id=issue.account_id,
        account=account,
        requested_by=asker,
        decided_by=decider,
        decidable=waits and may_decide(viewer, issue, APPROVE),
    )


def count_to_decide(viewer: Viewer) -> int:
    """How many wait for the viewer's word."""
    if scope_of(viewer, APPROVE) is Scope.NONE or viewer.user_id is None:
        return 0
    query = (
        sa.select(sa.func.count())
        .select_from(Concession)
        .join(Issue, Issue.id == Concession.issue_id)
        .where(
            Concession.state == ConcessionState.REQUESTED,
            Concession.requested_by_id != viewer.user_id,
            issue_scope(viewer, APPROVE),
        )
    )
    return db.session.scalar(query) or 0
