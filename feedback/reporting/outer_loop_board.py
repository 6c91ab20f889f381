"""What the pages of the outer loop show beside the rows themselves: rates by month, choices of forms, histories."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from feedback.access.models import Team, User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.audit.models import AuditEvent
from feedback.defects.models import Citation, Defect
from feedback.defects.rules.months import month_index, month_start
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.outer_loop.measuring import Effect, measure
from feedback.outer_loop.models import Initiative, InitiativeDefect
from feedback.outer_loop.queries.reaching import is_reached, list_products
from feedback.outer_loop.rules.scope import Reach
from feedback.reporting.actors import names_of
from feedback.reporting.defect_rows import SharePoint
from feedback.surveys.models import Response
from feedback.web.languages import LANGUAGES
from feedback.web.naming import name_for_reader

MONTHS_BEFORE = 6
LOOK = 60  # days of an effect that is looked at before its first day has come
RATE_DAYS = 120


@dataclass(frozen=True)
class Choices:
    """What can be chosen in the forms."""

    defects: tuple[tuple[str, str], ...]
    people: tuple[tuple[int, str], ...]
    teams: tuple[tuple[int, str], ...]
    regions: tuple[str, ...]
    segments: tuple[str, ...]
    products: tuple[str, ...]


def list_choices() -> Choices:
    """Everything that a form offers."""
    names = name_for_reader(Defect)
    defects: Any = db.session.execute(sa.select(Defect.code, names).where(Defect.active).order_by(names))
    people: Any = db.session.execute(sa.select(User.id, User.name).where(User.active).order_by(User.name))
    team = name_for_reader(Team)
    teams: Any = db.session.execute(sa.select(Team.id, team).order_by(team))
    return Choices(
        tuple((code, name) for code, name in defects),
        tuple((user_id, name) for user_id, name in people),
        tuple((team_id, name) for team_id, name in teams),
        _distinct(Account.region),
        _distinct(Account.segment),
        tuple(list_products()),
    )


def list_languages(viewer: Viewer) -> tuple[str, ...]:
    """The languages of the product that colleagues or customers read, the viewer's own first."""
    found = [code for code in LANGUAGES if code == viewer.locale or db.session.scalar(sa.select(_is_read(code)))]
    return tuple(sorted(found, key=lambda code: (code != viewer.locale, list(LANGUAGES).index(code))))


def _is_read(code: str) -> sa.ColumnElement[bool]:
    read = [sa.exists().where(User.active, User.locale == code)]
    read += [sa.exists().where(sa.or_(of == code, of.like(f"{code}-%"))) for of in (Account.language, Contact.language)]
    return sa.or_(*read)


def _distinct(column: Any) -> tuple[str, ...]:
    return tuple(db.session.scalars(sa.select(column).where(column.is_not(None)).distinct().order_by(column)))


def rate_by_month(initiative: Initiative) -> tuple[SharePoint, ...]:
    """Answers of the accounts that get the change, and how many of them name the problem, from half a year before it on."""
    after = month_index(clock.now()) + 1
    first = month_index(initiative.delivered_at or clock.now()) - MONTHS_BEFORE
    months = [month_start(month) for month in range(first, after)]
    bounds = [_instant(month) for month in [*months, month_start(after)]]
    cites = _cites(initiative.id)
    columns = []
    for start, end in pairwise(bounds):
        within = sa.and_(Response.responded_at >= start, Response.responded_at < end)
        columns.append(sa.func.sum(sa.case((within, 1), else_=0)))
        columns.append(sa.func.sum(sa.case((sa.and_(within, cites), 1), else_=0)))
    query = sa.select(*columns).select_from(Response).join(Account, Account.id == Response.account_id)
    query = query.where(Response.responded_at >= bounds[0], is_reached(Reach.from_document(initiative.reach)))
    if initiative.survey_id is not None:
        query = query.where(Response.survey_id == initiative.survey_id)
    counts = [int(count or 0) for count in db.session.execute(query).one()]
    return tuple(SharePoint(month, counts[2 * place], counts[2 * place + 1]) for place, month in enumerate(months))


def _cites(initiative_id: int) -> sa.ColumnElement[bool]:
    defects = sa.select(InitiativeDefect.defect_id).where(InitiativeDefect.initiative_id == initiative_id)
    return sa.exists().where(Citation.response_id == Response.id, Citation.defect_id.in_(defects))


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def effect_so_far(initiative: Initiative) -> Effect | None:
    """What the answers say up to now, before the first look; None before a delivery."""
    if initiative.delivered_at is None:
        return None
    return measure(initiative, initiative.delivered_at, LOOK, clock.now())


def rate_of(code: str) -> float | None:
    """The share of the answers of the last months that name a defect; None without answers."""
    since = clock.now() - timedelta(days=RATE_DAYS)
    defect = sa.select(Defect.id).where(Defect.code == code).scalar_subquery()
    cites = sa.exists().where(Citation.response_id == Response.id, Citation.defect_id == defect)
    counts = sa.select(sa.func.count(), sa.func.sum(sa.case((cites, 1), else_=0))).where(Response.responded_at >= since)
    n, cited = db.session.execute(counts).one()
    return int(cited or 0) / n if n else None


@dataclass(frozen=True)
class Step:
    """Something that was done with an initiative."""

    at: datetime
    by: str | None
    action: str
    data: dict[str, Any]


def history_of(kind: str, object_id: int) -> list[Step]:
    """What was done with it, the newest first, from the log."""
    query = sa.select(AuditEvent).where(AuditEvent.object_type == kind, AuditEvent.object_id == str(object_id))
    found: Sequence[AuditEvent] = db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(50)).all()
    names = names_of(event.actor for event in found)
    return [Step(event.occurred_at, names.get(event.actor), event.action, event.data) for event in found]


def issues_named(numbers: Sequence[int]) -> dict[int, int]:
    """Number → id, of those that exist."""
    rows: Any = db.session.execute(sa.select(Issue.number, Issue.id).where(Issue.number.in_(numbers)))
    return dict(tuple(row) for row in rows)


def numbers_of(issue_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(id, number) of issues, by number."""
    rows = db.session.execute(sa.select(Issue.id, Issue.number).where(Issue.id.in_(issue_ids)).order_by(Issue.number))
    return [(issue_id, number) for issue_id, number in rows]
