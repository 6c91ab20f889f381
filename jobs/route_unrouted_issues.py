"""Find an owner for issues that have none, and give out what waits in queues."""

from feedback.issues.queueing import give_out_waiting, is_anything_waiting, issues_without_owner, route_issue
from feedback.uow import transaction
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Give what waits to whoever has room; try the rules again for the rest; after a quarter of an hour anybody gets it."""
    given = _give_out() if is_anything_waiting() else 0
    done = each_in_its_own_transaction(issues_without_owner(), route_issue)
    return "; ".join(part for part in (f"{given} given out" if given else "", done) if part) or None


def _give_out() -> int:
    with transaction():
        return give_out_waiting()
