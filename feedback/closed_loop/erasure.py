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
from feedback.accounts.models import (
    Account,
    AccountContact,
    Contact,
    ErasedIdentity,
    Erasure,
    ErasureInProgress,
    ExternalIdentity,
)
from feedback.accounts.rules import ErasureReason
from feedback.audit import erasing as audit_erasing
from feedback.audit import service as audit
from feedback.defects import locks
from feedback.extensions import db
from feedback.inlets import erasing as inlets_erasing
from feedback.issues import erasing as issues_erasing
from feedback.kernel import clock, events
from feedback.kernel.erasing import Person, forget_everywhere
from feedback.kernel.errors import NotFound
from feedback.listening import erasing as listening_erasing
from feedback.outbox import erasing as outbox_erasing
from feedback.permission import erasing as permission_erasing
from feedback.surveys import erasing as surveys_erasing
from feedback.uow import clear_files, transaction, trial
from feedback.web import erasing as web_erasing

TAKING_PART = (
    accounts_erasing,
    surveys_erasing,
    permission_erasing,
    issues_erasing,
    listening_erasing,
    inlets_erasing,
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
    """Do it and take it back: the numbers are those that the erasure would give. Call inside `transaction()`.

    Raises:
        NotFound: there is no such contact.
    """
    contact = _get(contact_id)
    name, external_id, before = contact.name, contact.external_id, contact.erased_at
    with trial():
        counts = _forget(_person(contact))
    return Preview(contact_id, name, external_id, counts, before)


def erase_person(contact_id: int, reason: ErasureReason, *, actor: str) -> int:
    """Erase somebody; answers the id of the receipt. Call inside `transaction()`, and `clean_up` after it.

    Raises:
        NotFound: there is no such contact.
    """
    session = db.session()
    locks.hold(session, locks.ACCEPTOR)  # no answer of this person is accepted halfway
    person = _person(_get(contact_id))
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


def _person(contact: Contact) -> Person:
    accounts = sa.select(AccountContact.account_id).where(AccountContact.contact_id == contact.id)
    aliases = sa.select(ExternalIdentity.external_id).where(
        ExternalIdentity.object_type == "contact", ExternalIdentity.object_id == contact.id
    )
    ids = (contact.external_id, f"erased-{contact.id}", *db.session.scalars(aliases))
    found = tuple(db.session.scalars(accounts))
    # a contact that stands for its account has the account's id, which is no word about a person
    own = set(db.session.scalars(sa.select(Account.external_id).where(Account.id.in_(found))))
    return Person(contact.id, found, contact.name, contact.email, contact.phone, ids, own, clock.now())


def _forget(person: Person) -> dict[str, int]:
    """What is append-only lets go of texts while the row stands there, and only then."""
    db.session.execute(sa.insert(ErasureInProgress).values(contact_id=person.contact_id))
    done = forget_everywhere(person)
    db.session.execute(sa.delete(ErasureInProgress))
    return {name: number for name, number in sorted(done.items()) if number}


def clean_up() -> int:
    """Clear the database's files of what erasures left there; answers how many receipts that finished.

    Call it outside a transaction. Readers that look at an older state keep it there: then the job tries again.
    """
    waiting = list(db.session.scalars(sa.select(Erasure.id).where(Erasure.files_cleaned_at.is_(None))))
    if not waiting or not clear_files():
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
