"""Two issues that are one problem become one; a voice that means something else gets an issue of its own."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Interaction
from feedback.extensions import db
from feedback.issues import clockwork, news
from feedback.issues.answering import get_voice
from feedback.issues.events import IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Commitment, Issue, IssueVoice
from feedback.issues.opening import Draft, open_drafts, write_news
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import RUNNING, WORK_ITEMS, IssueState
from feedback.issues.service import find_defect
from feedback.issues.severity import raise_severity
from feedback.issues.working.models import Concession, ProgressMail
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.events import publish
from feedback.staffing.queries import with_deputies

DONE = frozenset({IssueState.FIXED, IssueState.VERIFIED})
WORK = "issue.work"


def merge_issues(kept_id: int, other_id: int, *, viewer: Viewer) -> Issue:
    """Move everybody and everything of the other issue into this one, and close the other; answers the one that is kept.

    Whoever speaks of the other problem again joins the one that is kept. Doing it twice has no second effect.

    Raises:
        NotFound: one of them is not there or not the viewer's.
        InvalidInput: it is the same issue.
        RuleViolation: they cannot be one.
    """
    if kept_id == other_id:
        raise InvalidInput({"issue_id": [_("Choose another issue: this one is the one that stays.")]})
    # in one order, so that two people who merge the same two never wait for each other in a circle
    locked = {issue_id: lock_issue(issue_id, viewer=viewer, permission=WORK) for issue_id in sorted((kept_id, other_id))}
    kept, other = locked[kept_id], locked[other_id]
    if other.merged_into_id == kept.id:
        return kept
    _check(kept, other)
    handed = clockwork.running_of(other)
    _move(kept, other)
    if other.harms_customers and not kept.harms_customers:
        for name in ("harms_customers", "harmed_count", "harm_note"):
            setattr(kept, name, getattr(other, name))
    raise_severity(kept, other.severity)
    other.state, other.closed_at, other.next_due_at = IssueState.CLOSED, clock.now(), None
    other.merged_into_id, other.queued_at = kept.id, None
    # what had been merged into the other one before follows it
    db.session.execute(sa.update(Issue).where(Issue.merged_into_id == other.id).values(merged_into_id=kept.id))
    db.session.flush()
    goes_on = [name for name in handed["clocks"] if name in RUNNING[kept.state]]
    note(other.id, "merged_into", viewer, kept=kept.id, number=kept.number, handed=goes_on)
    note(kept.id, "merged", viewer, other=other.id, number=other.number, **handed)
    _tell(kept, other, viewer)
    publish(IssuesChanged(frozenset({kept.account_id}), "merged"))
    return kept


def _check(kept: Issue, other: Issue) -> None:
    if kept.account_id != other.account_id:
        raise RuleViolation(_("They are issues of two customers; each customer is answered on their own."))
    if kept.closed_at is not None or other.closed_at is not None:
        raise RuleViolation(_("One of them is closed. Only open issues can become one."))
    if (kept.source in WORK_ITEMS) != (other.source in WORK_ITEMS):
        raise RuleViolation(_("One of them is a problem, the other a reminder to get in touch; they cannot be one."))
    if kept.state in DONE and other.state not in DONE:
        text = _("Issue %(kept)s counts as fixed, issue %(other)s does not. Merge the other way round.", **_numbers(kept, other))
        raise RuleViolation(text)


def _numbers(kept: Issue, other: Issue) -> dict[str, int]:
    return {"kept": kept.number, "other": other.number}


def _move(kept: Issue, other: Issue) -> None:
    for model in (IssueVoice, Commitment, Interaction, Concession, ProgressMail):
        moved = sa.update(model).where(model.issue_id == other.id).values(issue_id=kept.id)
        db.session.execute(moved.execution_options(synchronize_session=False))
    db.session.expire_all()


def _tell(kept: Issue, other: Issue, viewer: Viewer) -> None:
    people = [person for person in with_deputies([kept.owner_id, other.owner_id]) if person != viewer.user_id]
    account = db.session.scalar(sa.select(Account.name).where(Account.id == kept.account_id))
    params = {"number": other.number, "kept": kept.number, "account": account}
    news.send(news.to_each(people, f"issue-merged:{other.id}:{kept.id}", "issue_merged", kept.id, **params))


@dataclass(frozen=True)
class Split:
    """What the voice's own issue is about; without anything it is about the same."""

    defect: str | None = None
    title: str | None = None


def split_voice(issue_id: int, voice_id: int, split: Split, *, viewer: Viewer) -> Issue:
    """Give a voice an issue of its own, as grave as the one it leaves; answers the new issue.

    Raises:
        NotFound: the issue or the voice is not there or not the viewer's.
        InvalidInput: there is no such defect.
        RuleViolation: the issue is closed, or it is the only voice.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission=WORK)
    voice = get_voice(issue, voice_id)
    if issue.closed_at is not None:
        raise RuleViolation(_("Issue %(number)s is closed; open a new one instead.", number=issue.number))
    others = db.session.scalars(sa.select(IssueVoice).where(IssueVoice.issue_id == issue.id, IssueVoice.id != voice.id)).all()
    if not others:
        raise RuleViolation(_("It is the only voice in this issue: change what the issue is about instead."))
    defect = find_defect(split.defect)
    opened = open_drafts([_draft(issue, voice, split, defect.id if defect else None, viewer)], clock.now())
    new = db.session.get_one(Issue, opened.ids[0])
    voice.issue_id = new.id
    if issue.contact_id == voice.contact_id:
        issue.contact_id = next((other.contact_id for other in others if other.contact_id is not None), issue.contact_id)
    db.session.flush()
    write_news(opened)
    note(issue.id, "voice_taken_out", viewer, voice_id=voice.id, other=new.id, number=new.number)
    publish(IssuesChanged(frozenset({issue.account_id}), "split"))
    return new


def _draft(issue: Issue, voice: IssueVoice, split: Split, defect_id: int | None, viewer: Viewer) -> Draft:
    same = split.defect is None
    return Draft(
        account=db.session.get_one(Account, issue.account_id),
        source=voice.cause,
        severity=issue.severity,
        cause_key=None,  # somebody decided that it is another problem: nothing may pull it back
        why=voice.why,
        defect_id=issue.defect_id if same else defect_id,
        category=issue.category,
        title=split.title or issue.title,
        contact_id=voice.contact_id,
        columns={"contract_id": issue.contract_id},
        noted={"from_number": issue.number},
        actor=viewer.actor,
        actor_id=viewer.user_id,
    )
