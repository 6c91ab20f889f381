"""What customers are written after something was done or is over: a draft per language, which the owner edits."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.rules.letters import MOST_SUBJECT, MOST_TEXT, PLACES, unknown_places
from feedback.web.languages import LANGUAGES


def drafts(*, disruption: bool) -> dict[str, dict[str, str]]:
    """The built-in letters, in all languages of the product."""
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = _over() if disruption else _done()
    return found


def _done() -> dict[str, str]:
    return {
        "subject": _("You told us about it, and we changed something"),
        "text": _(
            "Good day {name},\n\nyou told us about this problem: {problem}.\n\n{done}\n\n"
            "If it is not better on your side, please answer this mail. It reaches a person.\n\n{company}"
        ),
    }


def _over() -> dict[str, str]:
    return {
        "subject": _("{problem}: it is over"),
        "text": _(
            "Good day {name},\n\n“{problem}” is over.\n\n{done}\n\n{issue}\n\n"
            "If something still does not work on your side, please answer this mail. It reaches a person.\n\n{company}"
        ),
    }


def checked(letters: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Letters as they are stored.

    Raises:
        InvalidInput: a letter is half empty or too long, or has a place that nobody can fill.
    """
    errors: dict[str, list[str]] = {}
    kept: dict[str, dict[str, str]] = {}
    for language, letter in letters.items():
        subject, text = (str(letter.get(part) or "").strip() for part in ("subject", "text"))
        if subject or text:
            kept[language] = {"subject": subject, "text": text}
            errors |= _errors(language, subject, text)
    if not kept:
        errors["letters"] = [_("Write a subject and a text in at least one language.")]
    if errors:
        raise InvalidInput(errors)
    return kept


def _errors(language: str, subject: str, text: str) -> dict[str, list[str]]:
    said = []
    if not subject or not text:
        said.append(_("A letter needs a subject and a text."))
    if len(subject) > MOST_SUBJECT or len(text) > MOST_TEXT:
        said.append(_("At most %(subject)s characters of subject and %(text)s of text.", subject=MOST_SUBJECT, text=MOST_TEXT))
    unknown = unknown_places(subject) + unknown_places(text)
    if unknown:
        known = ", ".join(f"{{{place}}}" for place in PLACES)
        shown = ", ".join(f"{{{place}}}" for place in unknown[:5])
        said.append(_("Nobody can fill %(places)s; there are %(known)s.", places=shown, known=known))
    return {f"letters.{language}": said} if said else {}
