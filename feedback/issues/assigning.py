"""Giving issues to people by hand: one of them, or all that somebody leaves open. No rule changes that afterwards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.queries import get_viewer
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.single import lock_issue
from feedback.issues.queueing import AT_ONCE, give_out_waiting
from feedback.issues.rules import CLOSED_STATES, IssueState
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.staffing.models import Absence
from feedback.staffing.queries import access_absence, with_deputies


def assign_issue(issue_id: int, *, owner_id: int | None, viewer: Viewer, said: str | None = None) -> Issue:
    """Give an issue to somebody, or take it (without `owner_id`); `said` is what the next owner has to know.

    While that person works here, no rule and no sweep changes the owner. Who gets it and who had it are told.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: the person is not there, has left, or may not work on issues.
        RuleViolation: the issue is closed.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.state in CLOSED_STATES:
        raise RuleViolation(_("Issue %(number)s is closed; it needs no owner any more.", number=issue.number))
    owner = _owner(owner_id if owner_id is not None else viewer.user_id)
    waited, before = issue.queued_at is not None, issue.owner_id
    _assign(issue, owner, viewer, said)
    if waited or before != owner.user_id:
        _tell(issue, owner, None if waited else before, viewer, said)
    give_out_waiting(AT_ONCE)  # whoever had it may have room now
    return issue


def _owner(user_id: int | None) -> Viewer:
    if user_id is None:
        raise InvalidInput({"owner_id": [_("Say who gets the issue; a token cannot take it itself.")]})
    try:
        person = get_viewer(user_id)
    except NotFound:
        raise InvalidInput({"owner_id": [_("There is no such active person.")]}) from None
    if scope_of(person, "issue.work") is Scope.NONE:
        raise InvalidInput({"owner_id": [_("%(name)s may not work on issues.", name=person.name)]})
    return person


def _assign(issue: Issue, owner: Viewer, viewer: Viewer, said: str | None, *, stands_in: bool = False) -> None:
    before = issue.owner_id
    issue.owner_id, issue.assigned_manually, issue.queued_at = owner.user_id, True, None
    if not stands_in:  # who stands in works for the other one's team
        issue.team_id = owner.team_id
    if issue.state is IssueState.NEW:
        issue.state, issue.routed_at = IssueState.ROUTED, clock.now()
    db.session.flush()
    note(issue.id, "assigned", viewer, owner_id=owner.user_id, was=before, **({"note": said} if said else {}))


def _tell(issue: Issue, owner: Viewer, before: int | None, viewer: Viewer, said: str | None) -> None:
    account = db.session.scalar(sa.select(Account.name).where(Account.id == issue.account_id))
    params = {"number": issue.number, "account": account, "note": said or "", "by": viewer.name, "person": owner.name}
    cause, messages = f"issue-assigned:{issue.id}:{clock.now().isoformat()}", []
    told = {viewer.user_id}
    for people, kind in (([owner.user_id], "issue_assigned"), ([before], "issue_handed_over")):
        for person in with_deputies(people):
            if person not in told:
                messages += news.to_each([person], cause, kind, issue.id, **params, stands_in=person not in people)
                told.add(person)
    news.send(messages)


@dataclass(frozen=True)
class HandOver:
    """Which of an absent person's issues go to whom. Without `to` the deputy; without `issue_ids` all that are open."""

    to: int | None = None
    issue_ids: Collection[int] | None = None
    said: str | None = None


def open_issues_of(user_id: int) -> list[int]:
    """What somebody works on, the first due first."""
    mine = (Issue.owner_id == user_id, Issue.queue_due_at.is_not(None))
    return list(db.session.scalars(sa.select(Issue.id).where(*mine).order_by(Issue.queue_due_at, Issue.id)))


def hand_over(absence_id: int, wanted: HandOver, *, viewer: Viewer) -> Sequence[int]:
    """Give what an absent person has open to the deputy (or somebody else) in one step; answers the issues.

    Raises:
        NotFound: the absence is not there or not the viewer's.
        InvalidInput: there is nobody to get them, or an issue is not the absent person's.
    """
    absence = access_absence(absence_id, viewer=viewer, deputy=True)
    owner = _receiver(absence, wanted.to)
    mine = open_issues_of(absence.user_id)
    chosen = mine if wanted.issue_ids is None else list(wanted.issue_ids)
    strangers = sorted(set(chosen) - set(mine))
    if strangers:
        raise InvalidInput({"issue_ids": [_("Issue %(id)s is not open with this person.", id=other) for other in strangers]})
    query = sa.select(Issue).where(Issue.id.in_(chosen)).order_by(Issue.id).with_for_update()
    for issue in db.session.scalars(query.execution_options(populate_existing=True)):
        _assign(issue, owner, viewer, wanted.said, stands_in=owner.user_id == absence.deputy_id)
    if chosen:
        _tell_once(absence, owner, len(chosen), viewer, wanted.said)
    give_out_waiting(AT_ONCE)
    return chosen


def _tell_once(absence: Absence, owner: Viewer, count: int, viewer: Viewer, said: str | None) -> None:
    """Both hear of all of them in one line."""
    absent = db.session.get_one(User, absence.user_id)
    cause = f"handed-over:{absence.id}:{clock.now().isoformat()}"
    params = {"count": count, "note": said or "", "by": viewer.name}
    lines = []
    if owner.user_id is not None and owner.user_id != viewer.user_id:
        lines.append(news.notice(cause, owner.user_id, "issues_given", "/app/issues?tab=mine", **params, person=absent.name))
    if absent.id != viewer.user_id:
        lines.append(news.notice(cause, absent.id, "issues_taken_over", "/app/issues?tab=team", **params, person=owner.name))
    news.send(lines)


def _receiver(absence: Absence, to: int | None) -> Viewer:
    wanted = to if to is not None else absence.deputy_id
    if wanted is None:
        raise InvalidInput({"to": [_("This absence has no deputy; say who gets the issues.")]})
    if wanted == absence.user_id:
        raise InvalidInput({"to": [_("This person is away; choose somebody else.")]})
    try:
        return _owner(wanted)
    except InvalidInput as error:
        raise InvalidInput({"to": error.errors["owner_id"]}) from None
