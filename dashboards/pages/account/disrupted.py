"""What is broken on our side at this account: since when, what it holds, and what customers are told."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.moments import day_and_time
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.disruptions import DisruptionHere
from feedback.outer_loop.rules.states import DisruptionState
from feedback.reporting.account_page import AccountPage

Component = Any


def disruption_notice(page: AccountPage, viewer: Viewer) -> Component:
    """A line for each that goes on, lies ahead, or is over without the customer having been told."""
    if not page.disruptions:
        return None
    return html.Div([_one(one, viewer) for one in page.disruptions], className="cl-panel cl-not-understood", role="status")


def _one(one: DisruptionHere, viewer: Viewer) -> Component:
    said = _("What we tell customers: %(message)s", message=one.message) if one.message else None
    link = dcc.Link(_("See whom it hits"), href=f"/app/disruptions/{one.id}")
    return html.Div([html.P([sentence(one, viewer), " ", link]), html.P(said, className="cl-note") if said else None])


def sentence(one: DisruptionHere, viewer: Viewer) -> str:
    """Since when, and what it holds."""
    ended = one.state is DisruptionState.OVER and one.ends_at is not None
    at = day_and_time(one.ends_at if ended and one.ends_at else one.starts_at, viewer)
    return {
        (DisruptionState.PLANNED, True): _("“%(title)s” is to begin: %(at)s. Selling is held from then on."),
        (DisruptionState.PLANNED, False): _("“%(title)s” is to begin: %(at)s. Selling goes on."),
        (DisruptionState.ACTIVE, True): _(
            "“%(title)s” has been going on since %(at)s. Selling is held until it is over and they were told."
        ),
        (DisruptionState.ACTIVE, False): _("“%(title)s” has been going on since %(at)s. Selling goes on."),
        (DisruptionState.OVER, True): _("“%(title)s” ended: %(at)s. Selling is held until somebody has told them."),
        (DisruptionState.OVER, False): _("“%(title)s” ended: %(at)s. They have not been told yet; selling goes on."),
    }[one.state, one.holds_sales] % {"title": one.title, "at": at}
