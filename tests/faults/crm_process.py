"""A process that runs a CRM connection once: `python -m tests.faults.crm_process ADDRESS VENDOR MINUTES`.

MINUTES: how far its clock is ahead, so that a lease of a killed run is over. It says how the run ended.
"""

import sys
from datetime import timedelta

import sqlalchemy as sa

from feedback.app import create_app
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.partners.crm.connections import CrmDraft, create_connection, list_connections
from feedback.partners.crm.models import CrmRun
from feedback.partners.crm.rules import Vendor
from feedback.partners.crm.running import run_connection
from feedback.uow import transaction


def _connection(address: str, vendor: str) -> int:
    with transaction():
        known = [one.id for one in list_connections()]
        draft = CrmDraft("crm", Vendor(vendor), "secret", address=address, client_id="app")
        return known[0] if known else create_connection(draft, actor="user:1").id


def main(address: str, vendor: str, minutes: str) -> str:
    """Run it, and say how it ended."""
    with create_app().app_context(), clock.frozen(clock.now() + timedelta(minutes=int(minutes))):
        try:
            run_id = run_connection(_connection(address, vendor))
        except Conflict:
            return "busy"
        return str(db.session.scalar(sa.select(CrmRun.state).where(CrmRun.id == run_id)))


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]))
