"""Count answers that were held back because a machine had been at the same link."""

from feedback.closed_loop.page_answers import release_due


def run() -> str | None:
    """Release those whose client has touched no trap since."""
    counts = release_due()
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or None
