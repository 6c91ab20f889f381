"""Mark gate decisions whose time is over, so that lists of open decisions stay short."""

from feedback.gate.closing import expire_decisions
from feedback.uow import transaction


def run() -> str | None:
    """Mark what ended since the last look; a decision ends at its time with or without this mark."""
    expired, part = 0, -1
    while part:
        with transaction():
            part = expire_decisions()
        expired += part
    return f"{expired} decisions expired" if expired else None
