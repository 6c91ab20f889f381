"""Systems that send answers, and sites that show the survey: set up, tried out, taken back."""

from dashboards.page import Page
from dashboards.pages.connectors import embedding, listing, view
from dashboards.pages.connectors.callbacks import register

PAGE = Page("/app/connectors", "connector.write", listing.title, listing.body, register=register)
CONNECTOR = Page("/app/connectors/<connector>", "connector.write", view.title, view.body)
EMBEDDING = Page("/app/connectors/embedding", "connector.write", embedding.title, embedding.body)
