"""One customer: what do we want with them, what has to change first, and what did we promise?"""

from dashboards.page import Page
from dashboards.pages.plan import review
from dashboards.pages.plan.callbacks import register
from dashboards.pages.plan.view import body, title

PAGE = Page("/app/accounts/<id>/plan", "plan.read", title, body, register=register)
REVIEW = Page("/app/accounts/<id>/plan/review", "plan.read", review.title, review.body)
PAGES = (PAGE, REVIEW)
