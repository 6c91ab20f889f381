"""Letters to customers: one per language, with places that are filled for each of them."""

import re
from collections.abc import Collection, Mapping, Sequence

_PLACE = re.compile(r"\{([^{}]*)\}")
_GAP = re.compile(r"(?<!\S)(?:…|\.{3})(?=[.!?,;]?(?:\s|$))")  # dots that stand for words, not at the end of one
MOST_SUBJECT, MOST_TEXT = 200, 5000

Letter = Mapping[str, str]  # "subject" and "text"


def places_in(text: str) -> list[str]:
    """What stands in braces."""
    return _PLACE.findall(text)


def gaps_in(text: str) -> list[str]:
    """What stands before each gap ("…") that the writer of a letter was to fill: the words of its line, or "…" without any."""
    lines = text.splitlines()
    return [line[: found.start()].strip() or "…" for line in lines for found in _GAP.finditer(line)]


def unknown_places(text: str, known: Collection[str]) -> list[str]:
    """Places that nobody can fill, as they are written."""
    return [name for name in places_in(text) if name not in known]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text for one customer; values are put in as they are, once, and a line without anything to say is left out."""
    done = _PLACE.sub(lambda found: values.get(found[1], found[0]), text)
    while "\n\n\n" in done:
        done = done.replace("\n\n\n", "\n\n")
    return done.strip()


def choose(wanted: str | None, letters: Mapping[str, Letter], fallbacks: Sequence[str] = ("en",)) -> str | None:
    """The language of a letter: the customer's own, then English, then whatever there is; None without any."""
    known = [code for code, letter in letters.items() if letter.get("subject") and letter.get("text")]
    for language in (wanted, *fallbacks):
        code = (language or "").lower().partition("-")[0].partition("_")[0]
        if code in known:
            return code
    return known[0] if known else None
