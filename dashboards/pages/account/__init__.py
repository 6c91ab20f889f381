"""One customer: how they stand to us, whom we know there, what has to change, what happened."""

from dashboards.page import Page
from dashboards.pages.account.callbacks import register
from dashboards.pages.account.view import body, title

PAGE = Page("/app/accounts/<id>", "account.read", title, body, register=register)
