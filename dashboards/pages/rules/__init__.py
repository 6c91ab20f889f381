"""Who gets which issue? The routing rules: their order, what they ask for, and what they would have done."""

from dashboards.page import Page
from dashboards.pages.rules import view
from dashboards.pages.rules.callbacks import register

PAGE = Page("/app/rules", "rules.write", view.title, view.body, register=register)
