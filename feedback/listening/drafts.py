"""A wave as somebody draws it up."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from feedback.extensions import db
from feedback.listening.models import Wave
from feedback.listening.rules.states import QuarantineMode
from feedback.surveys.models import SurveyProgram

CALLBACKS_PER_OWNER_DAY, ACCOUNT_GAP_DAYS = 5, 2


@dataclass(frozen=True, slots=True)
class WaveDraft:
    """What somebody draws up. `audience` is as `Audience.from_json` reads it."""

    survey: str
    name: str
    starts_on: date
    ends_on: date
    audience: dict[str, Any]
    per_day: int | None = None
    account_gap_days: int = ACCOUNT_GAP_DAYS
    callbacks_per_owner_day: int | None = CALLBACKS_PER_OWNER_DAY
    quarantine: QuarantineMode = QuarantineMode.BLOCK


def draft_of(wave: Wave) -> WaveDraft:
    """What somebody would draw up to get this wave."""
    values = {name: getattr(wave, name) for name in WaveDraft.__slots__ if name != "survey"}
    return WaveDraft(survey=db.session.get_one(SurveyProgram, wave.survey_id).code, **values)
