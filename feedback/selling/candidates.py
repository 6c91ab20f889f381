"""The spend monitor over all customers: what fell without a reason becomes a sales play, and is screened like any other."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.selling.models import SalesPlay
from feedback.selling.reading import company_monitor, working_days_of
from feedback.selling.rules import Trigger
from feedback.selling.service import Suggested, find_told, keep_play
from feedback.selling.spend.closing import closed_until
from feedback.selling.spend.history import month_of
from feedback.selling.spend.monitor import Monitor, Reading

SOURCE = "spend_monitor"
_PART = 500


def find_drops() -> list[Reading]:
    """Drops of the newest month whose books are closed, one for each customer whose drop is not known yet."""
    monitor = company_monitor(closed_until())
    if monitor is None:
        return []
    places = [place for part in _parts(monitor.drops()) for place in _unknown(monitor, part)]
    countries = _countries(monitor, places)
    last = monitor.ledger.last
    ids = monitor.ledger.account_ids
    return [monitor.reading(place, working_days_of(countries.get(ids[place]), last)) for place in places]


def suggest_play(drop: Reading) -> bool:
    """Keep and screen the play of a drop; answers whether it is new. Call inside `transaction()`."""
    month = f"{month_of(drop.month):%Y-%m}"
    told = Suggested(SOURCE, f"{drop.account_id}:{month}", Trigger.SPEND_DROP, {"month": month})
    if find_told(told) is not None:
        return False
    keep_play(told, drop.account_id, actor="system", reading=drop)
    return True


def _parts(places: Sequence[int]) -> Iterator[Sequence[int]]:
    return (places[start : start + _PART] for start in range(0, len(places), _PART))


def _unknown(monitor: Monitor, places: Sequence[int]) -> list[int]:
    """Those whose drop, since it began, has not been made a play by anybody."""
    ids = {monitor.ledger.account_ids[place]: place for place in places}
    query = sa.select(SalesPlay.account_id, sa.func.max(SalesPlay.month)).where(
        SalesPlay.account_id.in_(ids), SalesPlay.trigger == Trigger.SPEND_DROP, SalesPlay.month.is_not(None)
    )
    known = dict(db.session.execute(query.group_by(SalesPlay.account_id)).all())
    found = []
    for account_id, place in ids.items():
        newest = known.get(account_id)
        if newest is None or newest < month_of(monitor.began(place)):
            found.append(place)
    return found


def _countries(monitor: Monitor, places: Sequence[int]) -> dict[int, str | None]:
    ids = [monitor.ledger.account_ids[place] for place in places]
    found: dict[int, str | None] = {}
    for part in _parts(ids):
        found.update(
            (row.id, row.country)
            for row in db.session.execute(sa.select(Account.id, Account.country).where(Account.id.in_(part)))
        )
    return found
