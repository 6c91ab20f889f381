"""What is a promoter worth to us, what is at stake with detractors, and what came back?"""

from dashboards.page import Page
from dashboards.pages.economics.view import body, title

PAGE = Page("/app/economics", "report.read", title, body)
