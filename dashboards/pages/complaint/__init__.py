"""What did they complain about? A complaint that somebody heard, written down in one pass."""

from dashboards.page import Page
from dashboards.pages.complaint.callbacks import register
from dashboards.pages.complaint.view import body, title

PAGE = Page("/app/complaints/<account>", "issue.open", title, body, register=register)
