"""News about issues."""

from dataclasses import dataclass

FROM_ANSWERS = "answers"  # the reason when answers did it


@dataclass(frozen=True)
class IssuesChanged:
    """Issues of these accounts opened, moved or got worse: what they mean for the gate may have changed."""

    account_ids: frozenset[int]
    reason: str
