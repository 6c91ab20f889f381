"""A wave that goes on after a pause: those who should have been asked meanwhile are not all asked on one morning."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.audience import Audience, Listed, load_people
from feedback.listening.models import Wave
from feedback.listening.rehearsal import asked_elsewhere, pace_of, terms_of
from feedback.listening.rules.eligibility import Terms
from feedback.listening.rules.schedule import Pace, Planned, plan
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason

MORE, LONGEST = timedelta(days=7), timedelta(days=366)


def spread_again(wave: Wave) -> None:
    """Give whoever still waits a new moment at the wave's pace, over as many days as were left when it was paused.

    Where those days are too few for the gap between two people of one account or the load of an owner, the wave becomes longer.
    Who cannot be placed all the same is skipped with the reason, as at the start.
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
    program = db.session.get_one(SurveyProgram, wave.survey_id)
    people = load_people(replace(Audience(), account_ids=ids), program.kind, now=now, wave_id=wave.id)
    people = [one for one in people if (one.person.account_id, one.person.contact_id) in waiting]
    pace, terms = pace_of(wave), replace(terms_of(wave, program), starts_on=now.date())
    valid = timedelta(days=current_app.extensions["closedloop_settings"].invitation_valid_days)
    placed = _plan_with_room(people, terms, pace, wave, now)
    rows = [_row(waiting[one.person.account_id, one.person.contact_id][0], one, valid) for one in placed]
    for kind in (True, False):
        some = [row for row in rows if ("send_at" in row) is kind]
        if some:
            db.session.execute(sa.update(Invitation), some)  # one statement for all


def _plan_with_room(people: Sequence[Listed], terms: Terms, pace: Pace, wave: Wave, now: datetime) -> list[Planned]:
    """The plan; with a later last day for the wave, until a longer one would help nobody."""
    longest = now.date() + LONGEST
    while True:
        elsewhere = asked_elsewhere(people, terms, pace, wave.id)  # who this wave asked already counts too
        placed = plan([one.person for one in people], terms, pace, now=now, elsewhere=elsewhere)
        if terms.ends_on >= longest or all(one.reason is not SkipReason.NO_ROOM for one in placed):
            wave.ends_on = terms.ends_on
            return placed
        ends_on = terms.ends_on + max(terms.ends_on - terms.starts_on, MORE)
        terms = replace(terms, ends_on=min(ends_on, longest))


def _row(invitation_id: int, outcome: Planned, valid: timedelta) -> dict[str, Any]:
    if outcome.send_at is not None:
        return {"id": invitation_id, "send_at": outcome.send_at, "expires_at": outcome.send_at + valid}
    skipped = {"state": InvitationState.SKIPPED, "skip_reason": outcome.reason, "token_digest": None}
    return {"id": invitation_id, **skipped}
