"""Plan the waves that somebody has started and that are too large to plan while they wait."""

from feedback.listening.planning import plan_started_waves


def run() -> str | None:
    """All that wait."""
    planned = plan_started_waves()
    return f"{planned} planned" if planned else None
