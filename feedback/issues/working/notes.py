"""Notes for colleagues: what is worth knowing and was no talk with the customer. Call inside `transaction()`."""

from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.issues import news
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.fixing import find_fix_owner
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import IssueState
from feedback.issues.working.naming import account_name
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.staffing.queries import with_deputies

PERMISSION = "issue.note"
NOTED = "noted"


def write_note(issue_id: int, *, text: str, viewer: Viewer) -> Issue:
    """Write something down for everybody here who reads the issue; no customer sees it, and no clock or state moves.

    The owner, who stands in, and who makes the fix hear of it, unless they wrote it; so does whoever watches the issue.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: nothing was written.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission=PERMISSION)
    words = text.strip()
    if not words:
        raise InvalidInput({"note": [_("Write down what your colleagues should know.")]})
    note(issue.id, NOTED, viewer, note=words)
    fixer = find_fix_owner(issue) if issue.state is IssueState.IN_FIX else None
    people = [person for person in with_deputies([issue.owner_id, fixer]) if person != viewer.user_id]
    params = {"number": issue.number, "account": account_name(issue), "by": viewer.name, "note": words}
    cause = f"issue-noted:{issue.id}:{viewer.actor}:{clock.now().isoformat()}"
    news.send(news.to_each(people, cause, "issue_noted", issue.id, **params))
    return issue
