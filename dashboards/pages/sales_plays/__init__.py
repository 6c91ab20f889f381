"""What was suggested to sell, and is it right? The account manager's inbox."""

from dashboards.page import Page
from dashboards.pages.sales_plays import view
from dashboards.pages.sales_plays.callbacks import register

PAGE = Page("/app/sales-plays", "play.read", view.title, view.body, register=register)
