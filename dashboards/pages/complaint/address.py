"""Where a complaint about a customer is written down."""

from typing import Any

from flask_babel import gettext as _

from dashboards.components.buttons import link_button


def complaint_link(account_id: int) -> Any:
    """The link to it."""
    return link_button(_("Write down a complaint"), f"/app/complaints/{account_id}")
