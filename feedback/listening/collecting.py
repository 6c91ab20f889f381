"""Reports about mails that came back, from a mailbox or from a sender's webhook."""

import logging
from collections import Counter

from feedback.egress.bounce_box import read_box
from feedback.listening.came_back import record_report
from feedback.listening.rules.reports import Report, read_report
from feedback.uow import transaction

log = logging.getLogger("closedloop.bounces")
NOTHING, UNKNOWN = "no report", "not ours"


def collect(url: str) -> Counter[str]:
    """Read what came into the mailbox; answers how many mails of each kind there were.

    Raises:
        BoxUnavailable: it cannot be read.
    """
    seen: Counter[str] = Counter()
    read_box(url, lambda raw: seen.update([_take(raw)]))
    return seen


def _take(raw: bytes) -> str:
    try:
        report = read_report(raw)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        log.warning("a mail in the bounce mailbox cannot be understood: %s", error)  # it holds nobody up
        return NOTHING
    return NOTHING if report is None else take_report(report)


def take_report(report: Report) -> str:
    """Do what it asks for, in a transaction of its own; answers its kind, or that it is about no mail of ours."""
    with transaction():
        return report.verdict.value if record_report(report) else UNKNOWN


def summary(seen: Counter[str]) -> str | None:
    """For the run log."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(seen.items())) or None
