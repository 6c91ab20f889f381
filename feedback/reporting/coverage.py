"""Whom we asked, whom we heard and who stayed silent: a fixed number of statements, counted by the database."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.queries import account_scope
from feedback.defects.rules.nps import Bands
from feedback.extensions import db
from feedback.listening.rules.coverage import Gap, Rate, Voice, comparable, count_rate, late_gap, money_rate, voice_of
from feedback.reporting import coverage_counts as counts
from feedback.reporting.coverage_counts import READ, ROLES, UNSURE, CoverageFilter
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import Band, band
from feedback.web.naming import name_for_reader

__all__ = ["ROLES", "UNSURE", "Coverage", "CoverageFilter", "coverage", "list_owners", "survey_names"]
GROUPED = counts.GROUPED


@dataclass(frozen=True)
class Rates:
    """Who answered of those whom a request reached: people (in one account each), accounts, and the accounts by revenue."""

    contacts: Rate
    accounts: Rate
    revenue: Rate


@dataclass(frozen=True)
class ProgramLine:
    """What one program brought. A person who was asked in several waves is one person, with the newest answer."""

    survey: str
    requests: int
    bounced: int
    rates: Rates
    voice: Voice
    gap: Gap | None


@dataclass(frozen=True)
class RoleLine:
    """People in one role: how many there are, were asked, and were heard by any way in."""

    role: str
    people: int
    asked: Rate
    heard: Rate


@dataclass(frozen=True)
class GroupLine:
    """One group of requests that arrived: how many of them were answered?"""

    dimension: str
    group: str
    rate: Rate


@dataclass(frozen=True)
class SilentPerson:
    """Somebody who was asked and has not answered, or who cannot be."""

    contact_id: int
    account_id: int
    name: str
    account: str
    role: str
    revenue: float | None
    owner: str | None
    asked_at: datetime | None
    reminders: int
    bounced: bool  # the last mail did not arrive
    dead: bool  # because nobody is at that address
    has_address: bool


@dataclass(frozen=True)
class Reach:
    """All active accounts and those that were heard, by revenue and by number.

    One answer of anybody, by whatever way, makes an account heard; `decided` counts those of decision makers alone.
    """

    revenue: Rate
    decided: Rate
    accounts: int
    accounts_heard: int
    accounts_decided: int
    without_revenue: int  # accounts that count in no sum of money


@dataclass(frozen=True)
class Coverage:
    """Everything on the page.

    What several programs brought is never added up to one rate or one NPS: there is a line for each, and `groups` is empty.
    """

    asked: int
    bounced: int
    programs: Sequence[ProgramLine]
    reach: Reach
    roles: Sequence[RoleLine]
    groups: Sequence[GroupLine]
    silent: Sequence[SilentPerson]
    silent_people: int

    @property
    def is_comparable(self) -> bool:
        """Whether the programs answer alike, so that their figures may stand side by side."""
        return comparable(line.rates.contacts for line in self.programs)

    @property
    def only(self) -> ProgramLine | None:
        """The program that all requests are of; None where there are several, or no request."""
        return self.programs[0] if len(self.programs) == 1 else None


def coverage(viewer: Viewer, wanted: CoverageFilter, *, silent: int = 50) -> Coverage:
    """For the accounts that the viewer may see.

    Args:
        silent: how many of the silent people to list, those of the largest accounts first.
    """
    programs = program_lines(viewer, wanted)
    roles, silent_people = _roles(viewer, wanted)
    return Coverage(
        asked=sum(line.requests for line in programs),
        bounced=sum(line.bounced for line in programs),
        programs=programs,
        reach=_reach(viewer, wanted),
        roles=roles,
        groups=_groups(viewer, wanted, programs[0].survey) if len(programs) == 1 else (),
        silent=_silent(viewer, wanted, silent) if silent and silent_people else (),
        silent_people=silent_people,
    )


def _reach(viewer: Viewer, wanted: CoverageFilter) -> Reach:
    row = [value or 0 for value in db.session.execute(counts.revenue_heard(viewer, wanted)).one()]
    heard, total, squares, decided = row[:4]
    accounts_heard, accounts_decided, accounts, with_revenue = map(int, row[4:])
    rates = money_rate(heard, total, squares), money_rate(decided, total, squares)
    return Reach(*rates, accounts, accounts_heard, accounts_decided, accounts - with_revenue)


@dataclass
class _Outcomes:
    """People of one program, counted by how they answered last."""

    requests: int = 0
    bounced: int = 0
    reached: int = 0
    answered: int = 0

    def __post_init__(self) -> None:
        self.early: Counter[Band] = Counter()
        self.late: Counter[Band] = Counter()

    def add(self, outcome: int | None, people: float, reached: float, requests: float, bounced: float) -> None:
        self.requests += int(requests)
        self.bounced += int(bounced)
        self.reached += int(reached)
        if outcome is not None:
            self.answered += int(people)
            score, was_late = divmod(outcome, 2)
            (self.late if was_late else self.early)[band(score)] += int(people)

    @property
    def everybody(self) -> Bands:
        return _bands(self.early + self.late)


def _bands(found: Counter[Band]) -> Bands:
    return Bands(found[Band.DETRACTOR], found[Band.PASSIVE], found[Band.PROMOTER])


def program_lines(viewer: Viewer, wanted: CoverageFilter) -> list[ProgramLine]:
    """What each program brought, nothing else of the report."""
    found: dict[int, _Outcomes] = defaultdict(_Outcomes)
    accounts: dict[int, Sequence[float]] = {}
    for survey_id, of_people, outcome, *sums in db.session.execute(counts.by_program(viewer, wanted)):
        if of_people:
            found[survey_id].add(outcome, *sums[:4])
        else:
            accounts[survey_id] = sums
    codes = {code: id_ for id_, code in db.session.execute(sa.select(SurveyProgram.id, SurveyProgram.code)) if id_ in found}
    nobody = (0.0,) * 5
    return [_program(code, found[codes[code]], accounts.get(codes[code], nobody)) for code in sorted(codes)]


def _program(code: str, people: _Outcomes, accounts: Sequence[Any]) -> ProgramLine:
    asked, heard, *money = accounts
    rates = Rates(count_rate(people.answered, people.reached), count_rate(int(heard), int(asked)), money_rate(*money))
    voice = voice_of(people.everybody, people.reached)
    return ProgramLine(code, people.requests, people.bounced, rates, voice, late_gap(_bands(people.early), _bands(people.late)))


def _roles(viewer: Viewer, wanted: CoverageFilter) -> tuple[list[RoleLine], int]:
    people: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    silent = 0
    for role, is_there, was_asked, was_heard, count in db.session.execute(counts.people_by_role(viewer, wanted)):
        people[role] += count
        asked[role] += count if was_asked else 0
        heard[role] += count if was_heard else 0
        silent += count if is_there and not was_heard else 0
    known = [role for role in ROLES if people[role]]
    rates = {role: [count_rate(found[role], people[role]) for found in (asked, heard)] for role in known}
    return [RoleLine(role, people[role], *rates[role]) for role in known], silent


def _groups(viewer: Viewer, wanted: CoverageFilter, survey: str) -> list[GroupLine]:
    """By what may make a difference: do those who answer look like those who were asked?"""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for prior, had_issue, segment, requests, answered in db.session.execute(counts.requests_by_group(viewer, wanted, survey)):
        of = {"prior": _PRIORS[prior], "issue": "open" if had_issue else "none", "segment": segment or ""}
        for key in of.items():
            found[key][0] += answered
            found[key][1] += requests
    order = list(_DIMENSIONS)
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1]))
    return [GroupLine(*key, count_rate(*found[key])) for key in keys]


_DIMENSIONS = ("prior", "issue", "segment")
_PRIORS: dict[int | None, str] = {None: "none", 0: "detractor", 1: "passive", 2: "promoter"}


def _silent(viewer: Viewer, wanted: CoverageFilter, limit: int) -> list[SilentPerson]:
    """Who is there and was not heard; decision makers of the largest accounts first."""
    people = db.session.execute(counts.silent_people(viewer, wanted, limit)).all()
    last: dict[tuple[int, int], Any] = {}
    for row in db.session.execute(counts.requests_of(viewer, wanted, [row.contact_id for row in people])):
        last[row.account_id, row.contact_id] = row  # the newest comes last
    return [_line(row, last.get((row.account_id, row.contact_id))) for row in people]


def _line(row: Any, asked: Any) -> SilentPerson:
    at, reminders = (None, 0) if asked is None else (asked.sent_at, asked.reminders)
    bounced, dead = asked is not None and bool(asked.bounced), asked is not None and bool(asked.dead)
    who = (row.contact_id, row.account_id, row.name, row.account, row.role, row.revenue, row.owner)
    return SilentPerson(*who, at, reminders, bounced, dead, bool(row.has_address))


def list_owners(viewer: Viewer) -> list[tuple[str, str]]:
    """People who look after accounts that the viewer may see, as (id, name)."""
    owned = counts.owner_ids(account_scope(viewer, READ))
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(owned)).order_by(User.name))
    return [(str(user_id), name) for user_id, name in rows]


def survey_names() -> dict[str, str]:
    """What programs are called for the reader, by code."""
    rows = db.session.execute(sa.select(SurveyProgram.code, name_for_reader(SurveyProgram)))
    return {code: name for code, name in rows}  # noqa: C416  typed rows
