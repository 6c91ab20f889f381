"""Share of wallet: whose figure counts, the cut, age and confidence."""

from datetime import date, timedelta

import pytest

from feedback.gate.rules import ShareOfWallet
from feedback.gate.wallet import Estimate, Wallet, WalletBecause, WalletLimits, share_of_wallet

TODAY = date(2026, 11, 2)


def estimate(total: float = 100, ours: float | None = None, *, confidence: float = 1.0, days: int = 0) -> Estimate:
    return Estimate(1, "cleaning", total, ours, confidence, TODAY - timedelta(days=days))


def wallet(*estimates: Estimate, spend: float | None = None, revenue: float | None = None) -> Wallet:
    return share_of_wallet(estimates, spend_12_months=spend, annual_revenue=revenue, today=TODAY, limits=WalletLimits())


@pytest.mark.parametrize(("ours", "band"), [(49.9, ShareOfWallet.LOW), (50, ShareOfWallet.HIGH), (51, ShareOfWallet.HIGH)])
def test_the_cut_is_half(ours: float, band: ShareOfWallet) -> None:
    assert wallet(estimate(100, ours)).band is band


def test_categories_are_added() -> None:
    assert wallet(estimate(100, 90), estimate(300, 10)).share == pytest.approx(0.25)


def test_our_part_is_the_recorded_one_first() -> None:
    assert wallet(estimate(100, 30), spend=60, revenue=90).share == pytest.approx(0.3)


def test_then_the_spend_of_twelve_months() -> None:
    assert wallet(estimate(100), spend=60, revenue=90).share == pytest.approx(0.6)


def test_then_the_annual_revenue() -> None:
    assert wallet(estimate(100), revenue=90).share == pytest.approx(0.9)


def test_one_category_without_our_part_takes_the_spend_of_the_whole_account() -> None:
    assert wallet(estimate(100, 30), estimate(100), spend=80).share == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("found", "because"),
    [
        (wallet(revenue=5), WalletBecause.NO_ESTIMATE),
        (wallet(estimate(0, 0)), WalletBecause.NO_ESTIMATE),
        (wallet(estimate(100)), WalletBecause.NO_OWN_FIGURE),
        (wallet(estimate(100, 10, days=549)), WalletBecause.TOO_OLD),
        (wallet(estimate(100, 10, confidence=0.39)), WalletBecause.NOT_CONFIDENT),
        (wallet(estimate(100, 10), estimate(100, 10, days=549)), WalletBecause.TOO_OLD),
    ],
    ids=["none", "empty", "no figure of ours", "too old", "not confident", "one of two too old"],
)
def test_what_we_do_not_know_is_unknown_never_low(found: Wallet, because: WalletBecause) -> None:
    assert (found.band, found.because, found.share) == (ShareOfWallet.UNKNOWN, because, None)


@pytest.mark.parametrize("found", [wallet(estimate(100, 10, days=548)), wallet(estimate(100, 10, confidence=0.4))])
def test_the_limits_themselves_still_count(found: Wallet) -> None:
    assert found.band is ShareOfWallet.LOW


def test_a_share_says_when_it_ends() -> None:
    assert wallet(estimate(100, 10)).changes_on == TODAY + timedelta(days=549)
