"""What issues keep about a person: texts at the person's accounts that name them."""

from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Commitment, Issue, IssueEvent, IssueVoice
from feedback.issues.verifying.models import Verification
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases

_ISSUE = (Issue.title, Issue.root_cause, Issue.fix_summary, Issue.fix_summaries, Issue.harm_note, Issue.why)


@erases(
    *("issue.title", "issue.root_cause", "issue.fix_summary", "issue.fix_summaries", "issue.harm_note", "issue.why"),
    *("commitment.text", "issue_event.data", "issue_voice.waived_reason"),
)
def forget_texts(person: Person) -> Counts:
    """Clear titles, causes, fixes, promises and the notes of the history."""
    session, here = db.session(), Issue.account_id.in_(person.account_ids)
    issues = sa.select(Issue.id).where(here)
    done = clear_texts(session, person, list(_ISSUE), here)
    done += clear_texts(session, person, [Commitment.text], Commitment.issue_id.in_(issues))
    done += clear_texts(session, person, [IssueEvent.data], IssueEvent.issue_id.in_(issues))
    done += clear_texts(
        session, person, [IssueVoice.waived_reason, IssueVoice.said, IssueVoice.why], IssueVoice.issue_id.in_(issues)
    )
    return {"texts_cleared": done}


@erases("verification.comment", "verification.undo")
def forget_words(person: Person) -> Counts:
    """What the person said about a fix; the name in what others at the same accounts said."""
    session, mine = db.session(), Verification.contact_id == person.contact_id
    said = change(session, person, Verification, mine, Verification.comment.is_not(None), comment=None)
    here = Verification.issue_id.in_(sa.select(Issue.id).where(Issue.account_id.in_(person.account_ids)))
    done = clear_texts(session, person, [Verification.comment, Verification.undo], here)
    return {"comments": said, "texts_cleared": done}


@erases("issue_voice.why", "issue_voice.said", "issue_voice.external_id", "issue_voice.content_digest")
def forget_voices(person: Person) -> Counts:
    """What the person said as a voice of an issue, and what their complaint is called elsewhere."""
    session, mine = db.session(), IssueVoice.contact_id == person.contact_id
    empty: dict[str, Any] = {"why": {}, "said": None, "external_system": None, "external_id": None, "content_digest": None}
    change(session, person, Issue, Issue.contact_id == person.contact_id, why={})
    return {"complaints": change(session, person, IssueVoice, mine, **empty)}
