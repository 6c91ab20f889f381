"""What the page of an issue offers for the work on it: people, causes, who mends it, mails, concessions, and who waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import AccountContact, Contact
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.fixing import works_on_issues
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.issues.rules.mistakes import Against
from feedback.issues.verifying.readers import FixReader, list_fix_readers
from feedback.issues.working import advocacy
from feedback.issues.working.cause_tree import CauseLine, list_causes
from feedback.issues.working.concessions import ASK, ConcessionLine, list_concessions
from feedback.issues.working.deciding import deciders_of
from feedback.issues.working.diagnosed import diagnosis_of, own_words
from feedback.issues.working.mistake_lines import MistakeFilter, MistakeLine, list_mistakes
from feedback.issues.working.mistakes import CLAIM, reasons_against
from feedback.issues.working.models import ProgressMail, ProgressTemplate
from feedback.issues.working.progress import Reader, list_mails, list_readers
from feedback.issues.working.rules import states_ahead
from feedback.issues.working.templates import list_templates
from feedback.staffing.queries import StoodInFor, deputies_of


@dataclass(frozen=True)
class IssueWork:
    """Everything that forms of the page choose from, and what stands already."""

    people: Sequence[tuple[int, str]]  # at the account, who is there
    causes: Sequence[CauseLine]
    root_cause_id: int | None
    cause_path: str | None
    cause_words: str | None  # what was said of it, where its name does not say it
    whys: Sequence[str]
    fix_owner_id: int | None
    fix_owner: str | None
    staff: Sequence[tuple[int, str]]
    away: Mapping[int, StoodInFor]  # of them, and of who fixes it, those who are not there today
    readers: Sequence[Reader]
    fix_readers: Sequence[FixReader]  # while it may still be said what the fix was
    templates: Sequence[ProgressTemplate]
    mails: Sequence[ProgressMail]
    concessions: Sequence[ConcessionLine]
    may_ask: bool  # for a concession
    mistake: MistakeLine | None  # somebody's word that it was one, while it waits
    mistake_deciders: Sequence[str]  # whom it waits for
    against_mistake: Sequence[Against] | None  # None: whoever reads may not say so
    advocacy: advocacy.Standing | None  # None: whoever reads has no say


def _asks(state: IssueState) -> bool:
    """Whether those behind it are, or may yet be, asked about a fix."""
    return state is IssueState.FIXED or IssueState.FIXED in states_ahead(state)


def issue_work(viewer: Viewer, issue: Issue, *, work: bool) -> IssueWork:
    """For one issue that the viewer sees; what only whoever works on it needs is read only then."""
    known = diagnosis_of(issue)
    fixer = known["fix_owner"]
    staff = _staff() if work else []
    claim = _claim(viewer, issue)
    return IssueWork(
        people=_people(issue) if work else (),
        causes=list_causes() if work else (),
        root_cause_id=known["root_cause_id"],
        cause_path=known["path"],
        cause_words=own_words(issue, known["root_cause_id"]),
        whys=known["whys"],
        fix_owner_id=fixer["id"] if fixer else None,
        fix_owner=fixer["name"] if fixer else None,
        staff=staff,
        away=deputies_of([fixer["id"] if fixer else None, *(one for one, _name in staff)]),
        readers=list_readers(issue) if work else (),
        fix_readers=list_fix_readers(issue) if work and _asks(issue.state) else (),
        templates=list_templates() if work else (),
        mails=list_mails(issue.id),
        concessions=list_concessions(viewer, issue_id=issue.id).items if _reads_concessions(viewer) else (),
        may_ask=scope_of(viewer, ASK) is not Scope.NONE and viewer.user_id is not None and issue.source not in WORK_ITEMS,
        mistake=claim,
        mistake_deciders=_deciders(issue, claim),
        against_mistake=_against(viewer, issue),
        advocacy=_advocacy(viewer, issue),
    )


def _reads_concessions(viewer: Viewer) -> bool:
    return scope_of(viewer, "concession.read") is not Scope.NONE


def _claim(viewer: Viewer, issue: Issue) -> MistakeLine | None:
    found = list_mistakes(viewer, MistakeFilter(issue_id=issue.id, waiting=True), limit=1).items
    return found[0] if found else None


def _deciders(issue: Issue, claim: MistakeLine | None) -> list[str]:
    if claim is None:
        return []
    asked = deciders_of(issue, claim.claimed_by_id)
    return list(db.session.scalars(sa.select(User.name).where(User.id.in_(asked)).order_by(User.name)))


def _against(viewer: Viewer, issue: Issue) -> Sequence[Against] | None:
    if issue.closed_at is not None or viewer.user_id is None or scope_of(viewer, CLAIM) is Scope.NONE:
        return None
    return reasons_against(issue)


def _advocacy(viewer: Viewer, issue: Issue) -> advocacy.Standing | None:
    if issue.closed_at is not None or viewer.user_id is None or scope_of(viewer, advocacy.PERMISSION) is Scope.NONE:
        return None
    return advocacy.standing_of(issue, viewer)


def _people(issue: Issue) -> list[tuple[int, str]]:
    query = (
        sa.select(Contact.id, Contact.name, Contact.external_id)
        .join(AccountContact, AccountContact.contact_id == Contact.id)
        .where(AccountContact.account_id == issue.account_id, AccountContact.left_at.is_(None), Contact.erased_at.is_(None))
        .order_by(Contact.name, Contact.id)
    )
    found: Any = db.session.execute(query)
    return [(contact_id, name or external_id) for contact_id, name, external_id in found]


def _staff() -> list[tuple[int, str]]:
    found: Any = db.session.execute(sa.select(User.id, User.name).where(works_on_issues()).order_by(User.name, User.id))
    return [tuple(row) for row in found]
