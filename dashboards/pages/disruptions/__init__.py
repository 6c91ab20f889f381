"""What is broken on our side, and whom does it hit? Disruptions, declared with a look at whom they affect."""

from dashboards.page import Page
from dashboards.pages.disruptions import form, listing, view
from dashboards.pages.disruptions.callbacks import register

PAGE = Page("/app/disruptions", "disruption.read", listing.title, listing.body, register=register)
NEW = Page("/app/disruptions/new", "disruption.write", form.title, form.body)
DISRUPTION = Page("/app/disruptions/<id>", "disruption.read", view.title, view.body, view.filters)
PAGES = (PAGE, NEW, DISRUPTION)
