"""Named reads of waves."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.kernel.bulk import among
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.listening.models import Wave
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason


def get_wave(wave_id: int) -> Wave:
    """One wave.

    Raises:
        NotFound: there is none with this id.
    """
    found = db.session.get(Wave, wave_id)
    if found is None:
        raise NotFound
    return found


def list_waves(*, limit: int, cursor: str | None = None) -> Page[tuple[Wave, SurveyProgram]]:
    """One page of (Wave, SurveyProgram), the newest first."""
    query = sa.select(Wave, SurveyProgram).join(SurveyProgram, SurveyProgram.id == Wave.survey_id)
    if cursor is not None:
        query = query.where(Wave.id < decode_numbers(cursor, size=1)[0])
    rows = [(wave, program) for wave, program in db.session.execute(query.order_by(Wave.id.desc()).limit(limit + 1))]
    return Page(rows[:limit], encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None)


Counts = tuple[dict[InvitationState, int], dict[SkipReason, int]]


def count_people(wave_ids: Sequence[int]) -> dict[int, Counts]:
    """Of started waves: how many people stand where, and how many are not asked, by reason."""
    found: dict[int, Counts] = {wave_id: ({}, {}) for wave_id in wave_ids}
    columns = (Invitation.wave_id, Invitation.state, Invitation.skip_reason)
    query = sa.select(*columns, sa.func.count()).where(among(Invitation.wave_id, wave_ids)).group_by(*columns)
    rows: Any = db.session.execute(query)
    for wave_id, state, reason, count in rows:
        states, skipped = found[wave_id]
        states[state] = states.get(state, 0) + count
        if state is InvitationState.SKIPPED:
            skipped[reason] = skipped.get(reason, 0) + count
    return found


def existing_roles(pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the (account, contact) pairs that still hold a role."""
    role = AccountContact
    query = sa.select(role.account_id, role.contact_id).where(among(role.contact_id, [contact for _, contact in pairs]))
    return {(account_id, contact_id) for account_id, contact_id in db.session.execute(query)}
