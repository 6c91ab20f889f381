"""Has the situation at an account changed? What speaks for it, each with evidence and date (docs/reference/gate.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.gate.standing import Standing
from feedback.issues.models import Issue, IssueEvent, IssueVoice
from feedback.issues.queries.counting import counts_for_itself, was_a_problem
from feedback.issues.rules import CLOSED_STATES, IssueState, Severity
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.rules import SOLVED_FROM, Verdict
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import SPEAKS_FOR_RELATION

LOOK_BACK = timedelta(days=365)
STEADY, EARLIEST, COOL_DOWN = timedelta(days=30), timedelta(days=30), timedelta(days=60)
_BUYING = (ContactRole.DECISION_MAKER, ContactRole.INFLUENCER)


@dataclass(frozen=True)
class Evidence:
    """One fact: what (a code that the page turns into words), about whom or which issue, and when."""

    code: str
    name: str = ""
    at: datetime | None = None
    issue_id: int | None = None
    score: int | None = None
    disruption_id: int | None = None


@dataclass(frozen=True)
class Check:
    """One line of the list; `evidence` says why it is met, or what is missing."""

    name: str  # fixes_hold, confirmed, fresh_scores, cooled_down, undisrupted
    met: bool
    evidence: Sequence[Evidence]


def recovery_checklist(standing: Standing, now: datetime) -> list[Check]:
    """The list for one account; the caller has checked that the viewer may see it."""
    issues = _issues(standing.account_id, now)
    return [
        _fixes_hold(issues, now),
        _confirmed(standing.account_id, issues),
        _fresh_scores(standing, issues),
        _cooled_down(standing.account_id, now),
        _undisrupted(standing, now),
    ]


def _issues(account_id: int, now: datetime) -> Sequence[Issue]:
    """Those of the last year, and all that are not through, the gravest first."""
    counts = sa.or_(Issue.opened_at > now - LOOK_BACK, Issue.state.not_in((IssueState.CLOSED,)))
    query = sa.select(Issue).where(Issue.account_id == account_id, counts, counts_for_itself())
    return db.session.scalars(query.order_by(Issue.opened_at.desc(), Issue.id.desc())).all()


def _fixes_hold(issues: Sequence[Issue], now: datetime) -> Check:
    """Every serious issue is verified, and none was opened again in the last 30 days."""
    serious = [issue for issue in issues if issue.severity is not Severity.MINOR or issue.state is IssueState.CLOSED_UNVERIFIED]
    missing = [_open(issue) for issue in serious if issue.verified_at is None]
    reopened = (IssueEvent.kind == "reopened", IssueEvent.occurred_at > now - STEADY)
    query = sa.select(IssueEvent.issue_id, sa.func.max(IssueEvent.occurred_at, type_=IssueEvent.occurred_at.type))
    numbers = {issue.id: issue.number for issue in serious}
    for issue_id, at in db.session.execute(
        query.where(IssueEvent.issue_id.in_(list(numbers)), *reopened).group_by(IssueEvent.issue_id)
    ):
        missing.append(Evidence("opened_again", f"#{numbers[issue_id]}", at, issue_id))
    held = [Evidence("verified", f"#{issue.number}", issue.verified_at, issue.id) for issue in serious if issue.verified_at]
    return Check("fixes_hold", not missing, missing or held)


def _open(issue: Issue) -> Evidence:
    code = "closed_without_word" if issue.state in CLOSED_STATES else "fixed_not_verified" if issue.fixed_at else "not_fixed"
    return Evidence(code, f"#{issue.number}", issue.closed_at or issue.fixed_at or issue.opened_at, issue.id)


def _confirmed(account_id: int, issues: Sequence[Issue]) -> Check:
    """Everybody who complained and is still there has said yes to the present fix."""
    rounds = {issue.id: issue for issue in issues}
    member = sa.and_(AccountContact.account_id == account_id, AccountContact.contact_id == IssueVoice.contact_id)
    query = (
        sa.select(IssueVoice.issue_id, IssueVoice.contact_id, sa.func.coalesce(Contact.name, Contact.external_id))
        .join(Contact, Contact.id == IssueVoice.contact_id)
        .join(AccountContact, member)
        .where(IssueVoice.issue_id.in_(list(rounds)), AccountContact.left_at.is_(None))
        .distinct()
    )
    words = _yes(list(rounds))
    said: list[Evidence] = []
    missing: list[Evidence] = []
    for issue_id, contact_id, name in db.session.execute(query):
        at = words.get((issue_id, contact_id, rounds[issue_id].reopen_count))
        line = Evidence("said_yes" if at else "not_said", name, at, issue_id)
        (said if at else missing).append(line)
    return Check("confirmed", not missing, missing or said)


def _yes(issue_ids: list[int]) -> dict[tuple[int, int | None, int], datetime]:
    query = sa.select(Verification.issue_id, Verification.contact_id, Verification.round, Verification.answered_at).where(
        Verification.issue_id.in_(issue_ids), Verification.verdict == Verdict.YES
    )
    return {(issue_id, contact_id, round_): at for issue_id, contact_id, round_, at in db.session.execute(query) if at}


def _fresh_scores(standing: Standing, issues: Sequence[Issue]) -> Check:
    """Every buyer who complained as a detractor has answered 7 or better, at least 30 days after the fix; and A ≥ 0."""
    fixed = {issue.id: issue.fixed_at for issue in issues}
    query = (
        sa.select(IssueVoice.contact_id, IssueVoice.issue_id, sa.func.coalesce(Contact.name, Contact.external_id))
        .join(Response, Response.id == IssueVoice.response_id)
        .join(Contact, Contact.id == IssueVoice.contact_id)
        .join(
            AccountContact,
            sa.and_(AccountContact.account_id == standing.account_id, AccountContact.contact_id == IssueVoice.contact_id),
        )
        .where(
            IssueVoice.issue_id.in_(list(fixed)),
            Response.score < SOLVED_FROM,
            AccountContact.role.in_(_BUYING),
            AccountContact.left_at.is_(None),
        )
        .order_by(IssueVoice.id)
    )
    people: dict[int, tuple[str, datetime | None]] = {}
    rows: Any = db.session.execute(query)
    for contact_id, issue_id, name in rows:
        before = people.get(contact_id, (name, None))[1]
        at = fixed[issue_id]
        people[contact_id] = (name, max(before, at) if before and at else at or before)
    newest = _newest(standing.account_id, list(people))
    lines = [_score(name, at, newest.get(contact_id)) for contact_id, (name, at) in people.items()]
    missing = [line for line in lines if line.code != "good_score"]
    if standing.advocacy_index is not None and standing.advocacy_index < 0:
        missing.append(Evidence("index_below_zero"))
    return Check("fresh_scores", not missing, missing or lines)


def _newest(account_id: int, contact_ids: list[int]) -> dict[int, tuple[int, datetime]]:
    relation = sa.select(SurveyProgram.id).where(SurveyProgram.kind.in_(SPEAKS_FOR_RELATION))
    query = sa.select(Response.contact_id, Response.score, Response.responded_at).where(
        Response.account_id == account_id, Response.contact_id.in_(contact_ids), Response.survey_id.in_(relation)
    )
    rows = db.session.execute(query.order_by(Response.responded_at, Response.id))
    return {contact_id: (score, at) for contact_id, score, at in rows}


def _score(name: str, fixed_at: datetime | None, answer: tuple[int, datetime] | None) -> Evidence:
    if answer is None or fixed_at is None or answer[1] <= fixed_at:
        return Evidence("no_score", name, fixed_at + EARLIEST if fixed_at else None)
    score, at = answer
    if score < SOLVED_FROM:
        return Evidence("low_score", name, at, score=score)
    return Evidence("good_score" if at >= fixed_at + EARLIEST else "early_score", name, at, score=score)


def _cooled_down(account_id: int, now: datetime) -> Check:
    """No detractor's answer and no serious issue in the last 60 days."""
    since, found = now - COOL_DOWN, []
    answers: Any = sa.select(Response.score, Response.responded_at).where(
        Response.account_id == account_id, Response.score < SOLVED_FROM, Response.responded_at > since
    )
    last = db.session.execute(answers.order_by(Response.responded_at.desc()).limit(1)).one_or_none()
    if last is not None:
        found.append(Evidence("detractor_answer", at=last[1], score=last[0]))
    opened = sa.select(Issue.id, Issue.number, Issue.opened_at).where(
        Issue.account_id == account_id, Issue.severity != Severity.MINOR, Issue.opened_at > since, was_a_problem()
    )
    newest = db.session.execute(opened.order_by(Issue.opened_at.desc()).limit(1)).one_or_none()
    if newest is not None:
        found.append(Evidence("serious_issue", f"#{newest[1]}", newest[2], newest[0]))
    return Check("cooled_down", not found, found)


def _undisrupted(standing: Standing, now: datetime) -> Check:
    """No disruption of ours goes on at the account, and none ended without the customer being told."""
    holds = standing.facts.holds
    found = [Evidence("disrupted", hold.title, hold.starts_at, disruption_id=hold.id) for hold in holds if hold.is_active(now)]
    found += [Evidence("not_told", hold.title, hold.ends_at, disruption_id=hold.id) for hold in holds if hold.is_over(now)]
    return Check("undisrupted", not found, found)
