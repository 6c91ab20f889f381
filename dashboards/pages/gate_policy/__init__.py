"""By which rules do we sell? The policy that counts, drafts of another one, what they would change, and a second word."""

from dashboards.page import Page
from dashboards.pages.gate_policy import draft, form, view
from dashboards.pages.gate_policy.callbacks import register
from feedback.gate.governing.queries import READ, WRITE

PAGE = Page("/app/gate-policy", READ, view.title, view.body, register=register)
NEW = Page("/app/gate-policy/new", WRITE, form.new_title, form.new_body)
DRAFT = Page("/app/gate-policy/<draft>", READ, draft.title, draft.body)
EDIT = Page("/app/gate-policy/<draft>/edit", WRITE, form.edit_title, form.edit_body)
PAGES = (PAGE, NEW, DRAFT, EDIT)
