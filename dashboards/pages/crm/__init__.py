"""CRMs: where customers come from, how runs went, what both sides say differently, and what was written back."""

from dashboards.page import Page
from dashboards.pages.crm import listing, view
from dashboards.pages.crm.callbacks import register

MAY = "crm.write"
PAGES = (
    Page("/app/crm", MAY, listing.title, listing.body, register=register),
    Page("/app/crm/<connection>", MAY, view.title, view.body),
)
