"""Letters per language as they are stored: of templates about progress, and of follow-ups."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from feedback.issues.rules.letters import MOST_SUBJECT, MOST_TEXT, unknown_places
from feedback.kernel.errors import InvalidInput


def checked(letters: Mapping[str, Mapping[str, Any]], places: Sequence[str]) -> dict[str, dict[str, str]]:
    """Letters as they are stored; empty ones are left out.

    Raises:
        InvalidInput: one is half empty or too long, or has a place that nobody can fill.
    """
    errors: dict[str, list[str]] = {}
    kept: dict[str, dict[str, str]] = {}
    for language, letter in letters.items():
        subject, text = (str(letter.get(part) or "").strip() for part in ("subject", "text"))
        if subject or text:
            kept[language] = {"subject": subject, "text": text}
            said = letter_errors(subject, text, places)
            errors |= {f"letters.{language}": said} if said else {}
    if not kept:
        errors["letters"] = [_("Write a subject and a text in at least one language.")]
    if errors:
        raise InvalidInput(errors)
    return kept


def letter_errors(subject: str, text: str, places: Sequence[str]) -> list[str]:
    """What speaks against a letter."""
    said = []
    if not subject or not text:
        said.append(_("A letter needs a subject and a text."))
    if len(subject) > MOST_SUBJECT or len(text) > MOST_TEXT:
        said.append(_("At most %(subject)s characters of subject and %(text)s of text.", subject=MOST_SUBJECT, text=MOST_TEXT))
    unknown = list(dict.fromkeys([*unknown_places(subject, places), *unknown_places(text, places)]))
    if unknown:
        known = ", ".join(f"{{{place}}}" for place in places)
        shown = ", ".join(f"{{{place}}}" for place in unknown[:5])
        said.append(_("Nobody can fill %(places)s; there are %(known)s.", places=shown, known=known))
    return said
