"""Tell who has to know that a disruption began, and list whom to tell when it is over."""

from feedback.outer_loop.disruptions import advance_disruption, due_disruptions
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Advance every disruption whose times have come."""
    return each_in_its_own_transaction(due_disruptions(), advance_disruption)
