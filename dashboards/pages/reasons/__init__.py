"""What can people tick, and in which words? The defect catalogue as customers read it."""

from dashboards.page import Page
from dashboards.pages.reasons import view
from dashboards.pages.reasons.callbacks import register

PAGE = Page("/app/reasons", "defect.read", view.title, view.body, view.filters, register)
