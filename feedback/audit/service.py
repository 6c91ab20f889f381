"""Recording what was done."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.prepared import Prepared, every_column

_table: Any = AuditEvent.__table__
_INSERT = Prepared(sa.insert(_table).values(every_column(_table)))


def record(actor: str, action: str, object_type: str, object_id: object, **data: Any) -> None:
    """Write one audit row in the current transaction."""
    record_each(actor, action, object_type, [object_id], **data)


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of the audit says of changed fields: both values of each, dates as text."""
    return {
        "before": {name: _plain(value) for name, value in before.items()},
        "after": {name: _plain(value) for name, value in after.items()},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def record_each(actors: str | Sequence[str], action: str, object_type: str, object_ids: Sequence[object], **data: Any) -> None:
    """Write one audit row per object, with the same data, in one statement; `actors`: one for all, or one per object."""
    if object_ids:
        row = {"occurred_at": clock.now(), "action": action, "object_type": object_type, "data": data}
        by = [actors] * len(object_ids) if isinstance(actors, str) else actors
        rows = [{**row, "object_id": str(object_id), "actor": actor} for object_id, actor in zip(object_ids, by, strict=True)]
        _INSERT.each(db.session.connection(), rows)
