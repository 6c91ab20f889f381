"""What do we write to customers while we work? The templates that owners start from."""

from dashboards.page import Page
from dashboards.pages.progress import solved, view
from dashboards.pages.progress.callbacks import register

PAGE = Page("/app/progress", "progress.write", view.title, view.body, register=register)
TEMPLATE = Page("/app/progress/<id>", "progress.write", view.one_title, view.one_body)
SOLVED = Page(solved.PATH, "progress.write", solved.title, solved.body, register=solved.register)
PAGES = (PAGE, TEMPLATE, SOLVED)
