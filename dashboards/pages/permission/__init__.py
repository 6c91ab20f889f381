"""What may we do with whom, on what ground, and what do people ask of us? The privacy officer's page."""

from dash import Dash

from dashboards.page import Page
from dashboards.pages.permission import ledger, view, writing
from dashboards.pages.permission.callbacks import register


def _register(app: Dash) -> None:
    register(app)
    writing.register(app)


PAGE = Page("/app/permission", "request.read", view.title, view.body, register=_register)
LEDGER = Page("/app/permission/<contact>", "consent.read", ledger.title, ledger.body)
PAGES = (PAGE, LEDGER)
