"""Say that the last day of a request by right is near, or has passed."""

from feedback.closed_loop.request_reminders import remember_request, requests_to_remember
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Remember every request about which there is something new to say."""
    return each_in_its_own_transaction(requests_to_remember(), remember_request)
