"""What every installation has from the first migration on: survey, service levels, gate policy; and whether it has more."""

import sqlalchemy as sa
from flask import current_app

from feedback.calendars.service import ensure_default_calendar
from feedback.extensions import db
from feedback.gate.policies import ensure_policy
from feedback.issues.configuration import ensure_default_ladder, ensure_default_levels
from feedback.surveys.models import SurveyProgram
from feedback.surveys.service import DEFAULT_SURVEY, ensure_default_surveys
from feedback.uow import transaction

# Tables that fill without anybody's data: defaults, what jobs note about themselves, and knocks at the door. Any other counts.
_FILL_BY_THEMSELVES = {
    "survey_program",
    "service_level",
    "escalation_step",
    "business_calendar",
    "gate_policy",
    "job_run",
    "gate_run",
    "audit_event",
    "login_attempt",
    "idempotency_record",
}


def install_defaults() -> None:
    """Write the rows that must exist; what exists is left alone."""
    with transaction():
        ensure_default_surveys()
        ensure_default_levels()
        ensure_default_ladder()
        ensure_default_calendar(current_app.extensions["closedloop_settings"].installation_time_zone)
        ensure_policy()


def is_empty() -> bool:
    """Whether there is nothing but the defaults: no customers, answers, surveys of one's own, people, teams, tokens …"""
    own_surveys = sa.select(SurveyProgram.id).where(SurveyProgram.code != DEFAULT_SURVEY)
    tables = [table for table in db.metadata.sorted_tables if table.name not in _FILL_BY_THEMSELVES]
    filled = sa.or_(*(sa.select(sa.literal(1)).select_from(table).exists() for table in tables), own_surveys.exists())
    return not db.session.scalar(sa.select(filled))
