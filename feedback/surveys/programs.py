"""Survey programs and the versions of their texts. Writing functions are called inside `transaction()`."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from babel import Locale
from flask_babel import gettext as _

from feedback.audit import service as audit
from feedback.audit.meanwhile import ChangedMeanwhile, last_to_change
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound, RuleViolation
from feedback.surveys.models import SurveyProgram, SurveyVersion
from feedback.surveys.rules import SCORED_KINDS
from feedback.surveys.texts import FIELDS

MAX_TEXT = 2000
MAX_REMINDERS, LONGEST_REMINDER = 2, 60
LONGEST_DRAFT = 90
LONGEST_REST = 3650
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def list_programs() -> Sequence[SurveyProgram]:
    """All that ask for a score, by name."""
    query = sa.select(SurveyProgram).where(SurveyProgram.kind.in_(SCORED_KINDS))
    return db.session.scalars(query.order_by(SurveyProgram.name, SurveyProgram.id)).all()


def get_program(program_id: int) -> SurveyProgram:
    """The program with this id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(SurveyProgram, program_id)
    if found is None:
        raise NotFound
    return found


def list_versions(survey_id: int) -> Sequence[SurveyVersion]:
    """The texts of a program through time, the newest first."""
    query = sa.select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)
    return db.session.scalars(query.order_by(SurveyVersion.number.desc())).all()


def latest_version(survey_id: int) -> SurveyVersion | None:
    """The texts that are used from now on; None while only the built-in ones are."""
    query = sa.select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)
    return db.session.scalars(query.order_by(SurveyVersion.number.desc()).limit(1)).one_or_none()


def latest_version_id(survey_id: int) -> int | None:
    """The number of the row with these texts, as an invitation keeps it."""
    query = sa.select(SurveyVersion.id).where(SurveyVersion.survey_id == survey_id)
    return db.session.scalar(query.order_by(SurveyVersion.number.desc()).limit(1))


def create_program(values: Mapping[str, Any], *, actor: str) -> SurveyProgram:
    """Add a program.

    Raises:
        Conflict: there is one with this code.
        InvalidInput: reminders or languages make no sense.
    """
    check_rhythm(values)
    if db.session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == values["code"])) is not None:
        raise Conflict(_("There is a survey '%(code)s' already.", code=values["code"]))
    program = SurveyProgram(**values, created_at=clock.now())
    db.session.add(program)
    db.session.flush()
    audit.record(actor, "survey.created", "survey", program.id, code=program.code)
    return program


def change_program(
    program_id: int, values: Mapping[str, Any], *, actor: str, seen: Mapping[str, Any] | None = None
) -> SurveyProgram:
    """Set what is given; the kind of a program never changes, because its answers count as that kind.

    Args:
        seen: the values that the writer saw, of a form that stood open for a while.

    Raises:
        NotFound: there is no such program.
        InvalidInput: reminders or languages make no sense.
        ChangedMeanwhile: something of it is no more as it was seen.
    """
    program = _locked(program_id)
    check_rhythm(values)
    changed = {name: value for name, value in values.items() if getattr(program, name) != value}
    lost = [name for name in changed if seen is not None and getattr(program, name) != seen[name]]
    if lost:
        raise ChangedMeanwhile(lost, last_to_change("survey", program_id, lost))
    before = {name: getattr(program, name) for name in changed}
    for name, value in changed.items():
        setattr(program, name, value)
    db.session.flush()
    if changed:
        audit.record(actor, "survey.changed", "survey", program.id, **audit.change(before, changed))
    return program


def check_rhythm(values: Mapping[str, Any]) -> None:
    """At most two reminders, each at least a day after the mail before; languages as codes.

    Raises:
        InvalidInput: not so.
    """
    errors: dict[str, list[str]] = {}
    days = values.get("reminder_days", [])
    if len(days) > MAX_REMINDERS or not all(1 <= day <= LONGEST_REMINDER for day in days):
        errors["reminder_days"] = [
            _("At most two reminders, each 1 to %(limit)s days after the mail before.", limit=LONGEST_REMINDER)
        ]
    strange = [code for code in values.get("fallbacks", []) if not is_language(code)]
    if strange:
        hint = _("Write the language as a code such as 'en', 'es' or 'pt-BR'.")
        errors["fallbacks"] = [_("Not known as a language: %(names)s.", names=", ".join(strange)), hint]
    if not 0 <= values.get("draft_days", 0) <= LONGEST_DRAFT:
        errors["draft_days"] = [_("The next wave can be drawn up at most %(limit)s days ahead.", limit=LONGEST_DRAFT)]
    rest = values.get("quarantine_days")
    if rest is not None and not 0 <= rest <= LONGEST_REST:
        errors["quarantine_days"] = [_("The rest is a number of days from 0 to %(limit)s.", limit=LONGEST_REST)]
    if errors:
        raise InvalidInput(errors)


def is_language(code: str) -> bool:
    """Whether it is written as a language is, and there is such a language ("es", "pt-BR")."""
    return bool(_LANGUAGE.fullmatch(code.lower())) and code.lower().partition("-")[0] in known_languages()


def add_version(program_id: int, texts: Mapping[str, Mapping[str, str]], *, actor: str) -> SurveyVersion:
    """Give a program new texts from now on; answers and waves keep the version that they were asked with.

    Raises:
        NotFound: there is no such program.
        InvalidInput: a language or a text is not known, or too long.
    """
    program = _locked(program_id)
    clean = {language.lower(): _clean(texts[language]) for language in texts}
    errors = [_("Write the language as a code such as 'en', 'es' or 'pt-BR'.") for code in clean if not _LANGUAGE.fullmatch(code)]
    unknown = sorted({field for own in clean.values() for field in own} - set(FIELDS))
    if unknown:
        errors.append(_("Not a text of a survey: %(names)s.", names=", ".join(unknown)))
    if any(len(text) > MAX_TEXT for own in clean.values() for text in own.values()):
        errors.append(_("At most %(limit)s characters.", limit=MAX_TEXT))
    if errors:
        raise InvalidInput({"texts": errors})
    last = db.session.scalar(sa.select(sa.func.max(SurveyVersion.number)).where(SurveyVersion.survey_id == program.id))
    version = SurveyVersion(survey_id=program.id, number=(last or 0) + 1, texts=clean, created_by=actor, created_at=clock.now())
    db.session.add(version)
    db.session.flush()
    audit.record(actor, "survey.version_added", "survey", program.id, number=version.number)
    return version


def change_language(program_id: int, language: str, texts: Mapping[str, str], *, base: int, actor: str) -> SurveyVersion:
    """Make a version that differs from the newest one in one language; empty texts are the built-in ones.

    Args:
        base: the number of the version that the writer saw, 0 for none.

    Raises:
        NotFound: there is no such program.
        Conflict: somebody has saved another version since.
        RuleViolation: nothing differs.
        InvalidInput: a language or a text is not known, or too long.
    """
    _locked(program_id)
    newest = latest_version(program_id)
    number = newest.number if newest else 0
    if number != base:
        message = _("Version %(number)s was saved meanwhile. Look at it, then write yours once more.", number=number)
        raise Conflict(message)
    now = dict(newest.texts) if newest else {}
    own = _clean(texts)
    if own == now.get(language, {}):
        raise RuleViolation(_("Nothing differs from what is asked now."))
    others = {code: own_texts for code, own_texts in now.items() if code != language}
    return add_version(program_id, others | ({language: own} if own else {}), actor=actor)


def _locked(program_id: int) -> SurveyProgram:
    """The program, held until the end of the transaction, so that two versions do not get one number."""
    found = db.session.get(SurveyProgram, program_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


@lru_cache(maxsize=1)
def known_languages() -> frozenset[str]:
    """The first parts of the codes of all languages that have a name in English."""
    return frozenset(Locale("en").languages)


def _clean(texts: Mapping[str, str]) -> dict[str, str]:
    return {field: text.strip() for field, text in texts.items() if text.strip()}
