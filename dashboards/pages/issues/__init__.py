"""What is mine, and what is due? The frontline's page: queues on the left, one issue on the right, alone on a phone."""

from dash import Dash

from dashboards.page import Page
from dashboards.pages.issues import board, callbacks, contact_callbacks, promise_callbacks, voice_callbacks, work_callbacks
from dashboards.pages.issues.view import body, filters, hidden_filters, one_body, title


def register(app: Dash) -> None:
    """Attach what people do with an issue."""
    callbacks.register(app)
    voice_callbacks.register(app)
    contact_callbacks.register(app)
    promise_callbacks.register(app)
    work_callbacks.register(app)


PAGE = Page("/app/issues", "issue.read", title, body, filters, register)
ISSUE = Page("/app/issues/<id>", "issue.read", title, one_body, hidden_filters)
BOARD = Page("/app/issues/board", "issue.read", board.title, board.body, board.filters)
