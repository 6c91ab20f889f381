"""Conflicts between a CRM and us: listed, and decided by somebody. Call `decide` inside `transaction()`."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from feedback.accounts.files import RECORD_FILES
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, NotFound
from feedback.partners.crm.models import CrmConflict, CrmRecord
from feedback.partners.crm.rules import Kind, Side

_COLUMNS = (
    *(CrmConflict.id, CrmConflict.field, CrmConflict.ours, CrmConflict.theirs, CrmConflict.winner, CrmConflict.found_at),
    *(
        CrmConflict.decided_at,
        CrmConflict.decision,
        CrmRecord.connection_id,
        CrmRecord.kind,
        CrmRecord.crm_id,
        CrmRecord.object_id,
    ),
    sa.func.coalesce(Account.name, Contact.name).label("about"),
)
_ACCOUNT = sa.and_(CrmRecord.kind == Kind.ACCOUNTS, Account.id == CrmRecord.object_id)
_CONTACT = sa.and_(CrmRecord.kind == Kind.CONTACTS, Contact.id == CrmRecord.object_id)


def list_conflicts(*, decided: bool, limit: int, before_id: int | None = None, connection_id: int | None = None) -> Sequence[Any]:
    """The newest first; `connection_id`: of this CRM only."""
    which = CrmConflict.decided_at.is_not(None) if decided else CrmConflict.decided_at.is_(None)
    older = [CrmConflict.id < before_id] if before_id is not None else []
    mine = [CrmRecord.connection_id == connection_id] if connection_id is not None else []
    records = sa.select(*_COLUMNS).join(CrmRecord, CrmRecord.id == CrmConflict.record_id)
    query = records.outerjoin(Account, _ACCOUNT).outerjoin(Contact, _CONTACT).where(which, *older, *mine)
    return db.session.execute(query.order_by(CrmConflict.id.desc()).limit(limit)).all()


def decide(conflict_id: int, keep: Side, *, actor: str) -> None:
    """Keep our value or take the CRM's; what holds is written here, the CRM is never changed by it.

    Raises:
        NotFound: there is no such conflict.
        Conflict: it was decided before.
    """
    row = db.session.get(CrmConflict, conflict_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.decided_at is not None:
        raise Conflict("This conflict was decided before.")
    record = db.session.get_one(CrmRecord, row.record_id)
    _write(record, row.field, row.ours if keep is Side.OURS else row.theirs)
    row.decided_at, row.decided_by, row.decision = clock.now(), actor, keep
    db.session.flush()
    audit.record(actor, "crm.conflict_decided", "crm_conflict", row.id, field=row.field, keep=keep.value)


def _write(record: CrmRecord, field: str, value: Any) -> None:
    if record.kind is Kind.ACCOUNTS:
        account = db.session.get_one(Account, record.object_id)
        RECORD_FILES["accounts"].write([{"external_id": account.external_id, "name": account.name, field: value}])
        return
    contact = db.session.get_one(Contact, record.object_id)
    of_contact = sa.select(Account.external_id).join(AccountContact, AccountContact.account_id == Account.id)
    account_name = db.session.scalars(of_contact.where(AccountContact.contact_id == contact.id).limit(1)).one()
    RECORD_FILES["contacts"].write([{"account_external_id": account_name, "external_id": contact.external_id, field: value}])
