"""Asking one person by mail because something happened: an event of another system, such as a closed claim."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.accounts.models import Contact
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.listening.last_look import Standing, asked_before, find_standing, look
from feedback.listening.rules.hours import WorkingHours
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.programs import latest_version_id
from feedback.surveys.rules import SCORED_KINDS, InvitationState, SkipReason
from feedback.surveys.tokens import make_nonce, token_digest, token_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it. `url` and `send_at` are None for somebody who must not be asked, for the `reason`."""

    id: int
    state: InvitationState
    url: str | None
    reason: SkipReason | None
    send_at: datetime | None


def ask_by_mail(account_id: int, contact_id: int, *, survey: str, hours: int, actor: str) -> Asked:
    """Plan one mail, so many hours from now and then in the person's working hours; call it inside `transaction()`.

    Raises:
        NotFound: the contact has no role in the account.
        InvalidInput: there is no such survey, or it is not asked any more.
    """
    program = db.session.scalar(sa.select(SurveyProgram).where(SurveyProgram.code == survey))
    if program is None or not program.active or program.kind not in SCORED_KINDS:
        raise InvalidInput({"survey": [_("There is no active survey '%(code)s'.", code=survey)]})
    # one event at a time for a person: of two at once the second has to see the first
    db.session.execute(sa.select(Contact.id).where(Contact.id == contact_id).with_for_update())
    standing = find_standing(account_id, contact_id, asked_before(contact_id, None))
    if standing is None:
        raise NotFound
    moment = working_moment(standing, timedelta(hours=hours))
    reason = look(standing.person, program, moment)
    return store_request(standing, program, None if reason else moment, reason, actor)


def working_moment(standing: Standing, wait: timedelta) -> datetime:
    """The first moment after the wait that lies in the person's working hours."""
    working_hours: WorkingHours = current_app.extensions["closedloop_settings"].working_hours
    return working_hours.next_opening(clock.now() + wait, standing.person.zone)


def store_request(
    standing: Standing, program: SurveyProgram, send_at: datetime | None, reason: SkipReason | None, actor: str
) -> Asked:
    """Write the invitation: planned for its moment, or left out for a reason."""
    settings, person = current_app.extensions["closedloop_settings"], standing.person
    nonce = make_nonce() if send_at else None
    token = token_of(settings.secret_key.get_secret_value(), nonce) if nonce else None
    state = InvitationState.PLANNED if send_at else InvitationState.SKIPPED
    row: dict[str, Any] = {
        "account_id": person.account_id,
        "contact_id": person.contact_id,
        "survey_id": program.id,
        "version_id": latest_version_id(program.id),
        "state": state,
        "skip_reason": reason,
        "nonce": nonce,
        "token_digest": token_digest(token) if token else None,
        "address": person.address if send_at else None,
        "language": standing.language,
        "send_at": send_at,
        "created_by": actor,
        "created_at": clock.now(),
        "expires_at": (send_at or clock.now()) + timedelta(days=settings.invitation_valid_days),
    }
    invitation_id = db.session.execute(sa.insert(Invitation).values(**row).returning(Invitation.id)).scalar_one()
    about = {"account_id": person.account_id, "contact_id": person.contact_id}
    audit.record(actor, f"invitation.{state.value}", "invitation", invitation_id, **about)
    url = f"{settings.base_url.rstrip('/')}/s/{token}" if token else None
    return Asked(invitation_id, state, url, reason, send_at)
