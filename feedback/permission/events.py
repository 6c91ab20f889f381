"""News of the consent ledger."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConsentChanged:
    """Contacts said something new about what we may do with them."""

    contact_ids: tuple[int, ...]


@dataclass(frozen=True)
class CountryPolicyChanged:
    """Another row of the countries' policies holds, now or from a day that is set; with the accounts that live there."""

    policy_id: int
    account_ids: tuple[int, ...]
