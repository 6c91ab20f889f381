"""The share that is assumed of a customer whose spend nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gate.peer_wallets import BEST, FEWEST, LEAST, PeerShare, peer_share


def test_the_median_of_close_peers_is_good_for_a_decision():
    assert peer_share([0.2, 0.22, 0.24, 0.25, 0.25, 0.26, 0.28, 0.3]) == PeerShare(0.25, 8, BEST)


def test_peers_far_apart_are_not():
    found = peer_share([0.05, 0.1, 0.2, 0.4, 0.5, 0.7, 0.8, 0.9])
    assert found is not None
    assert found.confidence == LEAST


@pytest.mark.parametrize("shares", [[], [0.2] * (FEWEST - 1), [0.0] * FEWEST], ids=["none", "too few", "who buy nothing"])
def test_nothing_is_made_of_nothing(shares):
    assert peer_share(shares) is None


@given(st.lists(st.floats(0.01, 1), min_size=FEWEST, max_size=40))
def test_the_guess_lies_among_its_peers_and_is_never_certain(shares):
    found = peer_share(shares)
    assert found is not None
    assert min(shares) <= found.share <= max(shares)
    assert LEAST <= found.confidence <= BEST
