"""The history of an issue: append-only, and the audit trail beside it."""

from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.audit.service import record
from feedback.extensions import db
from feedback.issues.models import IssueEvent
from feedback.kernel import clock

SYSTEM = "system"


def note(issue_id: int, kind: str, viewer: Viewer | None, **data: Any) -> None:
    """Write what happened; what a person or a token did is in the audit trail too."""
    row = {
        "issue_id": issue_id,
        "kind": kind,
        "actor": SYSTEM if viewer is None else viewer.actor,
        "actor_id": None if viewer is None else viewer.user_id,
        "data": data,
        "occurred_at": clock.now(),
    }
    db.session.execute(sa.insert(IssueEvent), [row])
    if viewer is not None:
        record(viewer.actor, f"issue.{kind}", "issue", issue_id, **data)
