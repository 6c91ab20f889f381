"""Recording what was done."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel import clock

_INSERT = sa.insert(AuditEvent.__table__)  # type: ignore[arg-type]


def record(actor: str, action: str, object_type: str, object_id: object, **data: Any) -> None:
    """Write one audit row in the current transaction."""
    record_each(actor, action, object_type, [object_id], **data)


def record_each(actor: str, action: str, object_type: str, object_ids: Sequence[object], **data: Any) -> None:
    """Write one audit row per object, with the same data, in one statement."""
    if object_ids:
        row = {"occurred_at": clock.now(), "actor": actor, "action": action, "object_type": object_type, "data": data}
        db.session.connection().execute(_INSERT, [{**row, "object_id": str(object_id)} for object_id in object_ids])
