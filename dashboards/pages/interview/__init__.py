"""Answers by phone: whom to call, what to ask in the customer's language, and what was said."""

from dashboards.page import Page
from dashboards.pages.interview import listing, view
from dashboards.pages.interview.callbacks import register

PAGE = Page("/app/interview", "interview.write", listing.title, listing.body, listing.filters, register)
CALL = Page("/app/interview/<account>/<contact>", "interview.write", view.title, view.body)
