"""The settings behind the bands, as one value that a policy version stores."""

from typing import Any, NamedTuple

from flask import current_app

from feedback.accounts.exchange import Exchange, current_exchange
from feedback.gate.advocacy import Validity
from feedback.gate.wallet import WalletLimits


class Limits(NamedTuple):
    """Everything an administrator can set about the gate."""

    validity: Validity
    wallet: WalletLimits
    decision_hours: int
    time_zone: str
    exchange: Exchange

    def to_data(self) -> dict[str, Any]:
        """As JSON."""
        data: dict[str, Any] = {**self.validity._asdict(), **self.wallet._asdict()}
        money = {"currency": self.exchange.currency, "exchange_rates": dict(self.exchange.rates)}
        return data | {"decision_hours": self.decision_hours, "installation_time_zone": self.time_zone} | money


def current_limits() -> Limits:
    """The limits of this installation."""
    settings = current_app.extensions["closedloop_settings"]
    return Limits(
        Validity(settings.relationship_valid_days, settings.transactional_valid_days),
        WalletLimits(settings.share_of_wallet_cut, settings.wallet_max_age_days, settings.wallet_min_confidence),
        settings.decision_valid_hours,
        settings.installation_time_zone,
        current_exchange(),
    )
