"""What do we give away, and what waits for a yes? Concessions asked for by one and approved by another."""

from dashboards.page import Page
from dashboards.pages.concessions import view
from dashboards.pages.concessions.callbacks import register

PAGE = Page("/app/concessions", "concession.read", view.title, view.body, register=register)
PAGES = (PAGE,)
