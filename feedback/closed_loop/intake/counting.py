"""Which answers the company's figures count: all but those of recovery pulses."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.answers import Answers
from feedback.defects.statistics import append_answers
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SurveyKind

_program = SurveyProgram.__table__.c
_PULSES = Prepared(sa.select(_program.id).where(_program.kind == SurveyKind.RECOVERY_PULSE))


def count(session: Session, answers: Answers, signs: Sequence[int]) -> None:
    """Tell the statistics of answers that came (1) or are taken back (-1).

    Only those whose problem was solved get a recovery pulse: their answers among the others would raise every figure.
    """
    aside = {row.id for row in _PULSES.rows(session.connection(), {})}
    if aside.isdisjoint(answers["survey_id"]):
        append_answers(session, answers.scored(signs))
        return
    places = [place for place, survey in enumerate(answers["survey_id"]) if survey not in aside]
    if places:
        kept = Answers.of(answers.rows_at(places), answers.catalogue)
        append_answers(session, kept.scored([signs[place] for place in places]))
