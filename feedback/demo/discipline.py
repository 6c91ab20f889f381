"""Sales contacts that nobody should have made: some without asking the gate, some against its answer, and what came after."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.queries import get_viewer
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.contacts.service import Approached, log_sales_contact
from feedback.gate.evaluation import Question
from feedback.gate.rules import Initiation
from feedback.gate.service import evaluate_all
from feedback.issues.models import Issue
from feedback.issues.rules import IssueSource
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.uow import transaction

_EARLIEST, _LATEST = timedelta(days=60), timedelta(days=8)
_BEFORE, _LATER = timedelta(days=4), timedelta(days=2)
_MANY, _NO_MORE = 6, 2


def play_hasty_sales(end: datetime) -> None:
    """Calls some days before a customer complained, every other one after a no; the first two then wanted no more offers."""
    for place, call in enumerate(_before_complaints(end)):
        at = call.opened_at - _BEFORE
        with clock.frozen(at):
            _call(call, get_viewer(call.owner_id), asks_first=place % 2 == 0)
        if place < _NO_MORE:
            with clock.frozen(at + _LATER), transaction():
                said = ConsentDraft(call.contact_id, Purpose.OFFERS, Channel.PHONE, ConsentAction.WITHDRAWN, clock.now())
                record_consents([said], recorded_by=f"user:{call.owner_id}")


def _before_complaints(end: datetime) -> Sequence[Any]:
    """One bad answer of each of the most valuable customers who gave one lately, with who decides there."""
    recent = (Issue.source == IssueSource.RESPONSE, Issue.opened_at.between(end - _EARLIEST, end - _LATEST))
    decides = (AccountContact.role == ContactRole.DECISION_MAKER, AccountContact.left_at.is_(None))
    opened_at = sa.func.min(Issue.opened_at, type_=Issue.opened_at.type).label("opened_at")
    contact_id = sa.func.min(AccountContact.contact_id).label("contact_id")
    query = (
        sa.select(Account.id.label("account_id"), Account.owner_id, opened_at, contact_id)
        .join(Issue, Issue.account_id == Account.id)
        .join(AccountContact, AccountContact.account_id == Account.id)
        .where(*recent, *decides, Account.owner_id.is_not(None))
        .group_by(Account.id, Account.owner_id, Account.annual_revenue)
        .order_by(Account.annual_revenue.desc(), Account.id)
    )
    return db.session.execute(query.limit(_MANY)).all()


def _call(call: Any, viewer: Viewer, *, asks_first: bool) -> None:
    person = db.session.get_one(Contact, call.contact_id).external_id
    about = {"account_id": call.account_id, "contact_external_id": person}
    with transaction():
        if asks_first:
            # by text message, which nobody here has agreed to: the answer is no
            evaluate_all([(Question(Purpose.OFFERS, Channel.SMS, Initiation.OUTBOUND, **about), viewer)])
        channel = Channel.SMS if asks_first else Channel.PHONE
        log_sales_contact(Approached(channel, ContactOutcome.DECLINED, **about), viewer)
