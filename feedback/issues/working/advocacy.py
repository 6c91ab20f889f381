"""Standing up for a customer: watching an issue, nudging its owner, taking it to the lead. Call inside `transaction()`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.alarms import Told, told_at
from feedback.issues.history import note
from feedback.issues.inserting import insert_ignoring_conflicts
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.queries.single import access_issue, lock_issue
from feedback.issues.rules.escalation import Rung
from feedback.issues.working.models import IssueWatch
from feedback.issues.working.naming import account_name
from feedback.kernel import clock
from feedback.kernel.errors import Forbidden, InvalidInput, RuleViolation
from feedback.staffing.queries import with_deputies

PERMISSION = "issue.advocate"
NUDGED, ESCALATED = "nudged", "taken_to_lead"
AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """What somebody who waits for an issue can do now. `nudge_from` and `escalate_from`: not before then, None for at once."""

    watching: bool
    owner: str | None  # and who stands in
    leads: tuple[str, ...]  # who hears of an escalation
    nudge_from: datetime | None
    escalate_from: datetime | None


def standing_of(issue: Issue, viewer: Viewer) -> Standing:
    """For the page of an issue, before anything is pressed."""
    owner = told_at(issue, Rung.OWNER) if issue.owner_id is not None else []
    watching = viewer.user_id is not None and db.session.get(IssueWatch, (issue.id, viewer.user_id)) is not None
    return Standing(
        watching=watching,
        owner=", ".join(person.name for person in owner) or None,
        leads=tuple(person.name for person in escalation_of(issue, viewer)),
        nudge_from=_from(issue, NUDGED, viewer),
        escalate_from=_from(issue, ESCALATED, viewer),
    )


def watch(issue_id: int, *, viewer: Viewer) -> Issue:
    """Hear of everything that happens to an issue from now on.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        Forbidden: a token hears nothing.
    """
    issue = access_issue(issue_id, viewer=viewer, permission=PERMISSION)
    row = {"issue_id": issue.id, "user_id": _person(viewer), "since": clock.now()}
    insert_ignoring_conflicts(IssueWatch, ("issue_id", "user_id"), [row])
    return issue


def stop_watching(issue_id: int, *, viewer: Viewer) -> Issue:
    """Hear no more of it than everybody does.

    Raises:
        NotFound: the issue is not there or not the viewer's.
    """
    issue = access_issue(issue_id, viewer=viewer, permission=PERMISSION)
    mine = (IssueWatch.issue_id == issue.id, IssueWatch.user_id == viewer.user_id)
    db.session.execute(sa.delete(IssueWatch).where(*mine))
    return issue


def nudge(issue_id: int, *, said: str, viewer: Viewer) -> Issue:
    """Remind the owner that somebody waits; once a day and person.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        RuleViolation: it is closed, nobody owns it, it is the viewer's own, or the last nudge was less than a day ago.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission=PERMISSION)
    me = _person(viewer)
    _check_open(issue)
    if issue.owner_id is None:
        raise RuleViolation(_("Nobody owns this issue yet; take it to the lead."))
    people = with_deputies([issue.owner_id])
    if me in people:
        raise RuleViolation(_("This issue is yours.") if issue.owner_id == me else _("You stand in for the owner of this issue."))
    _check_again(issue, NUDGED, viewer, _("You have reminded the owner within the last day; wait, or take it to the lead."))
    words = said.strip()
    note(issue.id, NUDGED, viewer, owner_id=issue.owner_id, **({"note": words} if words else {}))
    _tell(people, issue, "issue_nudged", viewer, words)
    return issue


def escalate(issue_id: int, *, reason: str, viewer: Viewer) -> Issue:
    """Take an issue to the lead of its team, with why; once a day and person.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: nobody says why.
        RuleViolation: it is closed, or the viewer has taken it there within the last day.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission=PERMISSION)
    _person(viewer)
    _check_open(issue)
    words = reason.strip()
    if not words:
        raise InvalidInput({"reason": [_("Say why the lead has to look at it.")]})
    _check_again(issue, ESCALATED, viewer, _("You have taken it to the lead within the last day."))
    people = escalation_of(issue, viewer)
    note(issue.id, ESCALATED, viewer, note=words, told=[person.id for person in people])
    _tell([person.id for person in people], issue, "issue_taken_to_lead", viewer, words)
    others = set(with_deputies([issue.owner_id])) - {person.id for person in people} - {viewer.user_id}
    if others:
        _tell(sorted(others), issue, "issue_taken_to_lead", viewer, words)
    return issue


def escalation_of(issue: Issue, viewer: Viewer) -> list[Told]:
    """Who would hear of it: the lead of the team; where the viewer leads it, the executives."""
    leads = told_at(issue, Rung.LEAD)
    others = [person for person in leads if person.id != viewer.user_id]
    return others or told_at(issue, Rung.EXECUTIVE)


def _person(viewer: Viewer) -> int:
    if viewer.user_id is None:
        raise Forbidden(_("Only a person stands up for a customer; a token is nobody in particular."))
    return viewer.user_id


def _check_open(issue: Issue) -> None:
    if issue.closed_at is not None:
        raise RuleViolation(_("Issue %(number)s is closed; nothing is left to do.", number=issue.number))


def _from(issue: Issue, kind: str, viewer: Viewer) -> datetime | None:
    """When the viewer may do it again; None for now."""
    mine = (IssueEvent.issue_id == issue.id, IssueEvent.kind == kind, IssueEvent.actor_id == viewer.user_id)
    latest = sa.func.max(IssueEvent.occurred_at, type_=IssueEvent.occurred_at.type)
    last: datetime | None = db.session.scalar(sa.select(latest).where(*mine))
    return last + AGAIN if last is not None and last + AGAIN > clock.now() else None


def _check_again(issue: Issue, kind: str, viewer: Viewer, text: str) -> None:
    if _from(issue, kind, viewer) is not None:
        raise RuleViolation(text)


def _tell(people: list[int | None] | list[int], issue: Issue, kind: str, viewer: Viewer, words: str) -> None:
    params: Mapping[str, Any] = {
        "number": issue.number, "account": account_name(issue), "by": viewer.name, "note": words
    }  # fmt: skip
    cause = f"{kind}:{issue.id}:{viewer.user_id}:{clock.now().isoformat()}"
    news.send(news.to_each(people, cause, kind, issue.id, **params))
