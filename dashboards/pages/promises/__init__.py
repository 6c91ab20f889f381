"""What have I promised, and what is due? Promises to customers: to keep, kept, broken."""

from dashboards.page import Page
from dashboards.pages.promises import view
from dashboards.pages.promises.callbacks import register

PAGE = Page("/app/promises", "issue.read", view.title, view.body, view.filters, register)
PAGES = (PAGE,)
