"""End what is over: invitations nobody answered in time, and waves that have nobody left to wait for."""

from feedback.listening.service import expire_invitations, finish_waves
from feedback.uow import transaction


def run() -> str | None:
    """Mark both."""
    with transaction():
        expired, finished = expire_invitations(), finish_waves()
    return f"{expired} invitations expired, {finished} waves finished" if expired or finished else None
