"""The settings behind the bands, as one value that a policy version stores."""

from typing import Any, NamedTuple

from flask import current_app

from config import Settings
from feedback.accounts.exchange import Exchange, current_exchange
from feedback.calendars.rules import WEEK, span_text
from feedback.gate.advocacy import Validity
from feedback.gate.timing import TimingLimits
from feedback.gate.wallet import WalletLimits
from feedback.permission.rules import Channel

SPOKEN = (Channel.PHONE, Channel.SMS, Channel.VISIT)  # what rings, or knocks; a letter waits until it is read


class Limits(NamedTuple):
    """Everything an administrator can set about the gate."""

    validity: Validity
    wallet: WalletLimits
    decision_hours: int
    timing: TimingLimits
    exchange: Exchange

    def at_any_hour(self) -> "Limits":
        """The same without hours and holidays: what lists of days, not of minutes, go by."""
        return self._replace(timing=self.timing._replace(channels=()))

    def to_data(self) -> dict[str, Any]:
        """As JSON."""
        data: dict[str, Any] = {**self.validity._asdict(), **self.wallet._asdict()}
        money = {"currency": self.exchange.currency, "exchange_rates": dict(self.exchange.rates)}
        return data | {"decision_hours": self.decision_hours, "timing": _timing_data(self.timing)} | money


def _timing_data(timing: TimingLimits) -> dict[str, Any]:
    hours = {day: [span_text(span) for span in spans] for day, spans in zip(WEEK, timing.hours, strict=True) if spans}
    named = {"hours": hours, "channels": list(timing.channels), "region_zones": dict(timing.region_zones)}
    return timing._asdict() | named


def current_limits() -> Limits:
    """The limits of this installation."""
    settings: Settings = current_app.extensions["closedloop_settings"]
    return Limits(
        Validity(settings.relationship_valid_days, settings.transactional_valid_days),
        WalletLimits(settings.share_of_wallet_cut, settings.wallet_max_age_days, settings.wallet_min_confidence),
        settings.decision_valid_hours,
        timing_limits(settings),
        current_exchange(),
    )


def timing_limits(settings: Settings) -> TimingLimits:
    """What the settings say about the moment."""
    return TimingLimits(
        hours=settings.selling_week,
        channels=SPOKEN,
        holidays=not settings.selling_holidays,
        contact_cap=settings.contact_cap,
        contact_days=settings.contact_cap_days,
        account_cap=settings.account_cap,
        account_days=settings.account_cap_days,
        other_team_days=settings.colleague_distance_days,
        cooldown_days=settings.decline_cooldown_days,
        region_zones=tuple(sorted(settings.region_time_zones.items())),
        installation_zone=settings.installation_time_zone if settings.guess_time_zone else None,
    )
