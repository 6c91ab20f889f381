"""Does closing the loop help? Recovery and relapse of those who were called, beside those who were not."""

from dashboards.page import Page
from dashboards.pages.recovery.view import body, filters, title

PAGE = Page("/app/recovery", "report.read", title, body, filters)
