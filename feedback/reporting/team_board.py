"""Who works on issues, as rows: room and load, absences, what waits and what is late; and one person, one absence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError
from flask_babel import get_locale
from sqlalchemy.orm import aliased

from feedback.access.models import Team, User
from feedback.access.policy import scope_of
from feedback.access.rules import Role, Scope, Viewer
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import Due, IssueFilter, count_issues, issue_scope, list_issues
from feedback.issues.queries.route_facts import route_facts
from feedback.issues.rules import OPEN_STATES
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.reporting.issue_board import QueueLine, queue_lines
from feedback.reporting.receivers import Receiver, receivers
from feedback.staffing.models import Absence, Skill, StaffProfile
from feedback.staffing.queries import access_absence, deputies_of, staff_scope
from feedback.web.naming import called, name_for_reader

LISTED = 50
AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class AbsenceLine:
    """Some days of somebody."""

    id: int
    user_id: int
    person: str
    first_day: date
    last_day: date
    deputy_id: int | None
    deputy: str | None
    note: str | None
    begun: bool
    stand_in: str | None = None  # who does the work today, once it has begun: the deputy, or the deputy's


@dataclass(frozen=True)
class StaffLine:
    """One person: what they have open, may have, can, and when they are away."""

    user_id: int
    name: str
    team_id: int | None
    team: str | None
    leads_team: bool
    skills: Sequence[str]
    languages: Sequence[str]
    capacity: int | None
    open: int
    overdue: int
    today: int
    absence: AbsenceLine | None  # the current one, or the next within two months

    @property
    def away(self) -> bool:
        """Whether they are not here now."""
        return self.absence is not None and self.absence.begun

    @property
    def room(self) -> int | None:
        """Issues that they can still get; None without limit."""
        return None if self.capacity is None else max(0, self.capacity - self.open)


@dataclass(frozen=True)
class TeamBoard:
    """A team, or everybody."""

    people: Sequence[StaffLine]
    waiting: Sequence[QueueLine]
    waiting_count: int
    overdue: Sequence[QueueLine]
    overdue_count: int


def team_board(viewer: Viewer, team_id: int | None = None) -> TeamBoard:
    """People with their load, the queue that waits and what is overdue, of a team or of all in the viewer's scope."""
    waits = IssueFilter(states=OPEN_STATES, waiting=True, team_id=team_id)
    late = IssueFilter(states=OPEN_STATES, due=Due.OVERDUE, team_id=team_id)
    return TeamBoard(
        staff_lines(viewer, team_id=team_id),
        queue_lines(list_issues(viewer, waits, limit=LISTED).items),
        count_issues(viewer, waits),
        queue_lines(list_issues(viewer, late, limit=LISTED).items),
        count_issues(viewer, late),
    )


def staff_lines(viewer: Viewer, *, team_id: int | None = None, user_id: int | None = None) -> list[StaffLine]:
    """The frontline in the viewer's scope, by team and name."""
    query = (
        sa.select(
            User.id,
            User.name,
            User.team_id,
            name_for_reader(Team).label("team"),
            User.leads_team,
            StaffProfile.skills,
            StaffProfile.languages,
            StaffProfile.capacity,
        )
        .outerjoin(Team, Team.id == User.team_id)
        .outerjoin(StaffProfile, StaffProfile.user_id == User.id)
        .where(User.active, User.role == Role.FRONTLINE, staff_scope(viewer))
        .order_by(sa.literal_column("team"), User.name, User.id)
    )
    if team_id is not None:
        query = query.where(User.team_id == team_id)
    if user_id is not None:
        query = query.where(User.id == user_id)
    rows = db.session.execute(query).all()
    ids = [row.id for row in rows]
    load, absences = _load(viewer, ids), _next_absences(ids)
    return [_line(row, load.get(row.id, (0, 0, 0)), absences.get(row.id)) for row in rows]


def _line(row: Any, load: tuple[int, int, int], absence: AbsenceLine | None) -> StaffLine:
    return StaffLine(
        user_id=row.id,
        name=row.name,
        team_id=row.team_id,
        team=row.team,
        leads_team=row.leads_team,
        skills=row.skills or (),
        languages=row.languages or (),
        capacity=row.capacity,
        open=load[0],
        overdue=load[1],
        today=load[2],
        absence=absence,
    )


def _load(viewer: Viewer, user_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Open, overdue and due today of each person; what waits in a queue is nobody's load."""
    now = clock.now()
    zone = ZoneInfo(viewer.time_zone)
    evening = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    query = (
        sa.select(
            Issue.owner_id,
            sa.func.count(),
            sa.func.count().filter(Issue.queue_due_at < now),
            sa.func.count().filter(Issue.queue_due_at >= now, Issue.queue_due_at < evening),
        )
        .where(Issue.owner_id.in_(user_ids), Issue.queue_due_at.is_not(None), Issue.queued_at.is_(None))
        .group_by(Issue.owner_id)
    )
    return {owner: (opened, late, today) for owner, opened, late, today in db.session.execute(query) if owner}


def _absences(*conditions: sa.ColumnElement[bool]) -> list[AbsenceLine]:
    person: Any = aliased(User)
    deputy: Any = aliased(User)
    query = (
        sa.select(Absence, person.name, deputy.name)
        .join(person, person.id == Absence.user_id)
        .outerjoin(deputy, deputy.id == Absence.deputy_id)
        .where(Absence.ends_at > clock.now(), *conditions)
        .order_by(Absence.starts_at, Absence.id)
    )
    rows: Any = db.session.execute(query).all()
    today = deputies_of(row.user_id for row, _name, _other in rows)
    return [
        AbsenceLine(
            row.id, row.user_id, name, row.first_day, row.last_day, row.deputy_id, other, row.note,
            row.starts_at <= clock.now(), today[row.user_id].deputy if row.user_id in today else None,
        )
        for row, name, other in rows
    ]  # fmt: skip


def _next_absences(user_ids: Sequence[int]) -> dict[int, AbsenceLine]:
    """The current or next one of each person."""
    found = _absences(Absence.user_id.in_(user_ids), Absence.starts_at < clock.now() + AHEAD)
    return {line.user_id: line for line in reversed(found)}


@dataclass(frozen=True)
class PersonBoard:
    """One person, with all absences that are not over, and what the viewer may change."""

    line: StaffLine
    absences: Sequence[AbsenceLine]
    issues: Sequence[QueueLine]
    colleagues: Sequence[tuple[int, str]]
    may_change: bool
    may_enter: bool


def person_board(viewer: Viewer, user_id: int) -> PersonBoard:
    """One person of the frontline.

    Raises:
        NotFound: missing or out of the viewer's reach.
    """
    lines = staff_lines(viewer, user_id=user_id)
    if not lines:
        raise NotFound
    return PersonBoard(
        lines[0],
        _absences(Absence.user_id == user_id),
        queue_lines(list_issues(viewer, IssueFilter(states=OPEN_STATES, owner_id=user_id, waiting=False), limit=LISTED).items),
        colleagues(lines[0].team_id, without=user_id),
        _reaches(viewer, user_id, "staff.write"),
        _reaches(viewer, user_id, "absence.write"),
    )


def _reaches(viewer: Viewer, user_id: int, permission: str) -> bool:
    return db.session.scalar(sa.select(User.id).where(User.id == user_id, staff_scope(viewer, permission))) is not None


def colleagues(team_id: int | None, *, without: int | None = None) -> list[tuple[int, str]]:
    """Who can get issues, the team first."""
    query = sa.select(User.id, User.name).where(User.active, User.role == Role.FRONTLINE, User.id != (without or 0))
    return [(row.id, row.name) for row in db.session.execute(query.order_by(User.team_id != team_id, User.name))]


@dataclass(frozen=True)
class AbsenceBoard:
    """What somebody who is away leaves open."""

    absence: AbsenceLine
    issues: Sequence[QueueLine]
    receivers: Sequence[Receiver]
    languages: Mapping[int, str]  # of the customers of these issues, where it is known
    seen: frozenset[int]  # issues whose pages the viewer may open: a deputy's from another team only while the absence lasts


def absence_board(viewer: Viewer, absence_id: int) -> AbsenceBoard:
    """One absence, for the person, the lead and the deputy.

    Raises:
        NotFound: missing, over, or out of the viewer's reach.
    """
    found = access_absence(absence_id, viewer=viewer, deputy=True)
    lines = _absences(Absence.id == absence_id)
    if not lines:
        raise NotFound
    mine = (Issue.owner_id == found.user_id, Issue.queue_due_at.is_not(None))
    issues = db.session.scalars(sa.select(Issue).where(*mine).order_by(Issue.queue_due_at, Issue.id).limit(200)).all()
    team_id = db.session.scalar(sa.select(User.team_id).where(User.id == found.user_id))
    seen = db.session.scalars(sa.select(Issue.id).where(*mine, issue_scope(viewer)))
    facts = route_facts([issue.id for issue in issues], helpers=False)
    return AbsenceBoard(
        lines[0],
        queue_lines(issues),
        receivers(team_id, without=found.user_id),
        {issue_id: fact.language for issue_id, fact in facts.items() if fact.language},
        frozenset(seen),
    )


def skill_names() -> dict[str, str]:
    """What each skill is called."""
    return {skill.code: called(skill) for skill in db.session.scalars(sa.select(Skill).order_by(Skill.code))}


def language_names(codes: Sequence[str]) -> list[str]:
    """Languages in the reader's words."""
    reader = get_locale() or Locale("en")
    return [_language(code, reader) for code in codes]


def _language(code: str, reader: Locale) -> str:
    try:
        return str(Locale.parse(code).get_display_name(reader) or code)
    except (UnknownLocaleError, ValueError):
        return code


def people_names(user_ids: Sequence[int]) -> Mapping[int, str]:
    """What people are called, whether they still work here or not."""
    return {row.id: row.name for row in db.session.execute(sa.select(User.id, User.name).where(User.id.in_(user_ids)))}


def sees_all_teams(viewer: Viewer) -> bool:
    """Whether there is a team to choose."""
    return scope_of(viewer, "staff.read") is Scope.ALL
