"""What people do with issues besides moving them on: open, assign, promise, talk to the customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.contracts import contract_account
from feedback.accounts.models import AccountContact, Interaction
from feedback.accounts.queries import access_account
from feedback.audit.service import record
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.answering import mark_spoken
from feedback.issues.events import FixTalkedOf, IssuesChanged
from feedback.issues.harm import Harm, harm_columns
from feedback.issues.history import note
from feedback.issues.models import Commitment, Issue, IssueEvent, IssueVoice
from feedback.issues.opening import Draft, open_drafts, write_news
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import (
    CLOSED_STATES,
    IssueSource,
    IssueState,
    Severity,
)
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.kernel.events import publish
from feedback.kernel.wall_clock import FARTHEST
from feedback.web.numerals import day_and_time

TALKING = frozenset({IssueState.CONTACTED, IssueState.DIAGNOSED, IssueState.IN_FIX, IssueState.FIXED, IssueState.VERIFIED})


@dataclass(frozen=True)
class NewIssue:
    """What somebody of the staff knows about a problem that no answer told us of."""

    account_id: int
    severity: Severity = Severity.MINOR
    title: str | None = None
    contact_id: int | None = None
    defect: str | None = None
    category: str | None = None
    contract_id: int | None = None
    harm: Harm | None = None


def open_issue(new: NewIssue, *, viewer: Viewer) -> Issue:
    """Open an issue by hand; it is routed like any other.

    Raises:
        NotFound: the account is not there or not the viewer's.
        InvalidInput: the contact or the defect does not exist.
    """
    account = access_account(new.account_id, viewer=viewer, permission="issue.open")
    defect = find_defect(new.defect)
    check_contact(account.id, new.contact_id)
    check_contract(account.id, new.contract_id)
    severity, harmed = harm_columns(new.harm, new.severity)
    draft = Draft(
        account=account,
        source=IssueSource.STAFF,
        severity=severity,
        cause_key=None,
        category=new.category or (defect.category if defect else None),
        title=new.title,
        defect_id=defect.id if defect else None,
        contact_id=new.contact_id,
        columns={"contract_id": new.contract_id, **harmed},
        noted={"title": new.title},
        actor=viewer.actor,
        actor_id=viewer.user_id,
    )
    opened = open_drafts([draft], clock.now())
    issue = db.session.get_one(Issue, opened.ids[0])
    if new.contact_id is not None:
        voice = IssueVoice(issue_id=issue.id, contact_id=new.contact_id, cause=IssueSource.STAFF, created_at=clock.now())
        db.session.add(voice)
        db.session.flush()
    write_news(opened)
    record(viewer.actor, "issue.opened", "issue", issue.id, severity=severity, title=new.title)
    publish(IssuesChanged(frozenset({account.id}), "opened"))
    return issue


def find_defect(code: str | None) -> Defect | None:
    """The defect of the catalogue with this code.

    Raises:
        InvalidInput: there is none.
    """
    if code is None:
        return None
    defect = db.session.scalar(sa.select(Defect).where(Defect.code == code))
    if defect is None:
        raise InvalidInput({"defect": [f"There is no defect {code!r}."]})
    return defect


def check_contract(account_id: int, contract_id: int | None) -> None:
    """A contract must be one of the account.

    Raises:
        InvalidInput: it is not.
    """
    if contract_id is not None and contract_account(contract_id) != account_id:
        raise InvalidInput({"contract_id": [_("This contract is not one of the account.")]})


def check_contact(account_id: int, contact_id: int | None) -> None:
    """Somebody who is named must have, or have had, a role at the account.

    Raises:
        InvalidInput: not so.
    """
    if contact_id is not None and db.session.get(AccountContact, (account_id, contact_id)) is None:
        raise InvalidInput({"contact_id": ["This contact has no role at the account."]})


def place_issue(issue_id: int, contract_id: int | None, *, viewer: Viewer) -> Issue:
    """Say which contract an issue is about, so that it counts for its renewal and its site.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: the contract is not one of the account.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.open")
    check_contract(issue.account_id, contract_id)
    if issue.contract_id != contract_id:
        issue.contract_id = contract_id
        db.session.flush()
        note(issue.id, "contract", viewer, contract_id=contract_id)
    return issue


BY_HAND = frozenset({IssueSource.STAFF, IssueSource.COMPLAINT})
WRITTEN_LATER = timedelta(days=7)  # what somebody writes down by hand was often said in a talk of the days before


@dataclass(frozen=True)
class Talk:
    """One contact with the customer."""

    summary: str
    channel: str = "phone"
    direction: str = "out"
    contact_id: int | None = None
    occurred_at: datetime | None = None


def record_interaction(issue_id: int, talk: Talk, *, viewer: Viewer) -> Issue:
    """Write down a contact with the customer about an issue; from the first contact on it counts as an update.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: it is said to lie in the future or before the problem, or with somebody who has no role at the account.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    check_contact(issue.account_id, talk.contact_id)
    wrong = moment_errors(issue, talk)
    if wrong:
        raise InvalidInput({"occurred_at": wrong})
    written = write_talk(issue, talk, viewer)
    if issue.state in TALKING and talk.direction == "out":
        reset_update_clock(issue)
    db.session.flush()
    note(issue.id, "interaction", viewer, channel=talk.channel, direction=talk.direction, interaction_id=written.id)
    if issue.state is IssueState.FIXED:
        publish(FixTalkedOf(issue.id))
    return issue


def moment_errors(issue: Issue, talk: Talk) -> list[str]:
    """What speaks against the moment of a talk: what we said before the customer spoke up (again) is no answer to it."""
    at = talk.occurred_at
    if at is None:
        return []
    if at > clock.now():
        return [_("This lies in the future; record a contact when it has happened.")]
    since = _spoke_up_at(issue)
    if talk.direction == "out" and at < since:
        return [
            _("This was before the customer told us on %(day)s; log when you reached them about it.", day=day_and_time(since))
        ]
    return []


def _spoke_up_at(issue: Issue) -> datetime:
    again = sa.select(sa.func.max(IssueEvent.occurred_at, type_=IssueEvent.occurred_at.type))
    found = again.where(IssueEvent.issue_id == issue.id, IssueEvent.kind == "reopened") if issue.reopen_count else None
    opened = issue.opened_at - WRITTEN_LATER if issue.source in BY_HAND else issue.opened_at
    return (db.session.scalar(found) if found is not None else None) or opened


def write_talk(issue: Issue, talk: Talk, viewer: Viewer) -> Interaction:
    """Put a contact into the customer's record, tied to the issue."""
    now = clock.now()
    written = Interaction(
        account_id=issue.account_id,
        contact_id=talk.contact_id or issue.contact_id,
        issue_id=issue.id,
        user_id=viewer.user_id,
        channel=talk.channel,
        direction=talk.direction,
        summary=talk.summary,
        occurred_at=talk.occurred_at or now,
        created_at=now,
    )
    db.session.add(written)
    db.session.flush()
    mark_spoken(written)
    return written


def reset_update_clock(issue: Issue) -> None:
    """The customer knows where it stands: the next update is due a full period from now."""
    note(issue.id, "clock_restarted", None)


def add_commitment(issue_id: int, *, text: str, due_at: datetime, viewer: Viewer) -> Commitment:
    """Write down what we promised the customer.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: it was due in the past.
        RuleViolation: the issue is closed.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.state in CLOSED_STATES:
        raise RuleViolation(_("Issue %(number)s is closed; open a new one for a new promise.", number=issue.number))
    check_in_future("due_at", due_at)
    return write_commitment(issue, text, due_at, viewer)


def write_commitment(issue: Issue, text: str, due_at: datetime, viewer: Viewer) -> Commitment:
    """Store a promise and its line in the history."""
    made = Commitment(issue_id=issue.id, text=text, due_at=due_at, made_by_id=viewer.user_id, created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    note(issue.id, "commitment", viewer, commitment_id=made.id, due_at=due_at.isoformat())
    return made


def keep_commitment(issue_id: int, commitment_id: int, *, viewer: Viewer) -> Commitment:
    """A promise was kept; doing it twice has no second effect.

    Raises:
        NotFound: the issue or the promise is not there or not the viewer's.
        RuleViolation: the customer was told that it is not kept, or agreed to do without it.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    made = db.session.get(Commitment, commitment_id)
    if made is None or made.issue_id != issue.id:
        raise NotFound
    if made.kept_at is None and not made.is_open:
        raise RuleViolation(_("This promise has ended already; it cannot be kept any more."))
    if made.kept_at is None:
        made.kept_at = clock.now()
        db.session.flush()
        note(issue.id, "commitment_kept", viewer, commitment_id=made.id, in_time=made.kept_at <= made.due_at)
    return made


def check_in_future(field: str, at: datetime) -> None:
    """A date that we promise must lie ahead, and in a time that somebody here lives to see.

    Raises:
        InvalidInput: it does not.
    """
    if at <= clock.now():
        raise InvalidInput({field: [_("This lies in the past; promise a time that can still be kept.")]})
    if at > clock.now() + FARTHEST:
        raise InvalidInput({field: [_("This lies more than ten years ahead: check the year.")]})
