"""What opens an issue? The rules, and the words they listen for."""

from dashboards.page import Page
from dashboards.pages.opening.callbacks import register
from dashboards.pages.opening.view import body, filters, title

PAGE = Page("/app/opening", "opening.write", title, body, filters, register)
