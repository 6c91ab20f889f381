"""Decision makers of the most valuable customers who stay silent, or whom no mail reaches: somebody should call."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.extensions import db
from feedback.issues.queries.openings import get_opening_rules
from feedback.issues.rules import IssueSource
from feedback.issues.work_items import Reason, open_work_items
from feedback.kernel import clock
from feedback.listening.models import SurveyMail, Wave
from feedback.outbox.service import enqueue_many
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState

LOOK_BACK = timedelta(days=30)  # a longer stop of the jobs is no reason to send news of last season
_SILENT = (InvitationState.SENT, InvitationState.REMINDED, InvitationState.EXPIRED)
Message = tuple[str, str, dict[str, Any]]


def announce_silence() -> int:
    """Tell the account manager, and whoever started the wave; answers about how many people. Call inside `transaction()`.

    Once per wave and person, whoever looks and how often: the message's key is made of both. Who opted out is left in peace; an
    address that is dead is another message.
    """
    settings, now = current_app.extensions["closedloop_settings"], clock.now()
    rule = get_opening_rules().of(IssueSource.SILENCE)
    tiers = {ValueTier.A, *(ValueTier(tier) for tier in rule.params["tiers"] if rule.active)}
    rows: Any = db.session.execute(_candidates(tiers)).all()
    waited = now - timedelta(days=settings.silence_alert_days)
    silent = [row for row in rows if row.state in _SILENT and now - LOOK_BACK - (now - waited) < row.mailed_at <= waited]
    dead = [row for row in rows if row.state is InvitationState.BOUNCED and row.mailed_at > now - LOOK_BACK]
    stopped = suppressed_contacts([row.contact_id for row in silent])
    told = [(row, "silent_decision_maker") for row in silent if row.contact_id not in stopped and row.value_tier is ValueTier.A]
    told += [(row, "dead_address") for row in dead if row.value_tier is ValueTier.A]
    enqueue_many([message for row, kind in told for message in _messages(row, kind)])
    if rule.active:
        chosen = [row for row in silent if row.contact_id not in stopped and row.value_tier.value in rule.params["tiers"]]
        _open_work_items(chosen, now)
    return len(told)


def _open_work_items(silent: Sequence[Any], now: datetime) -> None:
    """Somebody calls: an item in a queue, with an owner and a clock, once per person and wave."""
    reasons = {
        (row.account_id, row.contact_id): Reason(
            IssueSource.SILENCE,
            row.account_id,
            (row.contact_id,),
            {"days": (now - row.mailed_at).days},
            key=str(row.contact_id),
            since=row.mailed_at,
            manager_knows=row.value_tier is ValueTier.A,
        )
        for row in silent
    }
    open_work_items(list(reasons.values()))


def _candidates(tiers: Collection[ValueTier]) -> Any:
    """Decision makers of active customers of these tiers in waves, without an answer since they were asked."""
    mailed = (
        sa.select(sa.func.max(SurveyMail.sent_at, type_=SurveyMail.sent_at.type))
        .where(SurveyMail.invitation_id == Invitation.id)
        .scalar_subquery()
    )
    newest = sa.func.coalesce(mailed, Invitation.sent_at, type_=Invitation.sent_at.type).label("mailed_at")
    answered = sa.exists().where(
        Response.account_id == Invitation.account_id,
        Response.contact_id == Invitation.contact_id,
        Response.responded_at >= Invitation.sent_at,
    )
    role = sa.and_(AccountContact.account_id == Invitation.account_id, AccountContact.contact_id == Invitation.contact_id)
    columns = (Invitation.id, Invitation.wave_id, Invitation.account_id, Invitation.contact_id, Invitation.state, newest)
    names = (Account.name.label("account"), Account.owner_id, Account.value_tier, Contact.name, Wave.started_by)
    return (
        sa.select(*columns, *names)
        .join(Wave, Wave.id == Invitation.wave_id)
        .join(Account, Account.id == Invitation.account_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .join(AccountContact, role)
        .where(
            Invitation.sent_at > clock.now() - 4 * LOOK_BACK,
            Invitation.state.in_((*_SILENT, InvitationState.BOUNCED)),
            Invitation.next_reminder_at.is_(None),
            AccountContact.role == ContactRole.DECISION_MAKER,
            AccountContact.left_at.is_(None),
            Account.value_tier.in_(tiers),
            Account.status == AccountStatus.ACTIVE,
            ~answered,
        )
    )


def _messages(row: Any, kind: str) -> list[Message]:
    starter = str(row.started_by or "").removeprefix("user:")
    people = dict.fromkeys([row.owner_id, int(starter) if starter.isdigit() else None])
    params = {"account": row.account, "person": row.name or ""}
    link = f"/app/accounts/{row.account_id}?contact={row.contact_id}"
    key = f"{kind}:{row.wave_id}:{row.account_id}:{row.contact_id}"
    return [
        ("notify_user", f"{key}:{user_id}", {"user_id": user_id, "kind": kind, "params": params, "link": link})
        for user_id in people
        if user_id is not None
    ]
