"""How long to wait before a message is tried again, and when to give up."""

from datetime import timedelta

FIRST_WAIT, FACTOR, LONGEST_WAIT = timedelta(seconds=10), 3, timedelta(hours=6)
MAX_ATTEMPTS = 12  # about 31 hours


def wait_after(attempts: int) -> timedelta | None:
    """Pause after the attempts made so far: 10 s, 30 s, 90 s … up to 6 h; None when it is time to give up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(FIRST_WAIT * FACTOR ** max(attempts - 1, 0), LONGEST_WAIT)
