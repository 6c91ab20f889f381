"""Guarding text cells that a spreadsheet would run as a formula, and taking the guard off again."""

import re

# Blanks in front do not stop every spreadsheet; apostrophes are counted in, so that taking one off is exact.
_FORMULA = re.compile(r"'*[\s\0\ufeff]*[=+\-@\t\r\n＝＋－﹢﹣﹦＠﹫]")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")


def guarded(text: str) -> str:
    """The text with a leading apostrophe if a spreadsheet might run it; plain numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
