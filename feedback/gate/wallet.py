"""Share of wallet: what the account buys from us, divided by what it buys from everybody."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from feedback.gate.rules import ShareOfWallet

FROM_PEERS = "segment_peers"  # the method of an estimate that was reckoned from customers like this one


class Estimate(NamedTuple):
    """The latest estimate of one category; amounts per year, in the installation's currency."""

    id: int
    category: str
    total: float
    ours: float | None
    confidence: float
    as_of: date
    method: str | None = None


class WalletLimits(NamedTuple):
    """From which share the share is high, and when an estimate stops counting."""

    cut: float = 0.5
    max_age_days: int = 548
    min_confidence: float = 0.4


class WalletBecause(StrEnum):
    """What decided the band."""

    SHARE = "share"
    NO_ESTIMATE = "no_estimate"
    TOO_OLD = "too_old"
    NOT_CONFIDENT = "not_confident"
    NO_OWN_FIGURE = "no_own_figure"


class Wallet(NamedTuple):
    """The band with its share (0…, None when it cannot be said) and the estimates behind it."""

    band: ShareOfWallet
    because: WalletBecause
    share: float | None
    total: float
    estimate_ids: tuple[int, ...]
    as_of: date | None
    changes_on: date | None
    from_peers: bool = False


NOTHING_ESTIMATED = Wallet(ShareOfWallet.UNKNOWN, WalletBecause.NO_ESTIMATE, None, 0, (), None, None)


def share_of_wallet(
    estimates: Sequence[Estimate],
    *,
    spend_12_months: float | None,
    annual_revenue: float | None,
    today: date,
    limits: WalletLimits,
) -> Wallet:
    """Sum the latest estimate of each category and compare with our part.

    Our part is the recorded one if every estimate names it, else the spend of the last 12 complete months, else the annual
    revenue. One category that is too old or too uncertain makes the whole unknown: a sum of which a part is a guess is a guess.
    """
    if not estimates:
        return NOTHING_ESTIMATED
    total = sum([estimate.total for estimate in estimates])
    ids = tuple([estimate.id for estimate in estimates])
    oldest = min([estimate.as_of for estimate in estimates])
    ours = _our_part(estimates, spend_12_months, annual_revenue)
    because = _unknown_because(estimates, total, ours, oldest, today, limits)
    if because is not None or ours is None:
        because = because or WalletBecause.NO_OWN_FIGURE
        return Wallet(ShareOfWallet.UNKNOWN, because, None, total, ids, oldest, None)
    share = ours / total
    band = ShareOfWallet.HIGH if share >= limits.cut else ShareOfWallet.LOW
    until = oldest + timedelta(days=limits.max_age_days + 1)
    guessed = any(estimate.method == FROM_PEERS for estimate in estimates)
    return Wallet(band, WalletBecause.SHARE, share, total, ids, oldest, until, guessed)


def _our_part(estimates: Sequence[Estimate], spend: float | None, revenue: float | None) -> float | None:
    recorded = [estimate.ours for estimate in estimates if estimate.ours is not None]
    if recorded and len(recorded) == len(estimates):
        return sum(recorded)
    return spend if spend is not None else revenue


def _unknown_because(
    estimates: Sequence[Estimate], total: float, ours: float | None, oldest: date, today: date, limits: WalletLimits
) -> WalletBecause | None:
    if total <= 0:
        return WalletBecause.NO_ESTIMATE
    if (today - oldest).days > limits.max_age_days:
        return WalletBecause.TOO_OLD
    if min([estimate.confidence for estimate in estimates]) < limits.min_confidence:
        return WalletBecause.NOT_CONFIDENT
    return WalletBecause.NO_OWN_FIGURE if ours is None else None
