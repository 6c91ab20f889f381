"""Whom do we tell what? Follow-ups, and one of them as a list to be worked through with one hand."""

from dashboards.page import Page
from dashboards.pages.follow_ups import listing, view
from dashboards.pages.follow_ups.callbacks import register

PAGE = Page("/app/follow-ups", "follow_up.read", listing.title, listing.body, register=register)
BATCH = Page("/app/follow-ups/<id>", "follow_up.read", view.title, view.body, view.filters)
PAGES = (PAGE, BATCH)
