"""An issue that harms the customer's own customers: late claims anger the insured, not only the broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.events import IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.openings import get_opening_rules
from feedback.issues.queries.single import lock_issue
from feedback.issues.rules import HARM, Severity, one_step_up
from feedback.issues.severity import raise_severity, set_severity
from feedback.kernel.errors import RuleViolation
from feedback.kernel.events import publish


@dataclass(frozen=True)
class Harm:
    """Whether the customer's own customers suffer, how many of them as far as known, and from what."""

    harms: bool = True
    count: int | None = None
    what: str | None = None


def harm_columns(harm: Harm | None, severity: Severity) -> tuple[Severity, Mapping[str, Any]]:
    """The severity of an issue that opens with this harm, and the columns that say it."""
    if harm is None or not harm.harms:
        return severity, {}
    graver = one_step_up(severity) if get_opening_rules().is_on(HARM) else severity
    said = {"harms_customers": True, "harmed_count": harm.count, "harm_note": harm.what}
    return graver, said | {"harm_raised": graver is not severity}


def say_harm(issue_id: int, harm: Harm, *, viewer: Viewer) -> Issue:
    """Say that an issue harms the customer's own customers, or that it does not after all.

    It makes the issue a step graver, once; taken back, the severity goes back and the due dates stay as they were promised.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        RuleViolation: the issue is closed.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.open")
    if issue.closed_at is not None:
        raise RuleViolation(_("Issue %(number)s is closed; its severity does not change any more.", number=issue.number))
    before, makes_graver = issue.severity, get_opening_rules().is_on(HARM)
    issue.harms_customers = harm.harms
    issue.harmed_count = harm.count if harm.harms else None
    issue.harm_note = harm.what if harm.harms else None
    if harm.harms and not issue.harm_raised and makes_graver:
        db.session.flush()
        issue.harm_raised = raise_severity(issue, one_step_up(issue.severity))
    elif not harm.harms and issue.harm_raised:
        issue.harm_raised = False
        set_severity(issue, Severity.MINOR if issue.severity is Severity.MAJOR else Severity.MAJOR)
    db.session.flush()
    said = {"count": issue.harmed_count, "note": issue.harm_note, "was": before, "now": issue.severity}
    note(issue.id, "harm" if harm.harms else "harm_taken_back", viewer, **said)
    publish(IssuesChanged(frozenset({issue.account_id}), "harm"))
    return issue
