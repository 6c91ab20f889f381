"""Who has room, what waits, what is late; one person with what they can and when they are away; one absence."""

from dashboards.page import Page
from dashboards.pages.team import absence, person, view
from dashboards.pages.team.callbacks import register

PAGE = Page("/app/team", "staff.read", view.title, view.body, view.filters, register)
PERSON = Page("/app/team/<id>", "staff.read", person.title, person.body)
ABSENCE = Page("/app/absences/<id>", "absence.write", absence.title, absence.body)
PAGES = (PAGE, PERSON, ABSENCE)
