"""The words of the mail that asks whether it is solved: shipped, or as the house says it, in each language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.issues.rules.letters import MOST_SUBJECT, MOST_TEXT, places_in, unknown_places
from feedback.issues.verifying.models import VerificationLetter
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.web.languages import LANGUAGES

PARTS = ("subject", "opening", "reminder", "closing")
PLACES = ("name", "account", "number", "problem", "day", "owner", "company")
NEEDED: Mapping[str, tuple[str, ...]] = {"opening": ("name", "problem"), "reminder": ("name",), "closing": ("owner",)}


def shipped(language: str) -> dict[str, str]:
    """What is said where nobody has written anything else."""
    with force_locale(language):
        greeting = _("Good day %(name)s,", name="{name}")
        told = _("On %(day)s you told us: “%(problem)s”. We have worked on it.", day="{day}", problem="{problem}")
        again = _("A few days ago we asked whether it is solved. We would like to hear it from you before we close it.")
        return {
            "subject": _("Is it solved? %(problem)s", problem="{problem}"),
            "opening": f"{greeting}\n\n{told}",
            "reminder": f"{greeting}\n\n{again}",
            "closing": "{owner}",
        }


def find_own(language: str) -> Mapping[str, str] | None:
    """What the house says in a language; None: the shipped words."""
    found = db.session.get(VerificationLetter, language)
    return None if found is None else {part: getattr(found, part) for part in PARTS}


def save_letter(language: str, parts: Mapping[str, str], *, viewer: Viewer) -> None:
    """Say it in other words from now on; the shipped ones again are no words of our own. Call inside `transaction()`.

    Raises:
        NotFound: there are no mails in this language.
        InvalidInput: a part is empty or too long, lacks a place that its reader needs, or has one that nobody can fill.
    """
    if language not in LANGUAGES:
        raise NotFound
    kept = check_letter(parts)
    if kept == find_own(language):
        return
    if kept == shipped(language):
        reset_letter(language, viewer=viewer)
        return
    found = db.session.get(VerificationLetter, language) or VerificationLetter(language=language)
    for part, text in kept.items():
        setattr(found, part, text)
    found.changed_at = clock.now()
    db.session.add(found)
    db.session.flush()
    audit.record(viewer.actor, "verification_letter.changed", "verification_letter", language)


def check_letter(parts: Mapping[str, str]) -> dict[str, str]:
    """The parts as they are stored.

    Raises:
        InvalidInput: as `save_letter`.
    """
    kept = {part: str(parts.get(part) or "").replace("\r\n", "\n").strip() for part in PARTS}
    errors = {part: said for part in PARTS if (said := _errors(part, kept[part]))}
    if errors:
        raise InvalidInput(errors)
    return kept


def reset_letter(language: str, *, viewer: Viewer) -> None:
    """Back to the shipped words. Call inside `transaction()`."""
    found = db.session.get(VerificationLetter, language)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        audit.record(viewer.actor, "verification_letter.reset", "verification_letter", language)


def _errors(part: str, text: str) -> list[str]:
    name, most = part_name(part), MOST_SUBJECT if part == "subject" else MOST_TEXT
    if not text:
        return [_("%(part)s: write something, or go back to the shipped words.", part=name)]
    said = [_("%(part)s: at most %(limit)s characters.", part=name, limit=most)] if len(text) > most else []
    unknown = _braced(unknown_places(text, PLACES)[:5])
    if unknown:
        said.append(_("Nobody can fill %(places)s; there are %(known)s.", places=unknown, known=_braced(PLACES)))
    missing = _braced([place for place in NEEDED.get(part, ()) if place not in places_in(text)])
    if missing:
        said.append(_("%(part)s: put in %(places)s, so that the reader knows what this is about.", part=name, places=missing))
    return said


def _braced(places: Any) -> str:
    return ", ".join(f"{{{place}}}" for place in places)


def part_name(part: str) -> str:
    """As its field is called."""
    return {
        "subject": _("Subject"),
        "opening": _("Opening, above what was done"),
        "reminder": _("Opening of the reminder"),
        "closing": _("Closing, below the answers"),
    }[part]
