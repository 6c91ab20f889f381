"""News about issues."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IssuesChanged:
    """Issues of these accounts opened, moved or got worse: what they mean for the gate may have changed."""

    account_ids: frozenset[int]
    reason: str
