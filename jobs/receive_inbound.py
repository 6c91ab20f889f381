"""Fetch what connectors only named, and look into what a stop left behind."""

from feedback.closed_loop.inbound import fetch_waiting


def run() -> str | None:
    """Everything that is due."""
    count = fetch_waiting()
    return f"{count} inbound events looked into" if count else None
