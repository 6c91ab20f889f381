"""Named reads of staffing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Role, Scope, Viewer
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.errors import NotFound
from feedback.kernel.prepared import Prepared
from feedback.staffing.models import Absence, Skill, StaffProfile
from feedback.staffing.rules import Away, Working, stand_in

# Every group of detractor answers reads this: people of teams and people by name, with what they can and whether they are away.
_user, _profile, _absence = User.__table__.c, StaffProfile.__table__.c, Absence.__table__.c
_NOW = sa.bindparam("now", type_=_absence.starts_at.type)
_frontline = sa.and_(_user.active, _user.role == Role.FRONTLINE)
_PEOPLE = (
    sa.select(
        _user.id,
        _user.team_id,
        _user.leads_team,
        _profile.skills,
        _profile.languages,
        _profile.capacity,
        _absence.ends_at.label("away_until"),
        _absence.deputy_id,
    )
    .select_from(User.__table__)
    .outerjoin(StaffProfile.__table__, _profile.user_id == _user.id)
    .outerjoin(Absence.__table__, sa.and_(_absence.user_id == _user.id, _absence.starts_at <= _NOW, _absence.ends_at > _NOW))
)
_OF_TEAMS = Prepared(
    _PEOPLE.where(_user.active, sa.or_(sa.and_(in_list(_user.team_id, "teams"), _frontline), in_list(_user.id, "people")))
)
_ON_FRONTLINE = Prepared(_PEOPLE.where(_frontline))
_deputy = User.__table__.alias("deputy")
_AWAY = Prepared(
    sa.select(
        _absence.user_id,
        _absence.ends_at,
        _absence.last_day,
        _absence.deputy_id,
        _user.name,
        _deputy.c.name.label("deputy"),
        _deputy.c.active.label("deputy_works_here"),
    )
    .select_from(Absence.__table__)
    .join(User.__table__, _user.id == _absence.user_id)
    .outerjoin(_deputy, _deputy.c.id == _absence.deputy_id)
    .where(_absence.starts_at <= _NOW, _absence.ends_at > _NOW, _user.active)
)


def _read(statement: Prepared, **parameters: Any) -> list[Any]:
    db.session.flush()
    return statement.rows(db.session.connection(), parameters)


def find_people(teams: Collection[int], people: Collection[int], now: datetime) -> list[Any]:
    """The active frontline of some teams, and active people by id: id, team_id, leads_team, and what `working_of` reads."""
    if not teams and not people:
        return []
    return _read(_OF_TEAMS, teams=sorted(teams), people=sorted(people), now=now)


def find_frontline(now: datetime) -> list[Any]:
    """Everybody active on the frontline."""
    return _read(_ON_FRONTLINE, now=now)


def working_of(row: Any) -> Working:
    """What a row of the above says about a person."""
    away = None if row.away_until is None else Away(row.away_until, row.deputy_id)
    return Working(frozenset(row.skills or ()), frozenset(row.languages or ()), row.capacity, away)


@dataclass(frozen=True)
class StoodInFor:
    """Somebody who is away until the end of a day, and who does their work: nobody, when the deputies lead to nobody."""

    user_id: int
    name: str
    last_day: date
    deputy_id: int | None
    deputy: str | None


def deputies_of(user_ids: Iterable[int | None], at: datetime | None = None) -> dict[int, StoodInFor]:
    """Those of some people who are away at a moment, and who stands in for them: as routing sees it, a deputy's deputy too."""
    wanted = set(user_ids)
    return {one.user_id: one for one in _away(at or clock.now()) if one.user_id in wanted}


def stood_in_for(user_id: int, at: datetime | None = None) -> frozenset[int]:
    """The people whose work somebody does at a moment, because they are away."""
    return frozenset(one.user_id for one in _away(at or clock.now()) if one.deputy_id == user_id)


def with_deputies(user_ids: Iterable[int | None]) -> list[int]:
    """These people, each once, and whoever stands in for one of them today."""
    people = [person for person in user_ids if person is not None]
    found = deputies_of(people)
    standing_in = [found[person].deputy_id for person in people if person in found]
    return list(dict.fromkeys([*people, *(person for person in standing_in if person is not None)]))


def _away(at: datetime) -> list[StoodInFor]:
    rows = _read(_AWAY, now=at)
    people = {row.deputy_id: Working() for row in rows if row.deputy_works_here}
    people |= {row.user_id: Working(away=Away(row.ends_at, row.deputy_id)) for row in rows}
    names = {row.deputy_id: row.deputy for row in rows}
    chosen = {row.user_id: stand_in(row.user_id, people) for row in rows}
    return [StoodInFor(row.user_id, row.name, row.last_day, chosen[row.user_id], names.get(chosen[row.user_id])) for row in rows]


def list_skills() -> Sequence[Skill]:
    """The catalogue, by code."""
    return db.session.scalars(sa.select(Skill).order_by(Skill.code)).all()


def get_skill(skill_id: int) -> Skill:
    """One skill.

    Raises:
        NotFound: there is none with this id.
    """
    skill = db.session.get(Skill, skill_id)
    if skill is None:
        raise NotFound
    return skill


def staff_scope(viewer: Viewer, permission: str = "staff.read") -> sa.ColumnElement[bool]:
    """Condition on `User`: own = oneself, team = one's team and oneself."""
    scope = scope_of(viewer, permission)
    if scope is Scope.ALL:
        return sa.true()
    if scope is Scope.NONE or viewer.user_id is None:
        return sa.false()
    mine = User.id == viewer.user_id
    return sa.or_(mine, User.team_id == viewer.team_id) if scope is Scope.TEAM and viewer.team_id is not None else mine


def access_person(user_id: int, *, viewer: Viewer, permission: str) -> User:
    """An active person in the viewer's scope.

    Raises:
        NotFound: missing or out of reach.
    """
    found = db.session.scalar(sa.select(User).where(User.id == user_id, User.active, staff_scope(viewer, permission)))
    if found is None:
        raise NotFound
    return found


def find_profile(user_id: int) -> StaffProfile | None:
    """What is known of somebody."""
    return db.session.get(StaffProfile, user_id)


def list_absences(
    viewer: Viewer, *, since: datetime, user_id: int | None = None, until: datetime | None = None
) -> Sequence[Absence]:
    """Absences in the viewer's scope that are not over at `since` and have begun by `until`, the first to begin first.

    A deputy sees the absences for which they stand in.
    """
    seen = sa.or_(Absence.deputy_id == viewer.user_id, User.id.in_(sa.select(User.id).where(staff_scope(viewer))))
    query = sa.select(Absence).join(User, User.id == Absence.user_id).where(Absence.ends_at > since, User.active, seen)
    if user_id is not None:
        query = query.where(Absence.user_id == user_id)
    if until is not None:
        query = query.where(Absence.starts_at <= until)
    return db.session.scalars(query.order_by(Absence.starts_at, Absence.id)).all()


def access_absence(absence_id: int, *, viewer: Viewer, permission: str = "absence.write", deputy: bool = False) -> Absence:
    """An absence in the viewer's scope; with `deputy` also one for which the viewer stands in.

    Raises:
        NotFound: missing or out of reach.
    """
    reach: sa.ColumnElement[bool] = User.id.in_(sa.select(User.id).where(staff_scope(viewer, permission)))
    if deputy:
        reach = sa.or_(reach, Absence.deputy_id == viewer.user_id)
    query = sa.select(Absence).join(User, User.id == Absence.user_id).where(Absence.id == absence_id, reach)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def absence_at(user_id: int, at: datetime) -> Absence | None:
    """The absence of somebody at a moment."""
    now = (Absence.user_id == user_id, Absence.starts_at <= at, Absence.ends_at > at)
    return db.session.scalar(sa.select(Absence).where(*now))


def unannounced_absences(now: datetime) -> Sequence[int]:
    """Absences that have begun and that nobody was told of."""
    begun = (Absence.starts_at <= now, Absence.ends_at > now, Absence.announced_at.is_(None))
    return db.session.scalars(sa.select(Absence.id).where(*begun).order_by(Absence.id)).all()
