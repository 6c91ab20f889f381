"""Survey and defect codes: looked up once per list, created where the channel allows it."""

from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.closed_loop.drafts import AcceptOptions, Rejected
from feedback.closed_loop.intake.said import ReadAnswers
from feedback.defects.catalogue import DefectKey, create_defects
from feedback.defects.models import Defect
from feedback.defects.rules import DefectCategory
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SurveyKind


class Codes(NamedTuple):
    """What can be cited and asked now: survey ids and defects by code."""

    surveys: dict[str, int]
    defects: Mapping[str, DefectKey]

    def refusals(self, said: ReadAnswers, options: AcceptOptions) -> dict[int, Rejected]:
        """Why the codes of some answers cannot be accepted, by their place."""
        surveys = set() if options.create_surveys else set(said["survey"]) - self.surveys.keys()
        defects = set() if options.create_defects else _codes(said) - self.defects.keys()
        if not (surveys or defects):
            return {}
        errors: dict[int, dict[str, list[str]]] = {}
        for index, (survey, codes) in enumerate(zip(said["survey"], said["defects"], strict=True)):
            if survey in surveys:
                errors.setdefault(index, {})["survey"] = [_("There is no survey '%(code)s'.", code=survey)]
            unknown = [_("There is no defect '%(code)s'.", code=code) for code in codes if code in defects]
            if unknown:
                errors.setdefault(index, {})["defects"] = unknown
        return {index: Rejected("unknown_code", found) for index, found in errors.items()}


_SURVEYS = Prepared(
    sa.select(SurveyProgram.code, SurveyProgram.id).where(
        in_list(SurveyProgram.code, "codes"), SurveyProgram.kind != SurveyKind.VERIFICATION
    )
)
_DEFECTS = Prepared(sa.select(Defect.code, Defect.id, Defect.ordinal, Defect.category).where(in_list(Defect.code, "codes")))


def load_codes(session: Session, said: ReadAnswers) -> Codes:
    """The codes of these answers, as far as they exist."""
    surveys, defects = set(said["survey"]), _codes(said)
    connection = session.connection()
    found = _DEFECTS.rows(connection, {"codes": sorted(defects)}) if defects else ()
    return Codes(
        dict(_SURVEYS.rows(connection, {"codes": sorted(surveys)})),
        {code: DefectKey(defect_id, ordinal, category) for code, defect_id, ordinal, category in found},
    )


def create_missing(session: Session, codes: Codes, said: ReadAnswers, kind: SurveyKind | None) -> Codes:
    """Add the codes that these answers bring; whoever may not bring any was refused before."""
    surveys, defects = codes
    new_surveys = [survey for survey in dict.fromkeys(said["survey"]) if survey not in surveys]
    if new_surveys and kind is not None:
        now = clock.now()
        rows = [{"code": code, "name": code, "kind": kind, "created_at": now} for code in new_surveys]
        session.execute(sa.insert(SurveyProgram), rows)
        surveys = surveys | load_codes(session, said).surveys
    if _codes(said) - defects.keys():
        missing = {
            code: categories.get(code, DefectCategory.SERVICE)
            for cited, categories in zip(said["defects"][::-1], said["categories"][::-1], strict=True)
            for code in cited
            if code not in defects
        }
        defects = {**defects, **create_defects(session, list(missing.items())[::-1])}
    return Codes(surveys, defects)


def _codes(said: ReadAnswers) -> set[str]:
    return set(chain.from_iterable(set(said["defects"])))
