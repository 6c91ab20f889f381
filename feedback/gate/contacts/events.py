"""News of the log of sales contacts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SalesContactLogged:
    """Somebody was approached: caps and distances count it from now on."""

    sales_contact_id: int
    account_id: int
