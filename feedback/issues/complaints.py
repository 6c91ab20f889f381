"""Complaints: written down by one of us, or handed in by another system, each once."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact
from feedback.accounts.queries import access_account
from feedback.accounts.rules import ContactRole
from feedback.audit.service import record
from feedback.defects import locks
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import IssuesChanged
from feedback.issues.harm import Harm, harm_columns
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.opening import Draft, open_drafts, reopened_columns, write_news
from feedback.issues.queries.joinable import find_joinable
from feedback.issues.rules import IssueSource, Severity, is_reopened_by
from feedback.issues.service import check_contact, check_contract, find_defect
from feedback.issues.severity import raise_severity
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.kernel.events import publish
from feedback.staffing.queries import deputies_of

TITLE = 80  # characters of a complaint that name it where nobody gave it a name


@dataclass(frozen=True)
class Complaint:
    """What a customer complained about. `external_id` in `external_system` makes handing it in again harmless.

    Without a severity it is as grave as a low score of the same person would be.
    """

    account_id: int
    text: str
    contact_id: int | None = None
    title: str | None = None
    defect: str | None = None
    category: str | None = None
    severity: Severity | None = None
    contract_id: int | None = None
    harm: Harm | None = None
    external_system: str | None = None
    external_id: str | None = None

    @property
    def digest(self) -> str:
        """Tells the same complaint handed in again from another one under its name."""
        severity = self.severity or Severity.MINOR  # what complaints without one were kept with
        said = [self.account_id, self.contact_id, self.text, self.title, self.defect, self.category, severity]
        return hashlib.sha256(json.dumps(said).encode(errors="replace")).hexdigest()


@dataclass(frozen=True)
class Entered:
    """The issue of a complaint, and whether the complaint was new."""

    issue: Issue
    created: bool


def enter_complaint(said: Complaint, *, viewer: Viewer) -> Entered:
    """Take a complaint: it joins the open issue of the account and defect, or opens one. Call inside `transaction()`.

    Raises:
        NotFound: the account is not there or not the viewer's.
        InvalidInput: the contact, defect or contract does not exist there.
        Conflict: another complaint has this name already.
    """
    account = access_account(said.account_id, viewer=viewer, permission="issue.open")
    locks.hold(db.session(), locks.ACCEPTOR)  # two of one name, or of one problem, come one after the other
    known = _find_known(said)
    if known is not None:
        return Entered(known, created=False)
    check_contact(account.id, said.contact_id)
    check_contract(account.id, said.contract_id)
    defect = find_defect(said.defect)
    defect_id = defect.id if defect else None
    joined = find_joinable(account.id, defect_id) if defect_id is not None else None
    why = _why(said, viewer)
    issue = _join(joined, said, account, viewer) if joined is not None else _open(said, account, defect, why, viewer)
    voice = IssueVoice(
        issue_id=issue.id,
        contact_id=said.contact_id,
        cause=IssueSource.COMPLAINT,
        why={IssueSource.COMPLAINT.value: why},
        said=said.text,
        external_system=said.external_system if said.external_id else None,
        external_id=said.external_id,
        content_digest=said.digest,
        created_at=clock.now(),
    )
    db.session.add(voice)
    db.session.flush()
    record(viewer.actor, "issue.complaint", "issue", issue.id, severity=issue.severity, joined=joined is not None)
    publish(IssuesChanged(frozenset({account.id}), "complaint"))
    return Entered(issue, created=True)


def _find_known(said: Complaint) -> Issue | None:
    if said.external_id is None:
        return None
    query = sa.select(IssueVoice.issue_id, IssueVoice.content_digest).where(
        IssueVoice.external_system == said.external_system, IssueVoice.external_id == said.external_id
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    if found.content_digest != said.digest:
        raise Conflict(f"Another complaint of {said.external_system} has the id '{said.external_id}' already.")
    return db.session.get_one(Issue, found.issue_id)


def _why(said: Complaint, viewer: Viewer) -> dict[str, Any]:
    if said.external_id is not None:
        return {"system": said.external_system}
    name = db.session.scalar(sa.select(User.name).where(User.id == viewer.user_id)) if viewer.user_id else None
    return {"by": name} if name else {}


def _open(said: Complaint, account: Account, defect: Any, why: dict[str, Any], viewer: Viewer) -> Issue:
    severity, harmed = harm_columns(said.harm, _severity(said))
    draft = Draft(
        account=account,
        source=IssueSource.COMPLAINT,
        severity=severity,
        # about a named problem whoever says the same joins it; without one only people can tell whether it is the same
        cause_key="" if defect else None,
        why={IssueSource.COMPLAINT.value: why},
        defect_id=defect.id if defect else None,
        category=said.category or (defect.category if defect else None),
        title=said.title or _shortened(said.text),
        contact_id=said.contact_id,
        columns={"contract_id": said.contract_id, **harmed},
        noted={"title": said.title or _shortened(said.text)},
        actor=viewer.actor,
        actor_id=viewer.user_id,
    )
    opened = open_drafts([draft], clock.now())
    write_news(opened)
    return db.session.get_one(Issue, opened.ids[0])


def _severity(said: Complaint) -> Severity:
    if said.severity is not None:
        return said.severity
    role = db.session.get(AccountContact, (said.account_id, said.contact_id)) if said.contact_id is not None else None
    decides = role is not None and role.role is ContactRole.DECISION_MAKER
    return Severity.MAJOR if decides and current_app.extensions["closedloop_settings"].decision_maker_major else Severity.MINOR


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE else line[: TITLE - 1].rstrip() + "…"


def _join(issue: Issue, said: Complaint, account: Account, viewer: Viewer) -> Issue:
    """A further voice: it can make the issue graver, and after the fix it takes it back to its owner."""
    severity, harmed = harm_columns(said.harm, _severity(said))
    graver = raise_severity(issue, severity)
    reopened = is_reopened_by(issue.state, fixed_at=issue.fixed_at, answered_at=clock.now())
    for name, value in harmed.items():
        setattr(issue, name, value)
    if issue.contract_id is None:
        issue.contract_id = said.contract_id
    if reopened:
        _reopen(issue)
    note(issue.id, "complaint_added", viewer, title=said.title or _shortened(said.text))
    key = said.external_id or clock.now().isoformat()
    away = deputies_of([issue.owner_id]).get(issue.owner_id or 0)
    deputy = away.deputy_id if away is not None else None
    news.send(news.issue_joined(issue, account, f"complaint:{key}", graver=graver, reopened=reopened, deputy=deputy))
    return issue


def _reopen(issue: Issue) -> None:
    was = issue.state
    for name, value in reopened_columns(issue.reopen_count, clock.now()).items():
        setattr(issue, name, value)
    db.session.flush()
    note(issue.id, "reopened", None, by="complaint", was=was)
