"""People who can be asked, and waves that ask them."""

import re
from datetime import date, timedelta
from email.message import EmailMessage

import sqlalchemy as sa

from feedback.accounts.models import Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import queries, service
from feedback.listening.drafts import WaveDraft
from feedback.listening.planning import start_wave
from feedback.listening.rehearsal import Rehearsal, rehearse
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.uow import transaction
from tests.factories import insert, make_contact

ACTOR = "user:1"


def ask(account_id: int, role: ContactRole = ContactRole.DECISION_MAKER, *, consents: bool = True, **values: object) -> int:
    """A contact who can be asked."""
    contact_id = make_contact(account_id, role, **values)
    with transaction():
        person = db.session.get_one(Contact, contact_id)
        person.email = person.email or f"{person.external_id}@customer.example"
    if consents:
        insert(
            ConsentEvent,
            contact_id=contact_id,
            purpose=Purpose.FEEDBACK,
            channel=Channel.EMAIL,
            action=ConsentAction.GRANTED,
            occurred_at=clock.now(),
            recorded_at=clock.now(),
            recorded_by=ACTOR,
        )
    return contact_id


def draw_up(**values: object) -> int:
    """A draft for everybody, of two weeks from 23 November 2026, or from today where the clock is past them."""
    starts_on = date(2026, 11, 23) if clock.now().date() <= date(2026, 12, 4) else clock.now().date()
    draft = {"survey": "relationship", "name": "Autumn", "starts_on": starts_on, "ends_on": starts_on + timedelta(days=11)}
    with transaction():
        return service.create_wave(WaveDraft(**draft | {"audience": {}} | values), actor=ACTOR)  # type: ignore[arg-type]


def start(wave_id: int) -> Rehearsal:
    """Start it; answers the plan that it has now."""
    plan = rehearsed(wave_id)
    start_wave(wave_id, actor=ACTOR)
    return plan


def rehearsed(wave_id: int) -> Rehearsal:
    wave = queries.get_wave(wave_id)
    return rehearse(wave, db.session.get_one(SurveyProgram, wave.survey_id))


def invitation_of(contact_id: int) -> Invitation:
    db.session.rollback()
    return db.session.scalars(sa.select(Invitation).where(Invitation.contact_id == contact_id)).one()


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"/s/[\w-]+", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert found
    return found.group()
