"""closedloop jobs run: the scheduler."""

import click


@click.group("jobs")
def jobs() -> None:
    """Scheduled work."""
