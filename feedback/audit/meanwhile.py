"""A form that stood open while somebody else changed the same: who was faster, and in which fields."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel.errors import Conflict


class ChangedMeanwhile(Conflict):
    """Somebody changed the same `fields` since they were shown; `by` is the actor, empty where nobody knows."""

    def __init__(self, fields: Sequence[str], by: str) -> None:
        super().__init__(_("The same was changed meanwhile: %(names)s.", names=", ".join(fields)))
        self.fields, self.by = tuple(fields), by


def last_to_change(object_type: str, object_id: int, fields: Sequence[str]) -> str:
    """Who was the last to change one of the fields, as `service.change` recorded it under `<object_type>.changed`."""
    of_object = (
        AuditEvent.object_type == object_type,
        AuditEvent.object_id == str(object_id),
        AuditEvent.action == f"{object_type}.changed",
    )
    query = sa.select(AuditEvent.actor, AuditEvent.data).where(*of_object).order_by(AuditEvent.id.desc())
    found = (actor for actor, data in db.session.execute(query) if not set(fields).isdisjoint(data["after"]))
    return next(found, "")
