"""Close work items whose people were spoken with."""

from feedback.issues.work_items import settle_work_items
from feedback.uow import transaction


def run() -> str | None:
    """Look at all open ones."""
    with transaction():
        settled = settle_work_items()
    return f"{settled} settled" if settled else None
