"""Webhooks: who is told what happens here, what they were sent, and sending it again."""

from dashboards.page import Page
from dashboards.pages.webhooks import delivery, listing, view
from dashboards.pages.webhooks.callbacks import register

MAY = "webhook.write"
PAGES = (
    Page("/app/webhooks", MAY, listing.title, listing.body, register=register),
    Page("/app/webhooks/<webhook>", MAY, view.title, view.body, filters=view.filters),
    Page("/app/webhooks/deliveries/<delivery>", MAY, delivery.title, delivery.body),
)
