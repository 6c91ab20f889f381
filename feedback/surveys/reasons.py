"""Which defects a program offers as reasons. Promoters are asked for none: what they cite would count as lost loyalty."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.audit import service as audit
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput
from feedback.surveys.models import SurveyReason
from feedback.surveys.programs import get_program

MOST_CHOSEN = 24  # nobody reads more of them


def chosen_reasons(program_id: int) -> list[str]:
    """The codes that a program has chosen, in their order; empty when it offers the first of the catalogue."""
    query = sa.select(Defect.code).join(SurveyReason, SurveyReason.defect_id == Defect.id)
    return list(db.session.scalars(query.where(SurveyReason.survey_id == program_id).order_by(SurveyReason.place)))


def choose_reasons(program_id: int, codes: Sequence[str], *, actor: str) -> None:
    """Set what a program offers, in this order; call it inside `transaction()`.

    Raises:
        NotFound: there is no such program.
        InvalidInput: a code is not in the catalogue or stands twice, or there are too many.
    """
    get_program(program_id)
    if len(codes) > MOST_CHOSEN:
        raise InvalidInput({"defects": [_("At most %(limit)s reasons: nobody reads more.", limit=MOST_CHOSEN)]})
    known = {code: id_ for id_, code in db.session.execute(sa.select(Defect.id, Defect.code).where(Defect.code.in_(codes)))}
    unknown = sorted(set(codes) - known.keys())
    if unknown:
        raise InvalidInput({"defects": [_("Not in the catalogue: %(codes)s.", codes=", ".join(unknown))]})
    if len(set(codes)) < len(codes):
        raise InvalidInput({"defects": [_("Name each reason once.")]})
    db.session.execute(sa.delete(SurveyReason).where(SurveyReason.survey_id == program_id))
    rows = [{"survey_id": program_id, "defect_id": known[code], "place": place} for place, code in enumerate(codes)]
    if rows:
        db.session.execute(sa.insert(SurveyReason), rows)
    audit.record(actor, "survey.reasons_chosen", "survey", program_id, defects=list(codes))
