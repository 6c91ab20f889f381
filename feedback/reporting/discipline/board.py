"""The report on selling discipline, put together."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback.access.rules import Viewer
from feedback.gate.contacts.rules import ContactOutcome, Match
from feedback.issues.rules.recovery import Share
from feedback.kernel import clock
from feedback.permission.rules import Channel
from feedback.reporting.discipline.reads import Period, count_contacts, list_not_allowed, list_screenings, signs_of
from feedback.reporting.discipline.rules import (
    UPSELL_GROUP,
    Consequence,
    Followed,
    Group,
    Sign,
    group_of,
    what_followed,
    why_screened_out,
)
from feedback.selling.rules import PlayState


@dataclass(frozen=True)
class NotAllowed:
    """A sales contact without or against a decision, and what followed."""

    id: int
    account_id: int
    account: str
    contact_id: int | None
    contact: str | None
    user_id: int | None
    user: str | None  # None: another system told us, and not who it was
    team: str | None
    source: str
    channel: Channel
    outcome: ContactOutcome
    play: str | None
    matched: Match
    decision_id: int | None
    occurred_at: datetime
    followed: Followed


@dataclass(frozen=True)
class Sellers:
    """A person or a team: their sales contacts by what the gate had said, and what followed those it had not allowed."""

    name: str | None
    team: str | None
    valid: int
    without: int
    against: int
    followed: Mapping[Consequence, int]

    @property
    def share(self) -> Share:
        """Those with a valid decision."""
        return Share(self.valid, self.valid + self.without + self.against)


@dataclass(frozen=True)
class Discipline:
    """Everything on the page."""

    valid: Share
    counts: Mapping[Match, int]
    upsell: Share
    groups: Mapping[Group, int]
    plays: Mapping[str | None, int]  # None: nobody had asked
    people: Sequence[Sellers]
    teams: Sequence[Sellers]
    not_allowed: Sequence[NotAllowed]
    followed: Mapping[Consequence, int]
    suggestions: Mapping[PlayState, int]
    screened_out: Mapping[str, int]


def selling_discipline(viewer: Viewer, period: Period) -> Discipline:
    """The sales contacts and suggestions of a period, of the customers in the viewer's scope."""
    rows, broken = count_contacts(viewer, period), not_allowed(viewer, period)
    matched, groups = _counted(rows, lambda row: row[3]), _counted(rows, lambda row: group_of(row[5], row[6]))
    total, plays = sum(matched.values()), list_screenings(viewer, period)
    return Discipline(
        valid=Share(matched[Match.VALID], total),
        counts={match: matched[match] for match in Match},
        upsell=Share(groups[UPSELL_GROUP], total),
        groups=dict(groups.most_common()),
        plays=dict(_counted(rows, lambda row: row[4]).most_common()),
        people=_sellers(rows, broken, lambda row: (row[0], row[1], row[2]), lambda one: (one.user_id, one.user, one.team)),
        teams=_sellers(rows, broken, lambda row: (None, row[2], row[2]), lambda one: (None, one.team, one.team)),
        not_allowed=broken,
        followed=_consequences(broken),
        suggestions=Counter(row.state for row in plays),
        screened_out=dict(_out(plays).most_common()),
    )


def not_allowed(viewer: Viewer, period: Period) -> list[NotAllowed]:
    """The sales contacts that the gate had not allowed, the newest first, with what followed each."""
    rows, now = list_not_allowed(viewer, period), clock.now()
    signs = signs_of(rows)
    return [NotAllowed(**row._mapping, followed=_after(row, signs.get(row.account_id, ()), now)) for row in rows]


def _after(row: Any, signs: Sequence[Sign], now: datetime) -> Followed:
    return what_followed(row.occurred_at, row.contact_id, signs, now=now)


def _counted(rows: Sequence[Any], key: Callable[[Any], Any]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for row in rows:
        found[key(row)] += row[-1]
    return found


def _out(plays: Sequence[Any]) -> Counter[str]:
    return Counter(why_screened_out(row.reasons) for row in plays if row.state is PlayState.SCREENED_OUT)


def _consequences(broken: Sequence[NotAllowed]) -> dict[Consequence, int]:
    found = Counter(kind for one in broken for kind in one.followed.kinds)
    return {kind: found[kind] for kind in Consequence}


def _sellers(
    rows: Sequence[Any], broken: Sequence[NotAllowed], of_row: Callable[[Any], Any], of_broken: Callable[[NotAllowed], Any]
) -> list[Sellers]:
    """The most contacts that were not allowed first."""
    counts = _counted(rows, lambda row: (of_row(row), row[3]))
    theirs: dict[Any, list[NotAllowed]] = {}
    for one in broken:
        theirs.setdefault(of_broken(one), []).append(one)
    lines = [
        Sellers(
            name=key[1],
            team=key[2],
            valid=counts[key, Match.VALID],
            without=counts[key, Match.WITHOUT],
            against=counts[key, Match.AGAINST],
            followed=_consequences(theirs.get(key, ())),
        )
        for key in dict.fromkeys(key for key, _match in counts)
    ]
    return sorted(lines, key=lambda line: (-(line.without + line.against), -line.valid, line.name or ""))
