"""Whom have we not heard?"""

from dashboards.page import Page
from dashboards.pages.coverage.view import body, filters, title

PAGE = Page("/app/coverage", "response.read", title, body, filters)
