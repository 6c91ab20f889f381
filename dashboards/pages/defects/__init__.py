"""What costs us the most loyalty? The executive's page: three company figures, matrix, waterfall, ranking, trend, details."""

from dashboards.page import Page
from dashboards.pages.defects.callbacks import register
from dashboards.pages.defects.view import body, filters, title

PAGE = Page("/app/defects", "report.read", title, body, filters, register)
