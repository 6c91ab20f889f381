"""Which accounts something is about: by region, segment and what they buy, and named ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reach:
    """Accounts of one of the regions, and of one of the segments, and that bought one of the products; and those in the list.

    A part that is empty excludes nobody. Wholly empty, it is everybody.
    """

    regions: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    account_ids: tuple[int, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Reach":
        """From what is stored."""
        return cls(**{name: tuple(document.get(name) or ()) for name in cls.__dataclass_fields__})

    @property
    def document(self) -> dict[str, list[Any]]:
        """What is stored: only what narrows it."""
        parts = {name: list(getattr(self, name)) for name in self.__dataclass_fields__}
        return {name: values for name, values in parts.items() if values}

    @property
    def is_everybody(self) -> bool:
        """Whether it narrows nothing."""
        return not self.document

    @property
    def has_conditions(self) -> bool:
        """Whether it says more than a list."""
        return bool(self.regions or self.segments or self.products)
