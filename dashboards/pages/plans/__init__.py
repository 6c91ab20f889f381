"""Which customers have a plan, what has changed there, and which reviews were missed?"""

from dashboards.page import Page
from dashboards.pages.plans.view import body, filters, title

PAGE = Page("/app/plans", "plan.read", title, body, filters)
PAGES = (PAGE,)
