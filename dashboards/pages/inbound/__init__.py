"""What other systems sent: what could not be used, why, and another try."""

from dashboards.page import Page
from dashboards.pages.inbound import event, listing
from dashboards.pages.inbound.callbacks import register

PAGE = Page("/app/inbound", "inbound.write", listing.title, listing.body, listing.filters, register)
EVENT = Page("/app/inbound/<event>", "inbound.write", event.title, event.body)
