"""Which causes are we removing, and did it help? Initiatives with their measured effect."""

from dashboards.page import Page
from dashboards.pages.initiatives import form, listing, view
from dashboards.pages.initiatives.callbacks import register

PAGE = Page("/app/initiatives", "initiative.read", listing.title, listing.body, listing.filters, register)
NEW = Page("/app/initiatives/new", "initiative.write", form.new_title, form.new_body)
INITIATIVE = Page("/app/initiatives/<id>", "initiative.read", view.title, view.body)
CHANGE = Page("/app/initiatives/<id>/change", "initiative.write", form.change_title, form.change_body)
PAGES = (PAGE, NEW, INITIATIVE, CHANGE)
