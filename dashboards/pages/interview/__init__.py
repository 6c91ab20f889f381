"""An answer by phone: what to ask, in the customer's language, and what was said."""

from dashboards.page import Page
from dashboards.pages.interview import view
from dashboards.pages.interview.callbacks import register

PAGE = Page("/app/interview", "interview.write", view.title, view.body, register=register)
