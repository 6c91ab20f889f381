"""What do we ask, of whom, and how often? The survey programs, and one of them with its texts and reasons."""

from dashboards.page import Page
from dashboards.pages.programs import listing, view
from dashboards.pages.programs.callbacks import register

PAGE = Page("/app/programs", "survey.read", listing.title, listing.body, register=register)
PROGRAM = Page("/app/programs/<program>", "survey.read", view.title, view.body)
