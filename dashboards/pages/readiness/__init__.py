"""Who may I sell to today? The account manager's page: matrix, counts, list by play."""

from dashboards.page import Page
from dashboards.pages.readiness.callbacks import register
from dashboards.pages.readiness.view import body, filters, title

PAGE = Page("/app/readiness", "account.read", title, body, filters, register)
