"""What the work on issues keeps about a person: why it happened, what was written to them, and what they were given."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.models import Concession, IssueDiagnosis, IssueMistake, ProgressMail, RootCause
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases


@erases(
    "issue_diagnosis.whys", "concession.reason", "concession.decision", "root_cause.name",
    "issue_mistake.reason", "issue_mistake.decision",
)  # fmt: skip
def forget_reasons(person: Person) -> Counts:
    """Clear the name from what was found out and given at the person's accounts, and from the names of causes."""
    session = db.session()
    issues = sa.select(Issue.id).where(Issue.account_id.in_(person.account_ids))
    done = clear_texts(session, person, [IssueDiagnosis.whys], IssueDiagnosis.issue_id.in_(issues))
    done += clear_texts(session, person, [Concession.reason, Concession.decision], Concession.issue_id.in_(issues))
    done += clear_texts(session, person, [IssueMistake.reason, IssueMistake.decision], IssueMistake.issue_id.in_(issues))
    done += clear_texts(session, person, [RootCause.name], near=False)
    return {"texts_cleared": done}


@erases("progress_mail.subject", "progress_mail.text", "progress_mail.address")
def forget_mails(person: Person) -> Counts:
    """Mails to the person are emptied; others about the same accounts lose the name."""
    session, mine = db.session(), ProgressMail.contact_id == person.contact_id
    emptied = change(session, person, ProgressMail, mine, subject="", text="", address=None, message_id=None)
    here = ProgressMail.issue_id.in_(sa.select(Issue.id).where(Issue.account_id.in_(person.account_ids)))
    done = clear_texts(session, person, [ProgressMail.subject, ProgressMail.text, ProgressMail.address], here)
    return {"texts_cleared": done + emptied}
