"""Whom we asked, whom we heard and who stayed silent, in a fixed number of statements whatever the period."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus, ContactRole
from feedback.defects.rules.nps import Bands
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.listening.rules.coverage import Gap, Rate, Voice, comparable, count_rate, late_gap, voice_of, weighted_rate
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import Band, InvitationState, band
from feedback.web.naming import name_for_reader

READ = "response.read"
UNSURE = "unknown"  # a role that nobody has said yet
ROLES = (*(role.value for role in ContactRole), UNSURE)


@dataclass(frozen=True)
class CoverageFilter:
    """Which requests: sent from `start` on and before `stop`; None means "any"."""

    start: date | None = None
    stop: date | None = None
    survey: str | None = None
    segment: str | None = None
    region: str | None = None
    owner_id: int | None = None
    wave_id: int | None = None


@dataclass(frozen=True)
class Asked:
    """One request that was sent. `answered` counts only an answer that counts."""

    account_id: int
    contact_id: int
    survey: str
    role: str
    segment: str | None
    sent_at: datetime
    reminders: int
    bounced: bool
    score: int | None
    prior: str | None
    open_issue: bool

    @property
    def answered(self) -> bool:
        """Whether an answer to this request counts."""
        return self.score is not None


@dataclass(frozen=True)
class Rates:
    """Valid answers of requests that arrived: by person, by account, and by the revenue of the accounts asked."""

    contacts: Rate
    accounts: Rate
    revenue: Rate


@dataclass(frozen=True)
class RoleLine:
    """People in one role: how many there are, were asked, and were heard by any way in."""

    role: str
    people: int
    asked: Rate
    heard: Rate


@dataclass(frozen=True)
class GroupLine:
    """One group of those who were asked: does it answer as the others do?"""

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
    bounced: bool
    has_address: bool


@dataclass(frozen=True)
class Coverage:
    """Everything on the page. `covered` is the revenue of accounts heard of the revenue of all active accounts."""

    asked: int
    bounced: int
    rates: Rates
    covered: Rate
    roles: Sequence[RoleLine]
    voice: Voice
    gap: Gap | None
    programs: Mapping[str, Rate]
    groups: Sequence[GroupLine]
    silent: Sequence[SilentPerson]
    silent_people: int

    @property
    def is_comparable(self) -> bool:
        """Whether the programs answer alike, so that their figures may stand side by side."""
        return comparable(self.programs.values())


def coverage(viewer: Viewer, wanted: CoverageFilter, *, silent: int = 50) -> Coverage:
    """For the accounts that the viewer may see.

    Args:
        silent: how many of the silent people to list, those of the largest accounts first.
    """
    asked, people = _asked(viewer, wanted), _people(viewer, wanted)
    arrived = [one for one in asked if not one.bounced]
    revenue = {row.account_id: row.revenue or 0.0 for row in people}
    heard = _heard(viewer, wanted)
    answered = {(one.account_id, one.contact_id) for one in arrived if one.answered}
    told = _silent(people, asked, heard)
    return Coverage(
        asked=len(asked),
        bounced=len(asked) - len(arrived),
        rates=_rates(arrived, revenue, {account_id for account_id, _ in answered}),
        covered=weighted_rate((revenue[one], one in {a for a, _ in heard}) for one in revenue),
        roles=_roles(people, {(one.account_id, one.contact_id) for one in asked}, heard),
        voice=voice_of(_bands(arrived), len(arrived)),
        gap=late_gap(_bands(one for one in arrived if not one.reminders), _bands(one for one in arrived if one.reminders)),
        programs={code: _rate(group) for code, group in sorted(_by(arrived, lambda one: one.survey).items())},
        groups=_groups(arrived),
        silent=told[:silent],
        silent_people=len(told),
    )


def _window(column: Any, wanted: CoverageFilter) -> list[Any]:
    bounds = ((wanted.start, column.__ge__), (wanted.stop, column.__lt__))
    return [compare(datetime.combine(day, time(), UTC)) for day, compare in bounds if day is not None]


def _accounts(viewer: Viewer, wanted: CoverageFilter) -> list[Any]:
    named = ((Account.segment, wanted.segment), (Account.region, wanted.region), (Account.owner_id, wanted.owner_id))
    return [account_scope(viewer, READ), *(column == value for column, value in named if value is not None)]


def _survey(column: Any, wanted: CoverageFilter) -> list[Any]:
    if wanted.survey is None:
        return []
    return [column.in_(sa.select(SurveyProgram.id).where(SurveyProgram.code == wanted.survey))]


_ROLE = sa.case((AccountContact.role_guessed, UNSURE), else_=sa.cast(AccountContact.role, sa.Text)).label("role")


def _asked(viewer: Viewer, wanted: CoverageFilter) -> list[Asked]:
    earlier = sa.orm.aliased(Response)
    prior = (
        sa.select(earlier.score)
        .where(earlier.contact_id == Invitation.contact_id, earlier.account_id == Invitation.account_id)
        .where(earlier.responded_at < Invitation.sent_at)
        .order_by(earlier.responded_at.desc(), earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    had_issue = sa.exists().where(
        Issue.account_id == Invitation.account_id,
        Issue.opened_at <= Invitation.sent_at,
        sa.or_(Issue.closed_at.is_(None), Issue.closed_at > Invitation.sent_at),
    )
    wave = [Invitation.wave_id == wanted.wave_id] if wanted.wave_id is not None else []
    query = (
        sa.select(
            *(Invitation.account_id, Invitation.contact_id, SurveyProgram.code, _ROLE, Account.segment),
            *(Invitation.sent_at, Invitation.reminders, Invitation.state == InvitationState.BOUNCED),
            Response.score,
            prior,
            had_issue,
        )
        .join(Account, Account.id == Invitation.account_id)
        .join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
        .join(AccountContact, _same_role(Invitation))
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(Invitation.sent_at.is_not(None), *_window(Invitation.sent_at, wanted), *wave)
        .where(*_survey(Invitation.survey_id, wanted), *_accounts(viewer, wanted))
    )
    rows: Any = db.session.execute(query)
    return [_request(*row) for row in rows]


def _request(*row: Any) -> Asked:
    prior: Any = None if row[-2] is None else band(row[-2]).value
    values: list[Any] = [*row[:-2], prior, bool(row[-1])]
    return Asked(*values)


def _same_role(table: Any) -> Any:
    return sa.and_(AccountContact.account_id == table.account_id, AccountContact.contact_id == table.contact_id)


def _people(viewer: Viewer, wanted: CoverageFilter) -> Sequence[Any]:
    """Everybody who had a role in an active account at some moment of the period; accounts without anybody too."""
    since = datetime.combine(wanted.start, time(), UTC) if wanted.start else datetime(1, 1, 1, tzinfo=UTC)
    there = sa.or_(AccountContact.left_at.is_(None), AccountContact.left_at >= since)
    name = sa.func.coalesce(Contact.name, Contact.external_id).label("name")
    query = (
        sa.select(
            Account.id.label("account_id"),
            Account.name.label("account"),
            current_exchange().revenue.label("revenue"),
            User.name.label("owner"),
            AccountContact.contact_id,
            _ROLE,
            AccountContact.left_at,
            name,
            Contact.email.is_not(None).label("has_address"),
        )
        .outerjoin(AccountContact, sa.and_(AccountContact.account_id == Account.id, there))
        .outerjoin(Contact, Contact.id == AccountContact.contact_id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(Account.status == AccountStatus.ACTIVE, *_accounts(viewer, wanted))
    )
    return db.session.execute(query).all()


def _heard(viewer: Viewer, wanted: CoverageFilter) -> set[tuple[int, int]]:
    """(account, contact) of answers that count, by whatever way they came; within a wave only those to its requests."""
    query = (
        sa.select(Response.account_id, Response.contact_id)
        .join(Account, Account.id == Response.account_id)
        .where(*_window(Response.responded_at, wanted), *_survey(Response.survey_id, wanted), *_accounts(viewer, wanted))
        .distinct()
    )
    if wanted.wave_id is not None:
        asked = sa.select(Invitation.id).where(Invitation.wave_id == wanted.wave_id)
        query = query.where(Response.invitation_id.in_(asked))
    return {(account_id, contact_id) for account_id, contact_id in db.session.execute(query)}


def _rates(arrived: Sequence[Asked], revenue: Mapping[int, float], heard: set[int]) -> Rates:
    accounts = {one.account_id for one in arrived}
    money = weighted_rate((revenue.get(one, 0.0), one in heard) for one in sorted(accounts))
    return Rates(_rate(arrived), count_rate(len(accounts & heard), len(accounts)), money)


def _rate(group: Sequence[Asked]) -> Rate:
    return count_rate(sum(one.answered for one in group), len(group))


def _bands(group: Iterable[Asked]) -> Bands:
    found = Counter(band(one.score) for one in group if one.score is not None)
    return Bands(found[Band.DETRACTOR], found[Band.PASSIVE], found[Band.PROMOTER])


def _by(group: Sequence[Asked], key: Callable[[Asked], str]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in group:
        found[key(one)].append(one)
    return found


def _groups(arrived: Sequence[Asked]) -> list[GroupLine]:
    """By what may make a difference: do those who answer look like those who were asked?"""
    dimensions: tuple[tuple[str, Callable[[Asked], str]], ...] = (
        ("prior", lambda one: one.prior or "none"),
        ("issue", lambda one: "open" if one.open_issue else "none"),
        ("segment", lambda one: one.segment or ""),
    )
    return [
        GroupLine(name, group, _rate(members)) for name, key in dimensions for group, members in sorted(_by(arrived, key).items())
    ]


def _roles(people: Sequence[Any], asked: set[tuple[int, int]], heard: set[tuple[int, int]]) -> list[RoleLine]:
    lines = []
    for role in ROLES:
        members = {(row.account_id, row.contact_id) for row in people if row.role == role}
        sizes = (len(members & asked), len(members & heard))
        if members:
            lines.append(RoleLine(role, len(members), *(count_rate(size, len(members)) for size in sizes)))
    return lines


def _silent(people: Sequence[Any], asked: Sequence[Asked], heard: set[tuple[int, int]]) -> list[SilentPerson]:
    """Who is there and was not heard; decision makers of the largest accounts first."""
    last: dict[tuple[int, int], Asked] = {}
    for one in sorted(asked, key=lambda one: one.sent_at):
        last[one.account_id, one.contact_id] = one
    found = [
        _line(row, last.get((row.account_id, row.contact_id)))
        for row in people
        if row.contact_id is not None and row.left_at is None and (row.account_id, row.contact_id) not in heard
    ]
    return sorted(found, key=lambda one: (-(one.revenue or 0), one.account_id, ROLES.index(one.role), one.contact_id))


def _line(row: Any, asked: Asked | None) -> SilentPerson:
    at = None if asked is None else asked.sent_at
    reminders, bounced = (0, False) if asked is None else (asked.reminders, asked.bounced)
    who = (row.contact_id, row.account_id, row.name, row.account, row.role, row.revenue, row.owner)
    return SilentPerson(*who, at, reminders, bounced, row.has_address)


def list_owners(viewer: Viewer) -> list[tuple[str, str]]:
    """People who look after accounts that the viewer may see, as (id, name)."""
    owned = sa.select(Account.owner_id).where(account_scope(viewer, READ))
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(owned)).order_by(User.name))
    return [(str(user_id), name) for user_id, name in rows]


def survey_names() -> dict[str, str]:
    """What programs are called for the reader, by code."""
    rows = db.session.execute(sa.select(SurveyProgram.code, name_for_reader(SurveyProgram)))
    return {code: name for code, name in rows}  # noqa: C416  typed rows
