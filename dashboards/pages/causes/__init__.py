"""Which causes keep coming back? The shared tree, with how many issues each cause has."""

from dashboards.page import Page
from dashboards.pages.causes import view
from dashboards.pages.causes.callbacks import register

PAGE = Page("/app/causes", "cause.read", view.title, view.body, view.filters, register)
PAGES = (PAGE,)
