"""Say that the review of an account's plan is near, and that one was missed."""

from feedback.planning.reminding import remember_review, reviews_to_remember
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Remember every review about which there is something new to say."""
    return each_in_its_own_transaction(reviews_to_remember(), remember_review)
