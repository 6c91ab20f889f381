"""An issue that is closed without the customer's word after tries that all lie within a day: its lead hears of it."""

from typing import Any

from feedback.access.rules import Viewer
from feedback.issues import news
from feedback.issues.alarms import told_at
from feedback.issues.models import Issue
from feedback.issues.rules.escalation import Rung
from feedback.issues.verifying.queries import tries_since_fix
from feedback.issues.verifying.rules import HASTE, tried_over
from feedback.issues.working.naming import account_name


def tries_of(issue: Issue) -> dict[str, Any]:
    """How often somebody was tried, and within how many minutes, for the line that says that it was closed."""
    moments = [at for _contact_id, at in tries_since_fix(issue)]
    return {"tries": len(moments), "tried_minutes": int(tried_over(moments).total_seconds() // 60)}


def tell_of_haste(issue: Issue, tried: dict[str, Any], viewer: Viewer) -> None:
    """The contract counts tries and not days, so it may be closed; whoever leads can ask why nobody tried again tomorrow."""
    if not tried["tries"] or tried["tried_minutes"] >= HASTE.total_seconds() // 60:
        return
    people = [person.id for person in told_at(issue, Rung.LEAD) if person.id != viewer.user_id]
    params = {"number": issue.number, "account": account_name(issue), "by": viewer.name, **tried}
    news.send(news.to_each(people, f"issue-given-up:{issue.id}:{issue.reopen_count}", "issue_given_up", issue.id, **params))
