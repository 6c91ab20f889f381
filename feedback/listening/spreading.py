"""A wave that goes on after a pause: those who should have been asked meanwhile are not all asked on one morning."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.audience import Audience, load_people
from feedback.listening.models import Wave
from feedback.listening.rehearsal import asked_elsewhere, terms_of
from feedback.listening.rules.schedule import Pace, plan
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState


def spread_again(wave: Wave) -> None:
    """Give whoever still waits a new moment at the wave's pace, over as many days as were left when it was paused.

    Who cannot be placed keeps the old moment: whether they may be asked is checked once more before the mail leaves.
    """
    waiting = {
        (account_id, contact_id): (id_, send_at)
        for id_, account_id, contact_id, send_at in db.session.execute(
            sa.select(Invitation.id, Invitation.account_id, Invitation.contact_id, Invitation.send_at).where(
                Invitation.wave_id == wave.id, Invitation.state == InvitationState.PLANNED
            )
        )
    }
    now = clock.now()
    moments = [send_at for _, send_at in waiting.values() if send_at]
    if not moments or min(moments) >= now:
        return
    wave.ends_on = max(wave.ends_on, now.date() + (max(moments) - min(moments)))
    ids = tuple(sorted({account_id for account_id, _ in waiting}))
    people = load_people(replace(Audience(), account_ids=ids), now=now, wave_id=wave.id)
    people = [one for one in people if (one.person.account_id, one.person.contact_id) in waiting]
    pace = Pace(wave.per_day, wave.account_gap_days, wave.callbacks_per_owner_day)
    terms = replace(terms_of(wave, db.session.get_one(SurveyProgram, wave.survey_id)), starts_on=now.date())
    valid = timedelta(days=current_app.extensions["closedloop_settings"].invitation_valid_days)
    elsewhere = asked_elsewhere(people, terms, pace, wave.id)  # who this wave asked already counts too
    for outcome in plan([one.person for one in people], terms, pace, now=now, elsewhere=elsewhere):
        if outcome.send_at is not None:
            id_, _old = waiting[outcome.person.account_id, outcome.person.contact_id]
            moments_now = {"send_at": outcome.send_at, "expires_at": outcome.send_at + valid}
            db.session.execute(sa.update(Invitation).where(Invitation.id == id_).values(**moments_now))
