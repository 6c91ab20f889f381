"""Which months say something about spend: those that are over and had their days of closing the books."""

from datetime import date, timedelta

from flask import current_app

from feedback.kernel import clock


def closed_until() -> date:
    """The day before whose month the books are closed."""
    return clock.now().date() - timedelta(days=current_app.extensions["closedloop_settings"].spend_closing_days)


def first_open_month() -> date:
    """The first day of the oldest month whose books are not closed: it runs still, or ended a few days ago."""
    return closed_until().replace(day=1)
