"""Erasing a person: everything that says who it was goes, what was counted stays counted.

Whoever keeps something about people has registered with `kernel.erasing`; the imports below are the list of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from feedback.accounts import erased
from feedback.accounts import erasing as accounts_erasing
from feedback.accounts.events import BuyingFactsChanged
from feedback.accounts.models import Contact, ErasedIdentity, Erasure, ErasureInProgress
from feedback.accounts.rules import ErasureReason
from feedback.audit import erasing as audit_erasing
from feedback.audit import service as audit
from feedback.closed_loop.whom import find_whom
from feedback.defects import locks
from feedback.extensions import db
from feedback.gate import erasing as gate_erasing
from feedback.inlets import erasing as inlets_erasing
from feedback.issues import erasing as issues_erasing
from feedback.issues.working import erasing as working_erasing
from feedback.kernel import clock, events
from feedback.kernel.erasing import Person, erased_columns, forget_everywhere
from feedback.kernel.errors import NotFound
from feedback.listening import erasing as listening_erasing
from feedback.outbox import erasing as outbox_erasing
from feedback.outer_loop import erasing as outer_loop_erasing
from feedback.partners import erasing as partners_erasing
from feedback.permission import erasing as permission_erasing
from feedback.planning import erasing as planning_erasing
from feedback.selling import erasing as selling_erasing
from feedback.surveys import erasing as surveys_erasing
from feedback.uow import clear_files, transaction
from feedback.web import erasing as web_erasing

TAKING_PART = (
    accounts_erasing,
    surveys_erasing,
    permission_erasing,
    gate_erasing,
    selling_erasing,
    issues_erasing,
    outer_loop_erasing,
    working_erasing,
    planning_erasing,
    listening_erasing,
    inlets_erasing,
    partners_erasing,
    outbox_erasing,
    audit_erasing,
    web_erasing,
)


@dataclass(frozen=True)
class Preview:
    """What an erasure would do. `counts` by the names that erasers give their numbers."""

    contact_id: int
    name: str | None
    external_id: str
    counts: Mapping[str, int]
    erased_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """That somebody was erased; `met_again`: how often the person was handed in again since."""

    id: int
    contact_id: int
    reason: ErasureReason
    counts: Mapping[str, int]
    erased_by: str
    erased_at: datetime
    files_cleaned_at: datetime | None
    met_again: int = 0
    last_met_at: datetime | None = None


def preview_erasure(contact_id: int) -> Preview:
    """What the erasure would do now, counted as the erasure counts. Only reads; nobody who writes waits for it.

    Raises:
        NotFound: there is no such contact.
    """
    contact = _get(contact_id)
    counts = _numbers(forget_everywhere(find_whom(contact, counting=True)))
    return Preview(contact_id, contact.name, contact.external_id, counts, contact.erased_at)


def erase_person(contact_id: int, reason: ErasureReason, *, actor: str) -> int:
    """Erase somebody; answers the id of the receipt. Call inside `transaction()`. The job clears the files (`clean_up`).

    Raises:
        NotFound: there is no such contact.
    """
    session = db.session()
    locks.hold(session, locks.ACCEPTOR)  # no answer of this person is accepted halfway
    person = find_whom(_get(contact_id))
    counts = _forget(person)
    erased.remember(session, contact_id, [*person.ids, *([person.email] if person.email else ())], person.at)
    row = {"contact_id": contact_id, "reason": reason, "counts": counts, "erased_by": actor, "erased_at": person.at}
    receipt: int = session.execute(sa.insert(Erasure).values(**row).returning(Erasure.id)).scalar_one()
    audit.record(actor, "contact.erased", "contact", contact_id, reason=reason.value, receipt=receipt)
    events.publish(BuyingFactsChanged(person.account_ids, "contact"))
    session.expire_all()
    return receipt


def _get(contact_id: int) -> Contact:
    contact = db.session.get(Contact, contact_id)
    if contact is None:
        raise NotFound
    return contact


def _forget(person: Person) -> dict[str, int]:
    """What is append-only lets go of texts while the row stands there, and only then."""
    db.session.execute(sa.insert(ErasureInProgress).values(contact_id=person.contact_id))
    done = forget_everywhere(person)
    db.session.execute(sa.delete(ErasureInProgress))
    return _numbers(done)


def _numbers(done: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in sorted(done.items()) if number}


def clean_up() -> int:
    """Clear the database's files of what erasures left there; answers how many receipts that finished.

    Call it outside a transaction. Readers that look at an older state keep it there: then the job tries again.
    """
    waiting = list(db.session.scalars(sa.select(Erasure.id).where(Erasure.files_cleaned_at.is_(None))))
    if not waiting or not clear_files(sorted({column.partition(".")[0] for column in erased_columns()})):
        return 0
    with transaction() as session:
        done = sa.update(Erasure).where(Erasure.id.in_(waiting), Erasure.files_cleaned_at.is_(None))
        session.execute(done.values(files_cleaned_at=clock.now()))
    return len(waiting)


def list_receipts(*, limit: int = 200) -> Sequence[Receipt]:
    """Erasures, the newest first, with whether the person was handed in again."""
    again, last = sa.func.sum(ErasedIdentity.met_again), sa.func.max(ErasedIdentity.last_met_at, type_=Erasure.erased_at.type)
    names = ("id", "contact_id", "reason", "counts", "erased_by", "erased_at", "files_cleaned_at")
    met = sa.select(ErasedIdentity.contact_id, again.label("again"), last.label("last")).group_by(ErasedIdentity.contact_id)
    found = met.subquery()
    query = (
        sa.select(*(getattr(Erasure, name) for name in names), sa.func.coalesce(found.c.again, 0), found.c.last)
        .outerjoin(found, found.c.contact_id == Erasure.contact_id)
        .order_by(Erasure.id.desc())
        .limit(limit)
    )
    return [Receipt(*row) for row in db.session.execute(query).all()]  # type: ignore[call-arg]


def get_receipt(receipt_id: int) -> Receipt:
    """One erasure, which the caller has just done."""
    return next(receipt for receipt in list_receipts() if receipt.id == receipt_id)
