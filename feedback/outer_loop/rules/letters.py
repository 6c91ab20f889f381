"""The letters of a follow-up: one per language, with places that are filled for each customer."""

import re
from collections.abc import Mapping, Sequence

PLACES = ("name", "account", "problem", "done", "issue", "company")
_PLACE = re.compile(r"\{([^{}]*)\}")
MOST_SUBJECT, MOST_TEXT = 200, 5000

Letter = Mapping[str, str]  # "subject" and "text"


def unknown_places(text: str) -> list[str]:
    """Places that nobody can fill, as they are written."""
    return [name for name in _PLACE.findall(text) if name not in PLACES]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text for one customer; values are put in as they are, once."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def choose(wanted: str | None, letters: Mapping[str, Letter], fallbacks: Sequence[str] = ("en",)) -> str | None:
    """The language of a letter: the customer's own, then English, then whatever there is; None without any."""
    known = [code for code, letter in letters.items() if letter.get("subject") and letter.get("text")]
    for language in (wanted, *fallbacks):
        code = (language or "").lower().partition("-")[0].partition("_")[0]
        if code in known:
            return code
    return known[0] if known else None
