"""Functions that stand in for jobs in tests of the runner."""

from datetime import datetime

from jobs.runner import current_slot

ran: list[datetime] = []


def remember() -> str:
    """Note the slot."""
    ran.append(current_slot())
    return f"number {len(ran)}"


def fail() -> None:
    """Break."""
    raise ValueError("the database of the moon is closed")
