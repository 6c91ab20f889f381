"""News of the policy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PolicyActivated:
    """Another policy counts from now on: every standing may have moved."""

    draft_id: int
