"""What issues keep about a person: texts at the person's accounts that name them."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Commitment, Issue, IssueEvent
from feedback.issues.verifying.models import Verification
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases


@erases("issue.title", "issue.root_cause", "issue.fix_summary", "commitment.text", "issue_event.data")
def forget_texts(person: Person) -> Counts:
    """Clear titles, causes, fixes, promises and the notes of the history."""
    session, here = db.session(), Issue.account_id.in_(person.account_ids)
    issues = sa.select(Issue.id).where(here)
    done = clear_texts(session, person, [Issue.title, Issue.root_cause, Issue.fix_summary], here)
    done += clear_texts(session, person, [Commitment.text], Commitment.issue_id.in_(issues))
    done += clear_texts(session, person, [IssueEvent.data], IssueEvent.issue_id.in_(issues))
    return {"texts_cleared": done}


@erases("verification.comment", "verification.undo")
def forget_words(person: Person) -> Counts:
    """What the person said about a fix; the name in what others at the same accounts said."""
    session, mine = db.session(), Verification.contact_id == person.contact_id
    said = change(session, person, Verification, mine, Verification.comment.is_not(None), comment=None)
    here = Verification.issue_id.in_(sa.select(Issue.id).where(Issue.account_id.in_(person.account_ids)))
    done = clear_texts(session, person, [Verification.comment, Verification.undo], here)
    return {"comments": said, "texts_cleared": done}
