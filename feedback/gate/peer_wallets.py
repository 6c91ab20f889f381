"""What a customer probably spends in all, where nobody knows: its own part, by what customers like it buy from us.

The share that is assumed is the median of the segment's known shares. How far they lie apart says how far the guess can be
trusted: with the middle half of them within ten points it is good for a decision, with thirty and more it is not.
"""

from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, WalletEstimate
from feedback.accounts.queries import access_account
from feedback.accounts.rules import AccountStatus
from feedback.accounts.service import add_wallet
from feedback.extensions import db
from feedback.gate import queries
from feedback.gate.limits import Limits, current_limits
from feedback.gate.wallet import FROM_PEERS, WalletBecause, share_of_wallet
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput

FEWEST = 8  # peers: a quartile of fewer says nothing
MOST = 5000
BEST, LEAST = 0.6, 0.2  # confidence of a guess at its best and at its worst
CATEGORY = "all"


class PeerShare(NamedTuple):
    """What customers of a segment buy from us: the median share, how many they are, and how far the guess can be trusted."""

    share: float
    peers: int
    confidence: float


def peer_share(shares: Sequence[float]) -> PeerShare | None:
    """The share to assume; None of too few peers, or of peers who buy nothing.

    Args:
        shares: 0…1, one per peer.
    """
    if len(shares) < FEWEST or median(shares) <= 0:
        return None
    first, _middle, third = quantiles(shares, n=4, method="inclusive")
    confidence = min(BEST, max(LEAST, 0.7 - (third - first)))
    return PeerShare(median(shares), len(shares), round(confidence, 2))


def estimate_from_peers(account_id: int, viewer: Viewer) -> WalletEstimate:
    """Keep an estimate from peers, marked as such; a real one replaces it as soon as there is one. Call inside `transaction()`.

    Raises:
        NotFound: the account is missing or somebody else's.
        Conflict: somebody's own estimate is known.
        InvalidInput: nothing is known of what it buys from us, or too few peers are.
    """
    account, limits = access_account(account_id, viewer=viewer, permission="account.write"), current_limits()
    known = queries.estimates_of(db.session.connection(), [account.id], clock.now().date()).get(account.id, [])
    if any(estimate.method != FROM_PEERS for estimate in known):
        raise Conflict(_("Somebody has estimated what this customer spends; renew that estimate instead."))
    ours = _our_part(account, limits)
    if not ours:
        raise InvalidInput({"annual_revenue": [_("It is not recorded what this customer buys from us.")]})
    found = peer_share(_shares(account, limits))
    if found is None:
        raise InvalidInput(
            {"segment": [_("There are fewer than %(least)s customers like this one whose share is known.", least=FEWEST)]}
        )
    source = _("%(count)s customers of the segment %(segment)s", count=found.peers, segment=account.segment or "–")
    values: dict[str, Any] = {"category": CATEGORY, "total_spend": round(ours / found.share, 2), "our_spend": round(ours, 2)}
    values |= {"method": FROM_PEERS, "source": source, "confidence": found.confidence}
    return add_wallet(account, values, actor=viewer.actor)


def _our_part(account: Account, limits: Limits) -> float | None:
    """The spend of the last twelve complete months, else the annual revenue."""
    today = clock.now().date()
    spend = queries.spend_of_12_months(db.session.connection(), [account.id], today, limits.exchange).get(account.id)
    return spend if spend is not None else limits.exchange.converted(account.annual_revenue, account.currency)


def _shares(account: Account, limits: Limits) -> list[float]:
    """The known shares of the other active customers of its segment; a guess is no basis for another."""
    same = (Account.status == AccountStatus.ACTIVE, Account.segment == account.segment, Account.id != account.id)
    columns = sa.select(Account.id, Account.annual_revenue, Account.currency).where(*same).order_by(Account.id).limit(MOST)
    peers = {row.id: limits.exchange.converted(row.annual_revenue, row.currency) for row in db.session.execute(columns)}
    today, connection = clock.now().date(), db.session.connection()
    estimates = queries.estimates_of(connection, list(peers), today)
    spend = queries.spend_of_12_months(connection, list(peers), today, limits.exchange)
    found = []
    for id_, revenue in peers.items():
        wallet = share_of_wallet(
            estimates.get(id_, ()), spend_12_months=spend.get(id_), annual_revenue=revenue, today=today, limits=limits.wallet
        )
        if wallet.because is WalletBecause.SHARE and wallet.share is not None and not wallet.from_peers:
            found.append(min(wallet.share, 1.0))
    return found
