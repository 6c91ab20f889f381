"""What may we do with whom, on what ground, and what do people ask of us? The privacy officer's page."""

from dashboards.page import Page
from dashboards.pages.permission import view
from dashboards.pages.permission.callbacks import register

PAGE = Page("/app/permission", "request.read", view.title, view.body, register=register)
