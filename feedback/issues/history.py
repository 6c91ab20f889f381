"""The history of an issue: append-only, the audit trail beside it, and the due dates that follow from it."""

from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.audit.service import record
from feedback.extensions import db
from feedback.issues.clockwork import follow_log, level_of
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.owing import follow_promises
from feedback.issues.rules.clockwork import LEVEL, TIMED, leads_on
from feedback.issues.working.watching import tell_watchers
from feedback.kernel import clock

SYSTEM = "system"
# these start clocks, so the service level of the moment belongs to them
_PROMISING = frozenset({"opened", "moved", "progress", "reopened", "severity_raised", "clock_restarted", "waiting_started"})


def note(issue_id: int, kind: str, viewer: Viewer | None, **data: Any) -> None:
    """Write what happened, after the issue itself was changed; what a person or a token did is in the audit trail too.

    The clocks follow: an event that says where the issue goes (`to`), or of a kind in `TIMED`, moves them. What is owed to the
    customer follows each event.
    """
    promised: dict[str, Any] = {}
    if kind in _PROMISING or leads_on(data):
        promised = {LEVEL: level_of(db.session.get_one(Issue, issue_id)).as_data()}
    row = {
        "issue_id": issue_id,
        "kind": kind,
        "actor": SYSTEM if viewer is None else viewer.actor,
        "actor_id": None if viewer is None else viewer.user_id,
        "data": data | promised,
        "occurred_at": clock.now(),
    }
    db.session.execute(sa.insert(IssueEvent), [row])
    if viewer is not None:
        record(viewer.actor, f"issue.{kind}", "issue", issue_id, **data)
    if kind in TIMED or leads_on(data):
        follow_log(issue_id)
    follow_promises([issue_id])
    tell_watchers(issue_id, kind, viewer, data)
