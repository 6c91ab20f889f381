"""How fast is the loop? For who leads a team and for executives."""

from dashboards.page import Page
from dashboards.pages.loop import view

PAGE = Page("/app/loop", "loop.read", view.title, view.body, view.filters)
