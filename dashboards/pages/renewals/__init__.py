"""Which renewals are at risk? The account manager's list."""

from dashboards.page import Page
from dashboards.pages.renewals.view import body, filters, title

PAGE = Page("/app/renewals", "account.read", title, body, filters)
