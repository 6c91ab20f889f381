"""News of the outer loop."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DisruptionChanged:
    """A disruption began, ended, was changed or followed up at these accounts: the gate has to hear of it."""

    account_ids: tuple[int, ...]
    disruption_id: int
