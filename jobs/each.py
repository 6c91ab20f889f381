"""One item after the other; an item that fails is logged and the rest go on."""

import logging
from collections.abc import Callable, Iterable
from functools import wraps

from feedback.uow import transaction

log = logging.getLogger("closedloop.jobs")


def each_in_its_own_transaction(items: Iterable[int], work: Callable[[int], bool]) -> str | None:
    """The same as `each` for work that opens no transaction."""

    @wraps(work)
    def inside(item: int) -> bool:
        with transaction():
            return work(item)

    return each(items, inside)


def each(items: Iterable[int], work: Callable[[int], bool]) -> str | None:
    """Do `work` on every item; answers a line for the run log: how many took effect, how many failed.

    Raises:
        RuntimeError: every single item failed, so the job as a whole did.
    """
    done, failed, seen = 0, 0, 0
    for item in items:
        seen += 1
        try:
            done += work(item)
        except Exception:  # one item must not stop the others; its traceback is in the log
            failed += 1
            log.exception("%s failed for %s", getattr(work, "__name__", "work"), item)
    if failed and failed == seen:
        raise RuntimeError(f"all {failed} items failed; the log has the reason of each")
    if not done and not failed:
        return None
    return f"{done} done, {failed} failed"
