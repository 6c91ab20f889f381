"""Do we ask before we sell? Sales contacts without or against the gate's answer, what followed, and where the effort goes."""

from dashboards.page import Page
from dashboards.pages.discipline import view

PAGE = Page("/app/selling-discipline", "sales.read", view.title, view.body, view.filters)
