"""What is mine, and what is due? The frontline's page: queues on the left, one issue on the right, alone on a phone."""

from dashboards.page import Page
from dashboards.pages.issues.callbacks import register
from dashboards.pages.issues.view import body, filters, one_body, title

PAGE = Page("/app/issues", "issue.read", title, body, filters, register)
ISSUE = Page("/app/issues/<id>", "issue.read", title, one_body, filters)
