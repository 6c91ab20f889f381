"""Promises that are not kept: the customer hears of it, or agrees to do without them. Either way somebody spoke with them."""

from dataclasses import dataclass

from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Commitment, Issue
from feedback.issues.queries.single import lock_issue
from feedback.issues.service import TALKING, Talk, check_contact, reset_update_clock, write_talk
from feedback.issues.working.rules import Ending
from feedback.kernel import clock
from feedback.kernel.errors import NotFound, RuleViolation


@dataclass(frozen=True)
class End:
    """How a promise ends, and what was said when."""

    how: Ending
    said: str
    channel: str = "phone"
    contact_id: int | None = None


def end_promise(issue_id: int, commitment_id: int, end: End, *, viewer: Viewer) -> Commitment:
    """Write down that a promise is not kept, or not wanted any more; saying the same twice has no second effect.

    Raises:
        NotFound: the issue or the promise is not there or not the viewer's.
        InvalidInput: the contact has no role at the account.
        RuleViolation: it was kept, or ended in another way; or its time has passed, so that nobody can agree to do without it.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    made = db.session.get(Commitment, commitment_id)
    if made is None or made.issue_id != issue.id:
        raise NotFound
    if not made.is_open:
        if getattr(made, _COLUMN[end.how]) is None:
            raise RuleViolation(_("This promise was kept, or has ended in another way."))
        return made
    if end.how is Ending.WITHDRAWN and made.due_at < clock.now():
        raise RuleViolation(_("Its time has passed, so it is broken: say that it was not kept, and what you told the customer."))
    check_contact(issue.account_id, end.contact_id)
    _write(issue, made, end, viewer)
    return made


_COLUMN = {Ending.NOT_KEPT: "given_up_at", Ending.WITHDRAWN: "withdrawn_at"}


def _write(issue: Issue, made: Commitment, end: End, viewer: Viewer) -> None:
    now = clock.now()
    setattr(made, _COLUMN[end.how], now)
    if end.how is Ending.NOT_KEPT:
        made.broken_at = made.broken_at or now
    talk = write_talk(issue, Talk(end.said, end.channel, contact_id=end.contact_id or made.contact_id), viewer)
    if issue.state in TALKING:
        reset_update_clock(issue)
    db.session.flush()
    kind = "commitment_given_up" if end.how is Ending.NOT_KEPT else "commitment_withdrawn"
    note(issue.id, kind, viewer, commitment_id=made.id, channel=end.channel, interaction_id=talk.id)
