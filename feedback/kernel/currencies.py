"""Which currencies there are (ISO 4217, with those of the past)."""

from babel.numbers import is_currency


def is_known_currency(code: str) -> bool:
    """Whether three capital letters name a currency."""
    return bool(is_currency(code))
