"""What an absence means for issues: who is told at its beginning what is open."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import lead_of
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.assigning import open_issues_of
from feedback.issues.queries.staffing import admin_ids
from feedback.kernel import clock
from feedback.staffing.models import Absence
from feedback.staffing.queries import deputies_of


def absence_link(absence_id: int) -> str:
    """Where it is shown what is open, and handed over."""
    return f"/app/absences/{absence_id}"


def announce_absence(absence_id: int) -> bool:
    """Tell the lead and the deputy what somebody leaves open, once; answers whether anybody was told."""
    query = sa.select(Absence).where(Absence.id == absence_id, Absence.announced_at.is_(None)).with_for_update()
    absence = db.session.scalar(query.execution_options(populate_existing=True))
    if absence is None:
        return False
    person = db.session.get_one(User, absence.user_id)
    absence.announced_at = clock.now()
    db.session.flush()
    params: dict[str, Any] = {
        "person": person.name,
        "count": len(open_issues_of(person.id)),
        "until": absence.last_day.isoformat(),
    }
    stand_in = deputies_of([person.id]).get(person.id)
    deputy_id = absence.deputy_id if stand_in is None else stand_in.deputy_id
    if deputy_id is not None:
        params["deputy"] = db.session.get_one(User, deputy_id).name
    told = {someone for someone in (lead_of(person.team_id), absence.deputy_id, deputy_id) if someone is not None} - {person.id}
    if deputy_id is None and params["count"]:
        told |= set(admin_ids())  # the lead may be away as well
    cause, link = f"absence-begun:{absence.id}:{absence.first_day}", absence_link(absence.id)
    news.send([news.notice(cause, someone, "absence_begun", link, **params) for someone in sorted(told)])
    _tell_of_the_uncovered(absence)
    return bool(told)


def _tell_of_the_uncovered(absence: Absence) -> None:
    """Whoever goes on leave stood in for others: where nobody does any more, their leads and the administrators hear of it."""
    now = clock.now()
    away = list(db.session.scalars(sa.select(Absence).where(Absence.starts_at <= now, Absence.ends_at > now)))
    deputy_of = {one.user_id: one.deputy_id for one in away}
    left = [one for one in away if one.user_id != absence.user_id and absence.user_id in _chain(one.user_id, deputy_of)]
    stand_ins = deputies_of([one.user_id for one in left])
    for one in left:
        count = len(open_issues_of(one.user_id))
        if stand_ins[one.user_id].deputy_id is None and count:
            _tell_that_nobody_stands_in(one, count, because=absence)


def _chain(person: int, deputy_of: Mapping[int, int | None]) -> set[int]:
    """Everybody who is to stand in for somebody, one after the other."""
    found: set[int] = set()
    after = deputy_of.get(person)
    while after is not None and after not in found:
        found.add(after)
        after = deputy_of.get(after)
    return found


def _tell_that_nobody_stands_in(absence: Absence, count: int, *, because: Absence) -> None:
    person = db.session.get_one(User, absence.user_id)
    params = {"person": person.name, "count": count, "until": absence.last_day.isoformat()}
    cause = f"absence-uncovered:{absence.id}:{because.id}:{because.first_day}"
    told = {someone for someone in (lead_of(person.team_id), *admin_ids()) if someone is not None} - {person.id}
    link = absence_link(absence.id)
    news.send([news.notice(cause, someone, "absence_begun", link, **params) for someone in sorted(told)])
