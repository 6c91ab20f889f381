"""The CRM of the demo: paused, at an address that is nowhere, with three runs and two names that both sides say differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.accounts.service import add_identity
from feedback.demo.company import ACTOR
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.db import EPOCH
from feedback.partners.crm.connections import CrmDraft, change_connection, create_connection
from feedback.partners.crm.models import CrmConnection
from feedback.partners.crm.port import Crm, CrmFailed, Page, Push, Refused
from feedback.partners.crm.rules import Kind, Record, Side, Vendor
from feedback.partners.crm.running import run_connection
from feedback.uow import transaction

CODE, NOWHERE = "demo-crm", "https://crm.example.invalid"
_CUSTOMERS, _RENAMED = 12, 2


@dataclass
class _Recorded:
    """A CRM that says what stands here."""

    records: Sequence[Record]
    trouble: str = ""
    push_size: int = 100

    def door(self, _connection: CrmConnection) -> Crm:
        """Itself, whatever the connection says."""
        return self

    def pull(self, kind: Kind, cursor: Mapping[str, Any]) -> Page:
        """All customers at once, nothing else."""
        if self.trouble:
            raise CrmFailed(self.trouble)
        upto = (clock.now() - EPOCH) // timedelta(milliseconds=1)
        return Page(self.records if kind is Kind.ACCOUNTS else (), {"since": upto}, more=False)

    def push(self, rows: Sequence[Push]) -> list[Refused]:
        """Everything is taken."""
        return []


def play_crm(end: datetime) -> None:
    """A run that takes what is known, one that fails, and one in which the CRM says two names differently; names are ours."""
    with clock.frozen(end - timedelta(days=2)), transaction():
        draft = CrmDraft(CODE, Vendor.HUBSPOT, "demo", address=NOWHERE, owners={"accounts.name": Side.OURS})
        connection_id = create_connection(draft, actor=ACTOR).id
        mine = sa.select(Account.id, Account.name).where(Account.external_id.startswith("INS-"))
        customers = db.session.execute(mine.order_by(Account.id).limit(_CUSTOMERS)).all()
        for row in customers:
            add_identity("account", row.id, CODE, str(90_000 + row.id), actor=ACTOR)
    names = {str(90_000 + row.id): row.name for row in customers}
    renamed = {crm_id: f"{name} (HQ)" for crm_id, name in list(names.items())[:_RENAMED]}
    for hours, crm in (
        (48, _Recorded(_records(names, end - timedelta(days=9)))),
        (24, _Recorded((), trouble="crm.example.invalid answers 503")),
        (23, _Recorded(_records(renamed, end - timedelta(hours=25)))),
    ):
        with clock.frozen(end - timedelta(hours=hours)):
            run_connection(connection_id, door=crm.door)
    with clock.frozen(end - timedelta(hours=22)), transaction():
        change_connection(connection_id, {"active": False}, actor=ACTOR)


def _records(names: Mapping[str, str], at: datetime) -> list[Record]:
    return [Record(crm_id, {"name": name}, at) for crm_id, name in names.items()]
