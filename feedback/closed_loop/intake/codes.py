"""Survey and defect codes: looked up once per list, created where the channel allows it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.closed_loop.drafts import AcceptOptions, Rejected
from feedback.closed_loop.intake.content import Content
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

    def refusal(self, content: Content, options: AcceptOptions) -> Rejected | None:
        """Why the codes of an answer cannot be accepted; None when they can."""
        errors: dict[str, list[str]] = {}
        if options.create_surveys is None and content.survey not in self.surveys:
            errors["survey"] = [_("There is no survey '%(code)s'.", code=content.survey)]
        if not options.create_defects and content.defects:
            unknown = [code for code in content.defects if code not in self.defects]
            if unknown:
                errors["defects"] = [_("There is no defect '%(code)s'.", code=code) for code in unknown]
        return Rejected("unknown_code", errors) if errors else None


_SURVEYS = Prepared(sa.select(SurveyProgram.code, SurveyProgram.id).where(in_list(SurveyProgram.code, "codes")))
_DEFECTS = Prepared(sa.select(Defect.code, Defect.id, Defect.ordinal, Defect.category).where(in_list(Defect.code, "codes")))


def load_codes(session: Session, contents: Sequence[Content]) -> Codes:
    """The codes of these answers, as far as they exist."""
    surveys = {content.survey for content in contents}
    defects = {code for content in contents for code in content.defects}
    connection = session.connection()
    found = _DEFECTS.rows(connection, {"codes": sorted(defects)}) if defects else ()
    return Codes(
        dict(_SURVEYS.rows(connection, {"codes": sorted(surveys)})),
        {code: DefectKey(defect_id, ordinal, category) for code, defect_id, ordinal, category in found},
    )


def create_missing(session: Session, codes: Codes, contents: Sequence[Content], kind: SurveyKind | None) -> Codes:
    """Add the codes that these answers bring; whoever may not bring any was refused before."""
    surveys, defects = codes
    new_surveys = {content.survey: None for content in contents if content.survey not in surveys}
    if new_surveys and kind is not None:
        now = clock.now()
        rows = [{"code": code, "name": code, "kind": kind, "created_at": now} for code in new_surveys]
        session.execute(sa.insert(SurveyProgram), rows)
        surveys = surveys | load_codes(session, contents).surveys
    missing = {
        code: content.categories.get(code, DefectCategory.SERVICE)
        for content in reversed(contents)
        for code in content.defects
        if code not in defects
    }
    if missing:
        defects = {**defects, **create_defects(session, list(missing.items())[::-1])}
    return Codes(surveys, defects)
