"""Do we ask the unhappy too? Who was taken off waves by hand, by whom, why, and whether it looks chosen."""

from dashboards.page import Page
from dashboards.pages.honesty import view

PAGE = Page("/app/honesty", "honesty.read", view.title, view.body, view.filters)
