"""News of exceptions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OverrideChanged:
    """An exception was granted, or ended: what the gate says about this account may be another now."""

    override_id: int
    account_id: int
