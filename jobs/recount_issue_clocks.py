"""Let the clocks of open issues follow a calendar or a ladder that was changed."""

from feedback.calendars.service import changed_calendars, mark_recounted
from feedback.issues.clockwork import STEP, follow_logs
from feedback.issues.queries.listing import open_issue_ids
from feedback.kernel import clock
from feedback.uow import transaction


def run() -> str | None:
    """Compute all open issues anew from their logs, if anything changed that their due dates follow from."""
    if not changed_calendars():
        return None
    since, changed = clock.now(), 0
    issues = open_issue_ids()
    for start in range(0, len(issues), STEP):
        with transaction():
            changed += follow_logs(issues[start : start + STEP])
    with transaction():
        mark_recounted(since)
    return f"{len(issues)} open issues, {changed} with other due dates"
