"""What became of each notice, and the chats that notices go to."""

from dashboards.page import Page
from dashboards.pages.deliveries import chats, listing
from dashboards.pages.deliveries.callbacks import register

PERMISSION = "telling.write"
PAGE = Page("/app/deliveries", PERMISSION, listing.title, listing.body, listing.filters, register)
CHATS = Page("/app/deliveries/chats", PERMISSION, chats.title, chats.body)
PAGES = (PAGE, CHATS)
