"""What issues keep about a person: texts at the person's accounts that name them."""

from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Commitment, Issue, IssueEvent
from feedback.kernel.erasing import Counts, Person, erases

_TEXTS = ("title", "root_cause", "fix_summary")


@erases("issue.title", "issue.root_cause", "issue.fix_summary", "commitment.text", "issue_event.data")
def forget_texts(person: Person) -> Counts:
    """Clear titles, causes, fixes, promises and the notes of the history."""
    here = sa.select(Issue.id).where(Issue.account_id.in_(person.account_ids))
    done = 0
    for issue in db.session.scalars(sa.select(Issue).where(Issue.account_id.in_(person.account_ids))):
        done += _clear(issue, _TEXTS, person)
    for promise in db.session.scalars(sa.select(Commitment).where(Commitment.issue_id.in_(here))):
        done += _clear(promise, ("text",), person)
    for event in db.session.scalars(sa.select(IssueEvent).where(IssueEvent.issue_id.in_(here))):
        done += _clear(event, ("data",), person)
    db.session.flush()
    return {"texts_cleared": done}


def _clear(row: Any, names: tuple[str, ...], person: Person) -> int:
    done = 0
    for name in names:
        before = getattr(row, name)
        after = person.cleared(before)
        if after != before:
            setattr(row, name, after)
            done += 1
    return done
