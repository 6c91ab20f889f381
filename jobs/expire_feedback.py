"""Tell account managers when a decision maker's answer has grown too old to count."""

from feedback.surveys.expiry import announce_expired_feedback
from feedback.uow import transaction


def run() -> str | None:
    """Look for answers that expired since the last look."""
    with transaction():
        expired = announce_expired_feedback()
    return f"{expired} answers expired" if expired else None
