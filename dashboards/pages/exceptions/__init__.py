"""What may we do although the gate holds it back, who granted it, and what came of it?"""

from dashboards.page import Page
from dashboards.pages.exceptions import callbacks, view

PAGE = Page("/app/exceptions", "override.read", view.title, view.body, view.filters, register=callbacks.register)
PAGES = (PAGE,)
