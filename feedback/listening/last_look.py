"""May this person be asked at this moment? The rules of the plan with the facts of now, for one invitation."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole
from feedback.extensions import db
from feedback.listening import history
from feedback.listening.audience import rests_until, zone_named
from feedback.listening.history import LastAsked
from feedback.listening.models import WaveExclusion
from feedback.listening.rehearsal import quarantine_days
from feedback.listening.rules.eligibility import Person, Terms, free_from, skip_reason, stands_against
from feedback.listening.rules.states import QuarantineMode
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, Purpose
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SkipReason, SurveyKind

_NEVER_ASKED = LastAsked({}, {})


@dataclass(frozen=True, slots=True)
class Standing:
    """A contact at an account, as the mail needs it."""

    person: Person
    name: str | None
    language: str | None


def find_standing(
    account_id: int, contact_id: int, asked: LastAsked = _NEVER_ASKED, *, wave_id: int | None = None
) -> Standing | None:
    """The person with everything that decides; None when account or contact is gone."""
    query = (
        sa.select(Account, Contact, AccountContact)
        .select_from(Account)
        .join(Contact, Contact.id == contact_id)
        .outerjoin(AccountContact, sa.and_(AccountContact.account_id == account_id, AccountContact.contact_id == contact_id))
        .where(Account.id == account_id)
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else _standing(*row, asked, wave_id)


def _standing(account: Account, contact: Contact, role: AccountContact | None, asked: LastAsked, wave_id: int | None) -> Standing:
    person = Person(
        account_id=account.id,
        contact_id=contact.id,
        role=role.role if role else ContactRole.USER,
        tier=account.value_tier,
        owner_id=None,
        address=contact.email,
        zone=zone_named(contact.time_zone or account.time_zone),
        consent=consent_states([contact.id], Purpose.FEEDBACK, Channel.EMAIL).get(contact.id, NOTHING_RECORDED).state,
        account_active=account.status is AccountStatus.ACTIVE,
        left=role is None or role.left_at is not None,
        taken_off=wave_id is not None and db.session.get(WaveExclusion, (wave_id, account.id, contact.id)) is not None,
        suppressed=suppressed_contacts([contact.id]).get(contact.id),
        not_now_until=rests_until(contact),
        asked_relationship=asked.relationship.get(contact.id),
        asked_transactional=asked.transactional.get(contact.id),
        asked_otherwise=asked.otherwise.get(contact.id),
    )
    return Standing(person, contact.name, contact.language or account.language)


def look(person: Person, program: SurveyProgram, at: datetime) -> SkipReason | None:
    """Why this person must not be asked at that moment; None when nothing stands against it.

    Whether a problem is solved is no survey: it answers what the customer told us, waits for no other mail, and needs no
    permission to be surveyed. A wish not to get mails, a dead address and whoever left hold for it too.
    """
    settings: Any = current_app.extensions["closedloop_settings"]
    days, day = quarantine_days(program), date.min
    terms = Terms(program.kind, days, QuarantineMode.BLOCK, settings.feedback_consent_required, day, day)
    if program.kind is SurveyKind.VERIFICATION:
        return skip_reason(person, replace(terms, consent_required=False, ends_on=at.astimezone(person.zone).date()))
    return stands_against(person, terms, at)


def floor_ends(person: Person, program: SurveyProgram) -> datetime | None:
    """For what an issue asks: until when another mail of the last 24 hours puts it off. It is put off, not left out."""
    if program.kind is not SurveyKind.RECOVERY_PULSE:
        return None
    return free_from(
        person, Terms(program.kind, 0, QuarantineMode.BLOCK, consent_required=False, starts_on=date.min, ends_on=date.min)
    )


def asked_before(contact_id: int, invitation_id: int | None) -> LastAsked:
    """When this person was asked last: in all, or as far as it counts when the mail of this invitation leaves."""
    return history.last_asked([contact_id], before=invitation_id)
