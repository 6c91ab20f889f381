"""Tell account managers which decision makers of their most valuable customers stay silent."""

from feedback.listening.silence import announce_silence
from feedback.uow import transaction


def run() -> str | None:
    """Look once; who was told about is not told about again."""
    with transaction():
        found = announce_silence()
    return f"{found} silent or unreachable decision makers" if found else None
