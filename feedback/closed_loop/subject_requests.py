"""What people ask of us by right: noted with its last day, extended once with a reason, fulfilled or refused with one."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.accounts.models import Contact
from feedback.accounts.rules import ErasureReason
from feedback.audit import service as audit
from feedback.closed_loop.erasure import erase_person
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound, RuleViolation
from feedback.permission.models import SubjectRequest
from feedback.permission.preferring import Speaker, objections
from feedback.permission.queries import list_consent_states
from feedback.permission.rights import RequestKind, RequestState, due_on
from feedback.permission.service import record_consents


def note_request(
    contact_id: int, kind: RequestKind, *, actor: str, received_on: date | None = None, note: str | None = None
) -> SubjectRequest:
    """Write down that somebody asked; from then on the month runs. Call it inside `transaction()`.

    Raises:
        NotFound: there is no such contact.
        RuleViolation: the person was erased.
        InvalidInput: the day has not come yet.
    """
    contact = db.session.get(Contact, contact_id)
    if contact is None:
        raise NotFound
    if contact.erased_at is not None:
        raise RuleViolation(_("This person was erased; nothing can be stored about them."))
    today = clock.now().date()
    received = received_on or today
    if received > today:
        raise InvalidInput({"received_on": [_("This day has not come yet.")]})
    days = {"received_on": received, "due_on": due_on(received, extended=False)}
    request = SubjectRequest(
        contact_id=contact_id, kind=kind, state=RequestState.OPEN, note=note, recorded_by=actor, recorded_at=clock.now(), **days
    )
    db.session.add(request)
    db.session.flush()
    audit.record(actor, "subject_request.noted", "subject_request", request.id, kind=kind.value, contact_id=contact_id)
    return request


def get_request(request_id: int) -> SubjectRequest:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    request = db.session.get(SubjectRequest, request_id, populate_existing=True)
    if request is None:
        raise NotFound
    return request


def _open(request_id: int) -> SubjectRequest:
    request = get_request(request_id)
    if request.state is not RequestState.OPEN:
        raise Conflict(_("This request is closed already."))
    return request


def extend_request(request_id: int, because: str, *, actor: str) -> SubjectRequest:
    """Take two more months, once and before the first one is over; the person has to be told why.

    Raises:
        NotFound, Conflict: there is none, it is closed, or it was extended before.
        RuleViolation: its day has passed.
    """
    request = _open(request_id)
    if request.extended_at is not None:
        raise Conflict(_("This request was extended before; that is possible once."))
    if request.due_on < clock.now().date():
        raise RuleViolation(_("Its last day has passed: it cannot be extended any more."))
    request.due_on, request.extended_at = due_on(request.received_on, extended=True), clock.now()
    request.extended_because = because
    db.session.flush()
    audit.record(actor, "subject_request.extended", "subject_request", request.id)
    return request


def fulfil_request(request_id: int, result: str, *, actor: str) -> SubjectRequest:
    """Do what was asked and close it: an erasure erases, an objection is written into the ledger. The rest was done by hand.

    Raises:
        NotFound, Conflict: there is none, or it is closed.
    """
    request = _open(request_id)
    if request.kind is RequestKind.OBJECTION:
        speaker = Speaker(request.contact_id, list_consent_states(request.contact_id), {}, clock.now())
        record_consents(objections(speaker), recorded_by=actor)
    _close(request, RequestState.DONE, result, actor)
    if request.kind is RequestKind.ERASURE:
        # it clears the words of the request, too
        receipt = erase_person(request.contact_id, ErasureReason.REQUESTED, actor=actor)
        request = get_request(request_id)
        request.erasure_id = receipt
        db.session.flush()
    return request


def refuse_request(request_id: int, because: str, *, actor: str) -> SubjectRequest:
    """Say no, with the reason that the person is told.

    Raises:
        NotFound, Conflict: there is none, or it is closed.
    """
    return _close(_open(request_id), RequestState.REFUSED, because, actor)


def _close(request: SubjectRequest, state: RequestState, result: str, actor: str) -> SubjectRequest:
    request.state, request.result, request.closed_at, request.closed_by = state, result, clock.now(), actor
    db.session.flush()
    audit.record(actor, f"subject_request.{state.value}", "subject_request", request.id, kind=request.kind.value)
    return request


def list_requests() -> Sequence[SubjectRequest]:
    """The open ones first, by their last day; then the closed, the newest first."""
    is_open = SubjectRequest.state == RequestState.OPEN
    order = (sa.case((is_open, 0), else_=1), sa.case((is_open, SubjectRequest.due_on)), SubjectRequest.id.desc())
    return db.session.scalars(sa.select(SubjectRequest).order_by(*order)).all()
