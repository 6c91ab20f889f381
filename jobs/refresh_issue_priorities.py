"""Bring the priorities of open issues in line with what their accounts are worth today."""

from feedback.issues.sweeps import refresh_priorities
from feedback.uow import transaction


def run() -> str | None:
    """Recompute them all."""
    with transaction():
        changed = refresh_priorities()
    return f"{changed} changed" if changed else None
