"""Say that the day of a follow-up comes, and that it has passed."""

from feedback.outer_loop.due_days import batches_to_remember, remember_day
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Remember every follow-up about whose day there is something new to say."""
    return each_in_its_own_transaction(batches_to_remember(), remember_day)
