"""By when things have to happen, in whose working hours, and who is told if they do not: what an administrator sets."""

from dashboards.page import Page
from dashboards.pages.clocks import calendar, listing
from dashboards.pages.clocks.callbacks import register

PERMISSION = "routing.write"
PAGE = Page("/app/clocks", PERMISSION, listing.title, listing.body, register=register)
NEW = Page("/app/clocks/new", PERMISSION, calendar.new_title, calendar.new_body)
CALENDAR = Page("/app/clocks/<calendar>", PERMISSION, calendar.title, calendar.body)
PAGES = (PAGE, NEW, CALENDAR)
