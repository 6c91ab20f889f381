"""The account manager hears of sales plays that wait for them. Call inside `transaction()`."""

from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.selling.models import SalesPlay
from feedback.selling.rules import PlayState

INBOX = "/app/sales-plays"
_WAITS = (PlayState.ACCEPTED, PlayState.QUESTION)


def tell_of_new(play: SalesPlay, *, actor: str, monitored: bool) -> None:
    """A new play waits; of all that the spend monitor found in a month a manager hears once. Whoever made it knows of it."""
    account = _account(play.account_id)
    if play.state not in _WAITS or account.owner_id is None or actor == f"user:{account.owner_id}":
        return
    if monitored and play.month is not None:
        month = play.month.isoformat()
        news.send([news.notice(f"spend-plays:{month}", account.owner_id, "spend_plays_wait", INBOX, month=month)])
    else:
        _tell(play, account, f"play-waits:{play.id}", "play_waits")


def tell_of_change(play: SalesPlay, before: PlayState) -> None:
    """One that was held and is not any more; it may have been held before, so each time has its own notice."""
    account = _account(play.account_id)
    if before is not PlayState.HELD or play.state not in _WAITS or account.owner_id is None:
        return
    kind = "play_freed" if play.state is PlayState.ACCEPTED else "play_waits"
    _tell(play, account, f"play-freed:{play.id}:{play.screened_at.isoformat()}", kind)


def _tell(play: SalesPlay, account: Any, cause: str, kind: str) -> None:
    asks = play.state is PlayState.QUESTION
    news.send([news.notice(cause, account.owner_id, kind, f"/app/accounts/{account.id}", account=account.name, asks=asks)])


def _account(account_id: int) -> Any:
    return db.session.execute(sa.select(Account.id, Account.name, Account.owner_id).where(Account.id == account_id)).one()
