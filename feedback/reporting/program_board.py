"""Survey programs for the people who run them: rhythm, texts through time, reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.listening.models import Wave
from feedback.listening.rehearsal import quarantine_days
from feedback.reporting.actors import names_of
from feedback.surveys import programs, queries
from feedback.surveys.models import SurveyProgram, SurveyVersion
from feedback.surveys.reasons import chosen_reasons
from feedback.surveys.rules import SurveyKind
from feedback.surveys.texts import FIELDS, choose_language, words
from feedback.web.languages import LANGUAGES
from feedback.web.naming import called


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """A program in the list. `languages` are those with texts of its own."""

    id: int
    name: str
    code: str
    kind: SurveyKind
    active: bool
    cadence: str
    next_wave_on: date | None
    reminder_days: Sequence[int]
    quarantine_days: int
    version: int | None
    languages: Sequence[str]
    waves: int


def list_program_lines() -> list[ProgramLine]:
    """All programs, the relationship ones first, then by name."""
    query = sa.select(Wave.survey_id, sa.func.count()).group_by(Wave.survey_id)
    waves = {survey_id: count for survey_id, count in db.session.execute(query)}  # noqa: C416  typed rows
    found = [_line(program, waves.get(program.id, 0)) for program in programs.list_programs()]
    return sorted(found, key=lambda line: (line.kind is not SurveyKind.RELATIONSHIP, line.name))


def _line(program: SurveyProgram, waves: int) -> ProgramLine:
    newest = programs.latest_version(program.id)
    return ProgramLine(
        id=program.id,
        name=called(program),
        code=program.code,
        kind=program.kind,
        active=program.active,
        cadence=program.cadence.value,
        next_wave_on=program.next_wave_on,
        reminder_days=program.reminder_days,
        quarantine_days=quarantine_days(program),
        version=newest.number if newest else None,
        languages=sorted(newest.texts) if newest else [],
        waves=waves,
    )


@dataclass(frozen=True, slots=True)
class TextField:
    """One text in one language: the program's own, and what people read without it."""

    name: str
    own: str
    built_in: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """What a version says differently from the one before; an empty text is the built-in one."""

    language: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of the texts, and what it changed."""

    number: int
    by: str
    at: datetime
    changes: Sequence[TextChange]
    waves: int


@dataclass(frozen=True, slots=True)
class ProgramPage:
    """Everything on the page of a program. `used` names, per language, the language in which people are asked."""

    program: SurveyProgram
    line: ProgramLine
    version: VersionLine | None
    language: str
    fields: Sequence[TextField]
    used: Mapping[str, str]
    versions: Sequence[VersionLine]
    waves: Sequence[Wave]


def program_page(program_id: int, language: str) -> ProgramPage:
    """One program, its texts in a language.

    Raises:
        NotFound: there is no such program.
    """
    program = programs.get_program(program_id)
    rows = programs.list_versions(program_id)
    texts = rows[0].texts if rows else {}
    waves = db.session.scalars(sa.select(Wave).where(Wave.survey_id == program_id).order_by(Wave.id.desc())).all()
    lines = _versions(rows, waves)
    return ProgramPage(
        program=program,
        line=_line(program, len(waves)),
        version=lines[0] if lines else None,
        language=language,
        fields=_fields(language, texts),
        used={code: choose_language(code, texts, program.fallbacks) for code in {*LANGUAGES, *texts, language}},
        versions=lines,
        waves=waves,
    )


def _fields(language: str, texts: Mapping[str, Any]) -> list[TextField]:
    own, built_in = texts.get(language, {}), words(language, {})
    return [TextField(name, own.get(name, ""), built_in[name]) for name in FIELDS]


def _versions(rows: Sequence[SurveyVersion], waves: Sequence[Wave]) -> list[VersionLine]:
    names = names_of(row.created_by for row in rows)
    before: list[Mapping[str, Any]] = [row.texts for row in rows[1:]]
    return [
        VersionLine(
            number=row.number,
            by=names.get(row.created_by, row.created_by),
            at=row.created_at,
            changes=text_changes(older, row.texts),
            waves=sum(wave.version_id == row.id for wave in waves),
        )
        for row, older in zip(rows, [*before, {}], strict=False)
    ]


def text_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[TextChange]:
    """What differs between two versions, by language and in the order of the page."""
    found = []
    for language in sorted({*before, *after}):
        old, new = before.get(language, {}), after.get(language, {})
        found += [TextChange(language, name, old.get(name, ""), new.get(name, "")) for name in FIELDS]
    return [change for change in found if change.before != change.after]


@dataclass(frozen=True, slots=True)
class CatalogueReason:
    """A defect of the catalogue as a reason: who reads its code, and what customers read."""

    id: int
    code: str
    name: str
    names: Mapping[str, str]
    category: str
    active: bool
    wording: Mapping[str, str]
    plain_name: str

    @property
    def missing(self) -> list[str]:
        """Our languages in which customers have no words for it."""
        return [code for code in LANGUAGES if not self.wording.get(code)]


def list_catalogue() -> list[CatalogueReason]:
    """The catalogue: product, price, service, each in the order in which it was made."""
    columns = (
        Defect.id,
        Defect.code,
        shown_name().label("shown"),
        Defect.names,
        Defect.category,
        Defect.active,
        Defect.wording,
        Defect.name,
    )
    rows = db.session.execute(sa.select(*columns).order_by(Defect.ordinal))
    order = ["product", "price", "service"]
    found = [
        CatalogueReason(row.id, row.code, row.shown, row.names, row.category.value, row.active, row.wording, row.name)
        for row in rows
    ]
    return sorted(found, key=lambda reason: order.index(reason.category))


@dataclass(frozen=True, slots=True)
class OfferedReasons:
    """What a program offers: the codes it chose, and what people see in a language."""

    chosen: Sequence[str]
    groups: Sequence[queries.ReasonGroup]


def offered_reasons(program: SurveyProgram, language: str) -> OfferedReasons:
    """The choice of a program as people see it."""
    return OfferedReasons(chosen_reasons(program.id), queries.list_reasons(program.code, language))
