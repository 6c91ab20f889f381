"""Who else here holds a yes about the same customer: two people who were allowed to sell should know of each other."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.gate.models import GateDecision
from feedback.gate.naming import Evidence, Names
from feedback.gate.rules import OFFERS_PERMITTED
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.web.numerals import day_and_time

MAY_CALL = "colleague_may_call"
_decision: Any = GateDecision.__table__.c
_user: Any = User.__table__.c
_PREFIX = "user:"


class Holder(NamedTuple):
    """A colleague whose yes about an account is live, and until when."""

    user_id: int
    name: str
    until: datetime


# Decisions of people only, which are few: systems ask thousands of times, and call nobody.
_HOLDERS = Prepared(
    sa.select(_decision.account_id, _decision.requested_by, _decision.expires_at, _decision.outcome, _decision.initiation).where(
        in_list(_decision.account_id, "ids"),
        sa.literal_column("substr(requested_by, 1, 5) = 'user:'"),
        _decision.expired_at.is_(None),
        _decision.invalidated_at.is_(None),
        _decision.expires_at > sa.bindparam("now"),
    )
)
_NAMES = Prepared(sa.select(_user.id, _user.name).where(in_list(_user.id, "ids")))


def holders_of(connection: sa.Connection, account_ids: Collection[int], now: datetime) -> Mapping[int, Sequence[Holder]]:
    """Per account with any: who was allowed to approach it, and has not done so yet; each with the last end of theirs."""
    ends: dict[tuple[int, int], datetime] = {}
    for account_id, who, until, outcome, initiation in _HOLDERS.rows(connection, {"ids": account_ids, "now": now}):
        if outcome in OFFERS_PERMITTED and initiation == "outbound":
            key = (account_id, int(who.removeprefix(_PREFIX)))
            ends[key] = max(until, ends.get(key, until))
    if not ends:
        return {}
    names = dict(tuple(row) for row in _NAMES.rows(connection, {"ids": list({user_id for _account, user_id in ends})}))
    found: dict[int, list[Holder]] = defaultdict(list)
    for (account_id, user_id), until in sorted(ends.items()):
        found[account_id].append(Holder(user_id, names.get(user_id, ""), until))
    return dict(found)


def evidence(holders: Sequence[Holder], asker: int | None) -> dict[str, Any]:
    """The colleagues of who asks, as JSON without names; nothing for who is alone."""
    others = [{"by": one.user_id, "until": one.until.isoformat()} for one in holders if one.user_id != asker]
    return {"colleagues": others} if others else {}


def sentence(said: Evidence, names: Names) -> str:
    """Who may call too, and until when."""
    told = [
        _(
            "%(name)s may sell here too until %(until)s: agree who calls.",
            name=names.colleague(one["by"]),
            until=day_and_time(datetime.fromisoformat(one["until"])),
        )
        for one in said["colleagues"]
    ]
    return " ".join(told)
