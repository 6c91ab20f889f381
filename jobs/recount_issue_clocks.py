"""Let the clocks of open issues follow a calendar or a ladder that was changed."""

from collections.abc import Iterator, Sequence

from feedback.calendars.service import changed_calendars, mark_recounted
from feedback.issues.clockwork import STEP as LOGS
from feedback.issues.clockwork import follow_logs
from feedback.issues.queries.listing import open_issue_ids
from feedback.issues.recounting import STEP, recount
from feedback.kernel import clock
from feedback.uow import transaction


def run() -> str | None:
    """Count the clocks of all open issues anew, if anything changed that their due dates follow from."""
    if not changed_calendars():
        return None
    since, changed = clock.now(), 0
    issues = open_issue_ids()
    for part in _parts(issues, STEP):
        with transaction():
            done = recount(part)
        changed += done.changed + follow_each(done.left)
    with transaction():
        mark_recounted(since)
    return f"{len(issues)} open issues, {changed} with other due dates"


def follow_each(issue_ids: Sequence[int]) -> int:
    """Fold the logs of these issues, some in a transaction; answers how many had other columns."""
    changed = 0
    for part in _parts(issue_ids, LOGS):
        with transaction():
            changed += follow_logs(part)
    return changed


def _parts(issue_ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(issue_ids), size):
        yield issue_ids[start : start + size]
