"""Recording what was done."""

from typing import Any

import sqlalchemy as sa

from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel import clock


def record(actor: str, action: str, object_type: str, object_id: object, **data: Any) -> None:
    """Write one audit row in the current transaction."""
    row = {"occurred_at": clock.now(), "actor": actor, "action": action, "object_type": object_type}
    db.session.execute(sa.insert(AuditEvent), [{**row, "object_id": str(object_id), "data": data}])
