"""The settings behind the bands, as one value that a policy version stores."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app

from config import Settings
from feedback.accounts.exchange import Exchange, current_exchange
from feedback.calendars.rules import WEEK, read_openings, span_text
from feedback.gate.advocacy import Validity
from feedback.gate.governing.active import active_policy
from feedback.gate.rulesets import DEFAULT_RULES, Ruleset
from feedback.gate.timing import TimingLimits
from feedback.gate.wallet import WalletLimits
from feedback.permission.rules import Channel

# numbers of the moment that a policy says
TIMING_GOVERNED = ("contact_cap", "contact_days", "account_cap", "account_days", "other_team_days", "cooldown_days")
SPOKEN = (Channel.PHONE, Channel.SMS, Channel.VISIT)  # what rings, or knocks; a letter waits until it is read


class Limits(NamedTuple):
    """Everything an administrator can set about the gate."""

    validity: Validity
    wallet: WalletLimits
    decision_hours: int
    timing: TimingLimits
    exchange: Exchange
    rules: Ruleset = DEFAULT_RULES

    def at_any_hour(self) -> "Limits":
        """The same without hours and holidays: what lists of days, not of minutes, go by."""
        return self._replace(timing=self.timing._replace(channels=()))

    def to_data(self) -> dict[str, Any]:
        """As JSON, with the money that amounts are compared in."""
        money = {"currency": self.exchange.currency, "exchange_rates": dict(self.exchange.rates)}
        return self.governed() | money

    def governed(self) -> dict[str, Any]:
        """What a policy says; money and time zones are facts of the installation."""
        data: dict[str, Any] = {**self.validity._asdict(), **self.wallet._asdict()}
        return data | {"decision_hours": self.decision_hours, "timing": _timing_data(self.timing)}


def _timing_data(timing: TimingLimits) -> dict[str, Any]:
    hours = {day: [span_text(span) for span in spans] for day, spans in zip(WEEK, timing.hours, strict=True) if spans}
    named = {"hours": hours, "channels": list(timing.channels), "region_zones": dict(timing.region_zones)}
    return timing._asdict() | named


def current_limits() -> Limits:
    """What counts now: the active policy, or the settings of this installation as long as nobody has activated one."""
    from_settings, active = limits_of_settings(), active_policy()
    return from_settings if active is None else with_policy(from_settings, active.rules, active.limits)


def limits_of_settings() -> Limits:
    """The limits that the settings make."""
    settings: Settings = current_app.extensions["closedloop_settings"]
    return Limits(
        Validity(settings.relationship_valid_days, settings.transactional_valid_days),
        WalletLimits(settings.share_of_wallet_cut, settings.wallet_max_age_days, settings.wallet_min_confidence),
        settings.decision_valid_hours,
        timing_limits(settings),
        current_exchange(),
    )


def with_policy(settings: Limits, rules: Ruleset, data: Mapping[str, Any]) -> Limits:
    """The limits of a policy; what it does not govern comes from the settings.

    Args:
        data: what `governed` wrote.
    """
    timing = data["timing"]
    governed = {name: timing[name] for name in TIMING_GOVERNED}
    return settings._replace(
        validity=Validity(data["relationship_days"], data["transactional_days"]),
        wallet=WalletLimits(data["cut"], data["max_age_days"], data["min_confidence"]),
        decision_hours=data["decision_hours"],
        timing=settings.timing._replace(**governed, hours=read_openings(timing["hours"]), holidays=timing["holidays"]),
        rules=rules,
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
