"""Who gets which issue? The routing rules: their order, what they ask for, and what they would have done."""

from dash import Dash

from dashboards.page import Page
from dashboards.pages.rules import callbacks, skills, view


def register(app: Dash) -> None:
    """Attach the editor and the skills."""
    callbacks.register(app)
    skills.register(app)


PAGE = Page("/app/rules", "rules.write", view.title, view.body, register=register)
