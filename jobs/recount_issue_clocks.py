"""Let the clocks of open issues follow a calendar or a ladder that was changed."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from flask import Flask, current_app

from feedback.calendars.service import changed_calendars, mark_recounted
from feedback.extensions import db
from feedback.issues.clockwork import STEP as LOGS
from feedback.issues.clockwork import follow_logs
from feedback.issues.queries.listing import open_issue_ids
from feedback.issues.recounting import STEP, recount
from feedback.kernel import clock
from feedback.uow import transaction

_WRITERS = {"postgresql": 2}  # one counts while the server writes what the other found; SQLite has one writer


def run() -> str | None:
    """Count the clocks of all open issues anew, if anything changed that their due dates follow from."""
    if not changed_calendars():
        return None
    since = clock.now()
    issues = open_issue_ids()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def recount_part(part: Sequence[int]) -> int:
        with app.app_context():
            return _recount(part)

    with ThreadPoolExecutor(_WRITERS.get(db.engine.dialect.name, 1), thread_name_prefix="recount") as writers:
        parts = [writers.submit(copy_context().run, recount_part, part) for part in _parts(issues, STEP)]
        changed = sum(part.result() for part in parts)
    with transaction():
        mark_recounted(since)
    return f"{len(issues)} open issues, {changed} with other due dates"


def _recount(part: Sequence[int]) -> int:
    with transaction():
        done = recount(part)
    return done.changed + follow_each(done.left)


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
