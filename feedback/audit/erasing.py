"""What the audit log says about a person: who did what stays, words that name them go."""

import sqlalchemy as sa

from feedback.audit.models import AuditEvent, JobRun
from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases


@erases("audit_event.data", "job_run.detail")
def forget_audit(person: Person) -> Counts:
    """Clear the texts of all rows: a name may stand anywhere."""
    done = 0
    for table, column in ((AuditEvent, AuditEvent.data), (JobRun, JobRun.detail)):
        rows = db.session.execute(sa.select(table.id, column)).all()
        for row_id, before in rows:
            after = person.cleared(before)
            if after != before:
                db.session.execute(sa.update(table).where(table.id == row_id).values({column.key: after}))
                done += 1
    return {"audit_rows_cleared": done}
