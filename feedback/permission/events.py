"""News of the consent ledger."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConsentChanged:
    """Contacts said something new about what we may do with them."""

    contact_ids: tuple[int, ...]
