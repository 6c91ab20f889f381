"""What the audit log says about a person: who did what stays, words that name them go."""

import sqlalchemy as sa

from feedback.audit.models import AuditEvent, JobRun
from feedback.extensions import db
from feedback.kernel.bulk import among
from feedback.kernel.clearing import clear_texts, may_name
from feedback.kernel.erasing import Counts, Person, erases

_STAFF = ("user", "team", "token")  # somebody who works here may have the same name


@erases("audit_event.data", "job_run.detail")
def forget_audit(person: Person) -> Counts:
    """Lines about the person's accounts are cleared of each part of the name, others of the whole name and the addresses."""
    session, done = db.session(), 0
    for kind, ids in person.near.items():
        about = AuditEvent.object_type == kind, among(AuditEvent.object_id, sorted(ids))
        done += clear_texts(session, person, [AuditEvent.data], *about)
    elsewhere = AuditEvent.object_type.not_in(_STAFF), may_name(session, person, AuditEvent.data)
    done += clear_texts(session, person, [AuditEvent.data], *elsewhere, *_not_near(person), near=False)
    done += clear_texts(session, person, [JobRun.detail], may_name(session, person, JobRun.detail), near=False)
    return {"audit_rows_cleared": done}


def _not_near(person: Person) -> list[sa.ColumnElement[bool]]:
    """Those are read already: a preview must not count them twice."""
    return [
        sa.or_(AuditEvent.object_type != kind, sa.not_(among(AuditEvent.object_id, sorted(ids))))
        for kind, ids in person.near.items()
    ]
