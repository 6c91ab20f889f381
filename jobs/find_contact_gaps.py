"""Open a work item where nobody spoke with the key contacts of a customer for too long."""

from feedback.issues.work_items import find_contact_gaps, open_work_items
from feedback.uow import transaction


def run() -> str | None:
    """Look once a day; a customer with an open issue is left to whoever works on it."""
    with transaction():
        opened = open_work_items(find_contact_gaps())
    return f"{opened} customers to get in touch with" if opened else None
