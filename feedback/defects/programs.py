"""Survey programs by code. The slice of surveys stands above this one, so its table is known here by name only."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

_PROGRAM = sa.table("survey_program", sa.column("id", sa.Integer), sa.column("code", sa.Text), sa.column("kind", sa.Text))


def survey_codes(session: Session) -> dict[int, str]:
    """Code of each survey program by id."""
    return {survey_id: code for survey_id, code in session.execute(sa.select(_PROGRAM.c.id, _PROGRAM.c.code))}  # noqa: C416


def survey_kinds(session: Session) -> dict[str, str]:
    """Kind of each survey program (`relationship` or `transactional`) by code."""
    return {code: kind for code, kind in session.execute(sa.select(_PROGRAM.c.code, _PROGRAM.c.kind))}  # noqa: C416


def is_counted(session: Session, code: str) -> bool:
    """Whether the answers of this survey are in the company's figures: those of recovery pulses are not."""
    return survey_kinds(session).get(code) in ("relationship", "transactional")


def find_survey_id(session: Session, code: str) -> int | None:
    """Id of a survey program, or None."""
    return session.execute(sa.select(_PROGRAM.c.id).where(_PROGRAM.c.code == code)).scalar_one_or_none()
