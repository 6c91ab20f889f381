"""News of the customer record."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BuyingFactsChanged:
    """Something that the gate reads changed: a role, a "not now", a wallet estimate. `what` names it in a word."""

    account_ids: tuple[int, ...]
    what: str
