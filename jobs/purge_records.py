"""Delete records that have served their purpose."""

from feedback.closed_loop.housekeeping import purge_old_records
from feedback.uow import transaction


def run() -> str | None:
    """Delete what is older than its period."""
    with transaction():
        deleted = purge_old_records()
    return ", ".join(f"{count} {table}" for table, count in deleted.items() if count) or None
