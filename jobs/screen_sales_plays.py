"""Screen open sales plays again when the standing of their customer changed, or weekly, and end those whose time is over."""

from feedback.selling.service import due_plays, look_again
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Look at those that are due."""
    return each_in_its_own_transaction(due_plays(), look_again)
