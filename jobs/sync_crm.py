"""Take what changed in each CRM, and write standings back."""

from contextlib import suppress

from feedback.kernel.errors import Conflict
from feedback.partners.crm.running import due_connections, run_connection


def run() -> str | None:
    """Every CRM that is switched on and does not ask for a pause."""
    ids = [connection.id for connection in due_connections()]
    for connection_id in ids:
        with suppress(Conflict):  # somebody pressed "Run now" this very moment
            run_connection(connection_id)
    return f"{len(ids)} CRMs" if ids else None
