"""Whom may I call today, about what, and why now?"""

from dashboards.page import Page
from dashboards.pages.today.view import body, filters, title

PAGE = Page("/app/today", "plan.read", title, body, filters)
PAGES = (PAGE,)
