"""The people of an account at a glance: who was asked, what they said last, who stays silent, whom no mail reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact
from feedback.extensions import db
from feedback.permission.rules import SuppressionReason
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import Invitation, Response
from feedback.surveys.queries import asks_for_score
from feedback.surveys.rules import InvitationState


class Hearing(StrEnum):
    """Where somebody stands with us."""

    HEARD = "heard"
    SILENT = "silent"  # asked after what they said last, or never heard, and has not answered
    EXCLUDED = "excluded"  # answered, and the answer was taken out of the figures
    NOT_ASKED = "not_asked"
    NO_ADDRESS = "no_address"
    BOUNCED = "bounced"  # nobody is at the address
    REFUSED = "refused"  # the last mail did not arrive, though the address may be good
    OPTED_OUT = "opted_out"
    LEFT = "left"
    ERASED = "erased"


@dataclass(frozen=True)
class TeamMember:
    """One person. `score` is of the newest answer to whatever survey."""

    contact_id: int
    name: str
    role: str
    role_guessed: bool
    score: int | None
    answered_at: datetime | None
    asked_at: datetime | None
    reminders: int
    hearing: Hearing


def list_team(account_id: int) -> Sequence[TeamMember]:
    """Everybody with a role in an account that was accessed before, those who left at the end."""
    members = db.session.execute(_members(account_id)).all()
    ids = [row.contact_id for row in members]
    answers, asked, stopped = _newest_answers(account_id, ids), _newest_requests(account_id, ids), suppressed_contacts(ids)
    found = [_member(row, answers.get(row.contact_id), asked.get(row.contact_id), stopped.get(row.contact_id)) for row in members]
    return sorted(found, key=lambda one: (one.hearing in (Hearing.LEFT, Hearing.ERASED), one.name))


def _members(account_id: int) -> Any:
    columns = (AccountContact.contact_id, AccountContact.role, AccountContact.role_guessed, AccountContact.left_at)
    more = (Contact.name, Contact.external_id, Contact.email, Contact.erased_at)
    people = sa.select(*columns, *more).join(Contact, Contact.id == AccountContact.contact_id)
    return people.where(AccountContact.account_id == account_id)


def _newest_answers(account_id: int, ids: Sequence[int]) -> dict[int, Any]:
    query = (
        sa.select(Response.contact_id, Response.score, Response.responded_at)
        .where(Response.account_id == account_id, Response.contact_id.in_(ids))
        .order_by(Response.responded_at, Response.id)
    )
    return {row.contact_id: row for row in db.session.execute(query)}


def _newest_requests(account_id: int, ids: Sequence[int]) -> dict[int, Any]:
    query = (
        sa.select(Invitation.contact_id, Invitation.state, Invitation.sent_at, Invitation.reminders, Invitation.address)
        .where(
            Invitation.account_id == account_id, Invitation.contact_id.in_(ids), Invitation.sent_at.is_not(None), asks_for_score()
        )
        .order_by(Invitation.sent_at, Invitation.id)
    )
    return {row.contact_id: row for row in db.session.execute(query)}


def _member(row: Any, answer: Any, asked: Any, stopped: SuppressionReason | None) -> TeamMember:
    return TeamMember(
        contact_id=row.contact_id,
        name=row.name or row.external_id,
        role=row.role.value,
        role_guessed=row.role_guessed,
        score=answer.score if answer else None,
        answered_at=answer.responded_at if answer else None,
        asked_at=asked.sent_at if asked else None,
        reminders=asked.reminders if asked else 0,
        hearing=_hearing(row, answer, asked, stopped),
    )


def _hearing(row: Any, answer: Any, asked: Any, stopped: SuppressionReason | None) -> Hearing:
    """By what holds for the address of today: one that has taken the place of a dead one is not dead."""
    came_back = asked is not None and asked.state is InvitationState.BOUNCED
    dead = stopped is SuppressionReason.HARD_BOUNCE or (came_back and asked.address in (None, row.email))
    refused = asked is not None and asked.state is InvitationState.FAILED
    arrived = asked is not None and asked.state not in (InvitationState.FAILED, InvitationState.BOUNCED)
    unheard = arrived and (answer is None or answer.responded_at < asked.sent_at)
    excluded = unheard and asked.state is InvitationState.ANSWERED
    # the first that is so
    cases = (
        (row.erased_at is not None, Hearing.ERASED),
        (row.left_at is not None, Hearing.LEFT),
        (stopped is not None and stopped is not SuppressionReason.HARD_BOUNCE, Hearing.OPTED_OUT),
        (dead, Hearing.BOUNCED),
        (refused and (answer is None or answer.responded_at < asked.sent_at), Hearing.REFUSED),
        (excluded, Hearing.EXCLUDED),
        (unheard, Hearing.SILENT),
        (answer is not None, Hearing.HEARD),
        (row.email is None, Hearing.NO_ADDRESS),
    )
    return next((hearing for is_so, hearing in cases if is_so), Hearing.NOT_ASKED)
