"""Who may be sold to: the accounts of a viewer with their standing, as the matrix, the counts and the list by play."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.exchange import Exchange, LeftOut, current_exchange, left_out
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.rules import OFFERS_PERMITTED, Advocacy, Outcome, ShareOfWallet, Stance
from feedback.gate.standing import Standing, standings
from feedback.kernel import clock
from feedback.reporting.calls import call_outcomes

# What one may act on first, then what stands in the way, then what rests.
PLAY_ORDER = (
    "upsell",
    "upsell_with_briefing",
    "qualify_wallet",
    "nurture",
    "recover_now",
    "fix_first",
    "verify_fix",
    "fix_basics",
    "survey_first",
    "protect_and_refer",
    "protect",
)
GROUPS = ("ready", "waiting", "fix", "recover", "rest")
NOBODY = -1
Key = TypeVar("Key")
_Row = sa.Row[int, str, str | None, float | None, str | None]
READY_STANCES = frozenset({Stance.ALLOW, Stance.LIMITED})
FIX_PLAYS = frozenset({"fix_basics", "fix_first", "verify_fix"})


@dataclass(frozen=True)
class ReadinessFilters:
    """What the page is asked for; '' means any. `group` is one of `ReadinessLine.group`; advocacy and share name a cell."""

    owner_id: int | None = None
    region: str = ""
    segment: str = ""
    text: str = ""
    play: str = ""
    group: str = ""
    advocacy: str = ""
    share: str = ""

    @classmethod
    def named_by(cls, query: Mapping[str, str]) -> "ReadinessFilters":
        """The filters that the parameters of an address name; an account manager who cannot be read is nobody's number."""
        owner = query.get("owner") or ""
        names = {"text": "q"} | {name: name for name in ("region", "segment", "play", "group", "advocacy", "share")}
        chosen = {field: query.get(name) or "" for field, name in names.items()}
        readable = owner.isascii() and owner.isdigit() and len(owner) < 10
        return cls((int(owner) if readable else NOBODY) if owner else None, **chosen)

    @staticmethod
    def known(viewer: Viewer) -> dict[str, Collection[str]]:
        """The values of parameters that take one of a few."""
        owners = [str(owner_id) for owner_id, _name in list_owners(viewer)]
        cell: dict[str, Collection[str]] = {"advocacy": list(Advocacy), "share": list(ShareOfWallet)}
        return {"owner": owners, "play": PLAY_ORDER, "group": GROUPS, **cell}

    def base(self) -> "ReadinessFilters":
        """The filters of the whole page, without those that a click in the figure or the counts adds."""
        return replace(self, play="", group="", advocacy="", share="")


class ReadinessLine(NamedTuple):
    """One account as the matrix and the list need it.

    `revenue` is in the installation's currency, 0 where it is not known; `stated` is what was recorded, with its currency.
    """

    id: int
    name: str
    owner: str | None
    revenue: float
    advocacy: str
    share_of_wallet: str
    share: float | None
    issues: str
    play: str
    stance: str
    call: str = ""
    standing: Standing | None = None
    stated: tuple[float, str] | None = None

    @property
    def group(self) -> str:
        """`ready`, `waiting` (the relationship would allow it; the person, the consent or the moment does not), `fix`,
        `recover`, or `rest`. `call` is the gate's outcome for a call with an offer, asked where the relationship allows one.
        """
        if self.stance in READY_STANCES:
            return "ready" if self.call in OFFERS_PERMITTED else "waiting"
        if self.play == "recover_now":
            return "recover"
        return "fix" if self.play in FIX_PLAYS else "rest"


class Tally(NamedTuple):
    """How many accounts, and their revenue."""

    accounts: int
    revenue: float


@dataclass(frozen=True)
class Readiness:
    """The accounts that the filters of the page leave, and those of them that the clicks leave (`lines`, in order)."""

    everybody: Sequence[ReadinessLine]
    lines: Sequence[ReadinessLine]
    currency: str
    computed_at: datetime

    @cached_property
    def groups(self) -> dict[str, Tally]:
        """Per group of `ReadinessLine.group`."""
        return _tally((line.group, line.revenue) for line in self.everybody)

    @cached_property
    def plays(self) -> dict[str, Tally]:
        """Per play, in the order of the list."""
        found = _tally((line.play, line.revenue) for line in self.everybody)
        return {play: found[play] for play in PLAY_ORDER if play in found}

    @cached_property
    def cells(self) -> dict[tuple[str, str], Tally]:
        """Per (advocacy, share of wallet)."""
        return _tally(((line.advocacy, line.share_of_wallet), line.revenue) for line in self.everybody)

    @cached_property
    def unheard(self) -> Tally:
        """Accounts of which nobody who counts has said anything."""
        silent = [line for line in self.everybody if line.advocacy == "unknown"]
        return Tally(len(silent), sum(line.revenue for line in silent))

    @cached_property
    def left_out(self) -> LeftOut:
        """Whose revenue is in a currency without a rate, and therefore in none of the sums."""
        return left_out([line.stated[1] for line in self.everybody if line.stated and not line.revenue])

    @cached_property
    def total(self) -> Tally:
        """All of them."""
        return Tally(len(self.everybody), sum(line.revenue for line in self.everybody))


def _tally(pairs: Iterable[tuple[Key, float]]) -> dict[Key, Tally]:
    counts: dict[Key, int] = {}
    sums: dict[Key, float] = {}
    for key, revenue in pairs:
        counts[key] = counts.get(key, 0) + 1
        sums[key] = sums.get(key, 0.0) + revenue
    return {key: Tally(count, sums[key]) for key, count in counts.items()}


def readiness(viewer: Viewer, wanted: ReadinessFilters) -> Readiness:
    """The standing of every active account in the viewer's scope that the filters leave, computed now."""
    now = clock.now()
    rows = _accounts(viewer, wanted)
    stands = standings([row.id for row in rows], now)
    calls = call_outcomes([standing for standing in stands.values() if standing.stance in READY_STANCES], asker=viewer.user_id)
    exchange = current_exchange()
    everybody = [_line(row, stands[row.id], calls.get(row.id), exchange) for row in rows]
    return Readiness(everybody, select_lines(everybody, wanted), exchange.currency, now)


def _line(row: _Row, standing: Standing, call: Outcome | None, exchange: Exchange) -> ReadinessLine:
    id_, name, owner, revenue, currency = row
    return ReadinessLine(
        id_,
        name,
        owner,
        exchange.converted(revenue, currency) or 0.0,
        standing.advocacy.value,
        standing.share_of_wallet.value,
        standing.share,
        standing.issues.value,
        standing.play.value,
        standing.stance.value,
        call.value if call else "",
        standing,
        (revenue, currency or exchange.currency) if revenue else None,
    )


def select_lines(lines: Sequence[ReadinessLine], wanted: ReadinessFilters) -> list[ReadinessLine]:
    """The lines that the clicks leave, in the order of plays, first whom one may call, the largest revenue first."""
    order = {play: position for position, play in enumerate(PLAY_ORDER)}
    asked = [(place, value) for name, place in _CLICKED.items() if (value := getattr(wanted, name))]
    kept = [line for line in lines if all(place(line) == value for place, value in asked)]
    return sorted(kept, key=lambda line: (order.get(line.play, len(order)), line.group == "waiting", -line.revenue, line.name))


_CLICKED = {
    "play": attrgetter("play"),
    "group": attrgetter("group"),
    "advocacy": attrgetter("advocacy"),
    "share": attrgetter("share_of_wallet"),
}


def _accounts(viewer: Viewer, wanted: ReadinessFilters) -> Sequence[_Row]:
    conditions = [account_scope(viewer), Account.status == AccountStatus.ACTIVE]
    for column, value in (
        (Account.owner_id, wanted.owner_id),
        (Account.region, wanted.region),
        (Account.segment, wanted.segment),
    ):
        if value:
            conditions.append(column == value)
    if wanted.text:
        conditions.append(Account.name.icontains(wanted.text.strip()[:100], autoescape=True))
    columns = sa.select(Account.id, Account.name, User.name, Account.annual_revenue, Account.currency)
    return db.session.execute(columns.outerjoin(User, User.id == Account.owner_id).where(*conditions)).all()


def list_owners(viewer: Viewer) -> list[tuple[int, str]]:
    """The account managers of the viewer's accounts, by name."""
    query = (
        sa.select(User.id, User.name)
        .where(User.id.in_(sa.select(Account.owner_id).where(account_scope(viewer), Account.owner_id.is_not(None))))
        .order_by(User.name)
    )
    return [(owner_id, name) for owner_id, name in db.session.execute(query)]
