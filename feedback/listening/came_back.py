"""Mails that came back: what becomes of the invitation, and of the address. Call everything inside `transaction()`."""

from collections.abc import Collection

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Contact
from feedback.audit import service as audit
from feedback.egress.letters import domain_of
from feedback.extensions import db
from feedback.issues.working.came_back import note_returned as note_progress_returned
from feedback.kernel import clock
from feedback.listening.models import SurveyMail
from feedback.listening.rules.reports import Report
from feedback.listening.rules.verdicts import Verdict
from feedback.listening.stopping import stop_waiting
from feedback.outer_loop.came_back import note_returned
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.telling import came_back as notices

ACTOR = "mail"
_WAITING = (InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)
_MAX_IDS = 200


def record_report(report: Report) -> int:
    """Do what a report asks for; answers about how many of our mails it speaks.

    A Message-ID, or the token in the address that a report came back to, cannot be guessed: it is known to us, to the person,
    and to the mail servers between. So a report that names none of ours, forged or not, changes nothing.
    """
    domain = domain_of(current_app.extensions["closedloop_settings"].mail_from) or "localhost"
    ids = {*report.message_ids, *(f"<{token}@{domain}>" for token in report.tokens)}
    found = _mails(ids) if 0 < len(ids) <= _MAX_IDS else []
    for invitation_id, number in found:
        record_failure(invitation_id, number, report.verdict, report.status)
    others = _note_others(ids, report) if 0 < len(ids) <= _MAX_IDS and not found else 0
    return len(found) + others


_STOPS = {Verdict.DEAD: SuppressionReason.HARD_BOUNCE, Verdict.COMPLAINT: SuppressionReason.COMPLAINT}


def _note_others(ids: Collection[str], report: Report) -> int:
    """Letters and notices to staff come back the same way; one that is only late has not come back."""
    if report.verdict is Verdict.DELAYED:
        return 0
    reason = _STOPS.get(report.verdict)
    letters = note_returned(ids, reason=reason, status=report.status)
    letters += note_progress_returned(ids, reason=reason, status=report.status)
    return letters or notices.note_returned(ids, status=report.status or report.verdict.value)


def _mails(message_ids: Collection[str]) -> list[tuple[int, int]]:
    query = sa.select(SurveyMail.invitation_id, SurveyMail.number).where(SurveyMail.message_id.in_(message_ids))
    return [(invitation_id, number) for invitation_id, number in db.session.execute(query)]


def record_failure(invitation_id: int, number: int, verdict: Verdict, status: str) -> None:
    """Note what came of one mail. The same report a second time changes nothing."""
    mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number)
    if verdict is Verdict.DELAYED:
        db.session.execute(sa.update(SurveyMail).where(*mail, SurveyMail.bounced_at.is_(None)).values(bounce=status))
        return
    if not _note(mail, verdict, status):
        return
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None:
        return
    _end(invitation, verdict)
    if verdict is Verdict.DEAD:
        _bury(invitation, status)
    elif verdict is Verdict.COMPLAINT:
        _heed(invitation)


def _note(mail: tuple[sa.ColumnElement[bool], ...], verdict: Verdict, status: str) -> bool:
    """Write it beside the mail; answers whether it is news. Who calls a mail spam is heard whatever came back before."""
    unheard: sa.ColumnElement[bool] = SurveyMail.bounced_at.is_(None)
    if verdict is Verdict.COMPLAINT:
        unheard = sa.or_(unheard, SurveyMail.bounce != verdict.value)
    said = verdict.value if verdict is Verdict.COMPLAINT else status or verdict.value
    fresh = sa.update(SurveyMail).where(*mail, unheard).values(bounced_at=clock.now(), bounce=said)
    return db.session.execute(fresh.returning(SurveyMail.id)).one_or_none() is not None


_ENDS = {
    Verdict.DEAD: InvitationState.BOUNCED,
    Verdict.REFUSED: InvitationState.FAILED,  # the address may be good: nobody has to find another one
    Verdict.COMPLAINT: InvitationState.STOPPED,
}


def _end(invitation: Invitation, verdict: Verdict) -> None:
    waited, invitation.next_reminder_at = invitation.state in _WAITING, None
    if waited:
        invitation.state = _ENDS[verdict]
    db.session.flush()
    if waited:
        audit.record(ACTOR, f"invitation.{verdict.value}", "invitation", invitation.id, contact_id=invitation.contact_id)


def _bury(invitation: Invitation, status: str) -> None:
    """The address is struck off, not the person: with another address somebody can be asked again, and stays planned."""
    if invitation.address:
        whom, struck_off = invitation.contact_id, invitation.address
        suppressions.suppress(SuppressionReason.HARD_BOUNCE, actor=ACTOR, contact_id=whom, address=struck_off, note=status)
    address = db.session.scalar(sa.select(Contact.email).where(Contact.id == invitation.contact_id))
    if not invitation.address or suppressions.normalized(address or "") == suppressions.normalized(invitation.address):
        stop_waiting(invitation.contact_id, SkipReason.BOUNCED)


def _heed(invitation: Invitation) -> None:
    """Who calls our mail spam gets none at any address."""
    suppressions.suppress(SuppressionReason.COMPLAINT, actor=ACTOR, contact_id=invitation.contact_id, address=invitation.address)
    stop_waiting(invitation.contact_id, SkipReason.STOP_LIST)
