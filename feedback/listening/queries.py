"""Named reads of waves."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.kernel.bulk import among
from feedback.kernel.errors import NotFound
from feedback.listening.models import Wave
from feedback.surveys.models import Invitation, SurveyProgram, SurveyVersion
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


def list_waves() -> Sequence[sa.Row[Wave, SurveyProgram]]:
    """(Wave, SurveyProgram), the newest first."""
    query = sa.select(Wave, SurveyProgram).join(SurveyProgram, SurveyProgram.id == Wave.survey_id)
    return db.session.execute(query.order_by(Wave.id.desc())).all()


def latest_version_id(survey_id: int) -> int | None:
    """The texts of a program as they are now; None while it has only the built-in ones."""
    query = sa.select(SurveyVersion.id).where(SurveyVersion.survey_id == survey_id)
    return db.session.scalar(query.order_by(SurveyVersion.number.desc()).limit(1))


def count_states(wave_id: int) -> dict[InvitationState, int]:
    """How many people of a started wave stand where."""
    query = sa.select(Invitation.state, sa.func.count()).where(Invitation.wave_id == wave_id).group_by(Invitation.state)
    return {state: count for state, count in db.session.execute(query)}  # noqa: C416  typed rows


def count_skipped(wave_id: int) -> dict[SkipReason, int]:
    """How many people of a started wave are not asked, by reason."""
    query = sa.select(Invitation.skip_reason, sa.func.count()).where(
        Invitation.wave_id == wave_id, Invitation.state == InvitationState.SKIPPED
    )
    rows: Any = db.session.execute(query.group_by(Invitation.skip_reason))
    return {reason: count for reason, count in rows}  # noqa: C416


def existing_roles(pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the (account, contact) pairs that still hold a role."""
    role = AccountContact
    query = sa.select(role.account_id, role.contact_id).where(among(role.contact_id, [contact for _, contact in pairs]))
    return {(account_id, contact_id) for account_id, contact_id in db.session.execute(query)}
