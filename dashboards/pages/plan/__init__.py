"""One customer: what do we want with them, what has to change first, and what did we promise?"""

from dashboards.page import Page
from dashboards.pages.plan.callbacks import register
from dashboards.pages.plan.view import body, title

PAGE = Page("/app/accounts/<id>/plan", "plan.read", title, body, register=register)
PAGES = (PAGE,)
