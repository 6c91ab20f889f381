"""Waiting for the customer: a flag beside the state. The resolution's clock stands still meanwhile, the others go on."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import RUNNING, Clock, IssueState
from feedback.kernel.bulk import in_list
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import Response

BEFORE_CONTACT = frozenset({IssueState.NEW, IssueState.ROUTED})


def start_waiting(issue_id: int, *, text: str, viewer: Viewer) -> Issue:
    """Nothing can be done until the customer answers. What was asked of them is said in `text`.

    The next update stays due, a full period from now: waiting is no reason to fall silent.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: nothing was said.
        RuleViolation: it waits already, nobody has spoken with them yet, or no resolution is due any more.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.waiting_since is not None:
        raise RuleViolation(_("Issue %(number)s waits for the customer already.", number=issue.number))
    if Clock.RESOLUTION not in RUNNING[issue.state]:
        raise RuleViolation(_("Issue %(number)s is fixed or closed: no resolution is due that could wait.", number=issue.number))
    if issue.state in BEFORE_CONTACT:
        said = _("Nobody has spoken with the customer yet, so they cannot know what issue %(number)s waits for: call first.")
        raise RuleViolation(said % {"number": issue.number})
    note(issue.id, "waiting_started", viewer, note=_said(text, _("Say what you need from the customer, and how you asked.")))
    return issue


def end_waiting(issue_id: int, *, text: str, viewer: Viewer) -> Issue:
    """The work goes on; the resolution is due later by as long as we waited.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: nothing was said.
        RuleViolation: it does not wait.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.waiting_since is None:
        raise RuleViolation(_("Issue %(number)s does not wait for the customer.", number=issue.number))
    note(issue.id, "waiting_ended", viewer, by="staff", note=_said(text, _("Say what has changed.")))
    return issue


def _said(text: str, hint: str) -> str:
    if not text.strip():
        raise InvalidInput({"note": [hint]})
    return text.strip()


_issue, _voice, _response = Issue.__table__.c, IssueVoice.__table__.c, Response.__table__.c
_WAITING = Prepared(
    sa.select(_issue.id).where(in_list(_issue.account_id, "accounts"), _issue.waiting_since.is_not(None)).limit(1)
)
_ANSWERED = Prepared(
    sa.select(_issue.id, sa.func.max(_response.id).label("response_id"))
    .join_from(Issue.__table__, Response.__table__, _response.account_id == _issue.account_id)
    .where(
        in_list(_response.id, "answers"),
        _issue.waiting_since.is_not(None),
        _response.responded_at > _issue.waiting_since,
        sa.or_(
            _response.contact_id == _issue.contact_id,
            sa.exists().where(_voice.issue_id == _issue.id, _voice.contact_id == _response.contact_id),
        ),
    )
    .group_by(_issue.id)
)


def end_for_answers(account_ids: frozenset[int], response_ids: Sequence[int]) -> None:
    """Customers answered: what waited for one of these people waits no longer. Call inside `transaction()`."""
    connection = db.session.connection()
    if not _WAITING.rows(connection, {"accounts": sorted(account_ids)}):
        return
    for issue_id, response_id in _ANSWERED.rows(connection, {"answers": sorted(response_ids)}):
        note(issue_id, "waiting_ended", None, by="answer", response_id=response_id)
