"""What the customer has signed, when it renews, and what weighs on it."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.moments import day_words
from dashboards.components.numbers import number
from dashboards.components.panels import panel
from dashboards.components.tables import Column, table
from dashboards.pages.renewals.view import why
from feedback.access.rules import Viewer
from feedback.reporting.renewal_risk import RenewalLine, renewal_risk

Component = Any


def contracts_panel(viewer: Viewer, account_id: int) -> Component:
    """Nothing where no contract is known: the renewal of the account stands in its head."""
    lines = [line for line in renewal_risk(viewer, days=None, account_id=account_id).lines if line.contract_id is not None]
    if not lines:
        return None
    columns: list[Column[RenewalLine]] = [
        Column(_("Contract"), _named, main=True),
        Column(_("Renewal"), lambda line: day_words(line.renewal_on, viewer)),
        Column(_("Weight"), lambda line: html.Strong(number(line.points)), right=True, side=True),
        Column(_("Why"), why),
    ]
    name = _("Contracts")
    more = [dcc.Link(_("All renewals"), href="/app/renewals", className="cl-button")]
    return panel(name, table(columns, lines, caption=name), actions=more)


def _named(line: RenewalLine) -> Component:
    return html.Div([html.Strong(line.contract), html.Div(line.site, className="cl-note") if line.site else None])
