"""The statements behind coverage. Each answers a few rows however many requests and answers there are."""

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
from feedback.issues.queries.standing_open import was_open
from feedback.kernel.bulk import among
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.queries import asks_for_score
from feedback.surveys.rules import InvitationState

READ = "response.read"
_NOT_ARRIVED = (InvitationState.BOUNCED, InvitationState.FAILED)
UNSURE = "unknown"  # a role that nobody has said yet
ROLES = (*(role.value for role in ContactRole), UNSURE)
GROUPED = 10_000  # requests, the newest, whose groups are compared: more would tell the same and take seconds
_CODES = 32  # more than 2 × the scores there are


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


def by_program(viewer: Viewer, wanted: CoverageFilter) -> sa.CompoundSelect[Any]:
    """Per program, people by outcome, then one line about its accounts; both from one pass over the requests.

    (survey, 1 for people, 2 × newest score + whether it came after a reminder or None, people, reached, requests, bounced, 0.0)
    (survey, 0 for accounts, None, accounts reached, heard, their revenue, revenue of all, sum of its squares)
    """
    people = _people_asked(viewer, wanted).cte("people")
    answered = people.c.newest.is_not(None)
    reached = answered | (people.c.requests > people.c.bounced)
    outcome = people.c.newest % _CODES
    sums = (sa.func.count(), sa.func.sum(_is(reached)), sa.func.sum(people.c.requests), sa.func.sum(people.c.bounced), sa.null())
    of_people = sa.select(people.c.survey_id, sa.literal(1), outcome, *(sa.cast(one, sa.Float) for one in sums))
    account = (people.c.survey_id, people.c.account_id)
    accounts = sa.select(*account, sa.func.max(_is(answered)).label("heard")).where(reached).group_by(*account).subquery()
    totals = (sa.func.count(), sa.func.sum(accounts.c.heard), *_money(accounts.c.heard))
    of_accounts = sa.select(
        accounts.c.survey_id, sa.literal(0), sa.cast(sa.null(), sa.BigInteger), *(sa.cast(one, sa.Float) for one in totals)
    ).join(Account, Account.id == accounts.c.account_id)
    return sa.union_all(
        of_people.group_by(people.c.survey_id, outcome), of_accounts.select_from(accounts).group_by(accounts.c.survey_id)
    )


def revenue_heard(viewer: Viewer, wanted: CoverageFilter) -> sa.Select[Any]:
    """Of all active accounts: (revenue of those heard by any way, of all, sum of its squares, then those heard from a decision
    maker, and as counts: heard, heard from a decision maker, all, all of known revenue)."""
    said = sa.exists().where(Response.account_id == Account.id, *_answers(wanted))
    decided = said.where(Response.role == ContactRole.DECISION_MAKER)
    columns = (Account.id, _is(said).label("heard"), _is(decided).label("decided"))
    found = sa.select(*columns).where(*_active(viewer, wanted)).subquery()
    heard, total, squares = _money(found.c.heard)
    money = (heard, total, squares, _money(found.c.decided)[0])
    counts = (sa.func.sum(found.c.heard), sa.func.sum(found.c.decided), sa.func.count(), sa.func.sum(_is(_known_revenue() > 0)))
    return sa.select(*money, *counts).select_from(found).join(Account, Account.id == found.c.id)


def people_by_role(viewer: Viewer, wanted: CoverageFilter) -> sa.Select[Any]:
    """(role, still there, asked, heard by any way, people): everybody who had a role at some moment of the period."""
    asked = sa.exists().where(_same_role(Invitation), *_sent(wanted))
    columns = (ROLE, AccountContact.left_at.is_(None).label("there"), asked.label("asked"), _heard(wanted).label("heard"))
    people = _known(viewer, wanted, *columns).subquery()
    return sa.select(*people.c, sa.func.count()).group_by(*people.c)


def silent_people(viewer: Viewer, wanted: CoverageFilter, limit: int) -> sa.Select[Any]:
    """Those who are there and were not heard, by revenue, then by role."""
    revenue = current_exchange().revenue
    places = {role.value: place for place, role in enumerate(ContactRole)}
    columns = (
        *(AccountContact.account_id, AccountContact.contact_id, ROLE),
        Account.name.label("account"),
        sa.func.coalesce(Contact.name, Contact.external_id).label("name"),
        revenue.label("revenue"),
        User.name.label("owner"),
        Contact.email.is_not(None).label("has_address"),
    )
    query = _known(viewer, wanted, *columns).join(Contact, Contact.id == AccountContact.contact_id)
    query = query.outerjoin(User, User.id == Account.owner_id).where(AccountContact.left_at.is_(None), ~_heard(wanted))
    by_role = sa.case(places, value=ROLE, else_=len(places))
    order = (sa.func.coalesce(revenue, 0).desc(), AccountContact.account_id, by_role, AccountContact.contact_id)
    return query.order_by(*order).limit(limit)


def requests_of(viewer: Viewer, wanted: CoverageFilter, contact_ids: list[int]) -> sa.Select[Any]:
    """(account, contact, sent_at, reminders, bounced, dead) of the requests to some people, the oldest first."""
    columns: tuple[Any, ...] = (Invitation.account_id, Invitation.contact_id, Invitation.sent_at, Invitation.reminders)
    bounced = Invitation.state.in_(_NOT_ARRIVED).label("bounced")
    dead = (Invitation.state == InvitationState.BOUNCED).label("dead")
    found = sa.select(*columns, bounced, dead).where(among(Invitation.contact_id, contact_ids), *_sent(wanted))
    return found.order_by(Invitation.sent_at, Invitation.id)


def requests_by_group(viewer: Viewer, wanted: CoverageFilter, survey: str) -> sa.Select[Any]:
    """(band before 0–2 or None, issue open, segment, requests, answered) of the newest requests that arrived.

    The answer before is one to a program of the same kind: one about an event says nothing of how somebody stands to us.
    """
    answered = Response.id.is_not(None)
    newest = (
        _requests(
            *(viewer, wanted, Invitation.account_id, Invitation.contact_id, Invitation.sent_at),
            _is(answered).label("answered"),
        )
        .where(answered | (Invitation.state.not_in(_NOT_ARRIVED)))
        .order_by(Invitation.id.desc())
        .limit(GROUPED)
        .subquery()
    )
    before, of_kind = sa.orm.aliased(Response), sa.orm.aliased(SurveyProgram)
    kind = sa.select(of_kind.kind).where(of_kind.code == survey).scalar_subquery()
    last = (
        sa.select(sa.case((before.score <= 6, 0), (before.score <= 8, 1), else_=2))
        .where(before.contact_id == newest.c.contact_id, before.account_id == newest.c.account_id)
        .where(before.responded_at < newest.c.sent_at)
        .where(before.survey_id.in_(sa.select(SurveyProgram.id).where(SurveyProgram.kind == kind)))
        .order_by(before.responded_at.desc(), before.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    had_issue = was_open(newest.c.account_id, newest.c.sent_at)
    columns = (last.label("prior"), had_issue.label("issue"), Account.segment, newest.c.answered)
    seen = sa.select(*columns).select_from(newest).join(Account, Account.id == newest.c.account_id).subquery()
    by = (seen.c.prior, seen.c.issue, seen.c.segment)
    return sa.select(*by, sa.func.count(), sa.func.sum(seen.c.answered)).group_by(*by)


def owner_ids(scope: Any) -> sa.Select[Any]:
    """Who looks after the accounts of a scope."""
    return sa.select(Account.owner_id).where(scope)


ROLE = sa.case((AccountContact.role_guessed, UNSURE), else_=sa.cast(AccountContact.role, sa.Text)).label("role")


def _people_asked(viewer: Viewer, wanted: CoverageFilter) -> sa.Select[Any]:
    """A row per program, account and person: requests, bounced, and the newest answer with score and lateness in one number."""
    late = _is(Invitation.reminders > 0)
    newest = sa.func.max(sa.cast(Response.id, sa.BigInteger) * _CODES + Response.score * 2 + late)
    bounced = sa.func.sum(_is(Invitation.state.in_(_NOT_ARRIVED)))
    who = (Invitation.survey_id, Invitation.account_id, Invitation.contact_id)
    sums = (sa.func.count().label("requests"), bounced.label("bounced"), newest.label("newest"))
    return _requests(viewer, wanted, *who, *sums).group_by(*who)


def _requests(viewer: Viewer, wanted: CoverageFilter, *columns: Any) -> sa.Select[Any]:
    query = sa.select(*columns).select_from(Invitation).outerjoin(Response, Response.invitation_id == Invitation.id)
    conditions = [one for one in _accounts(viewer, wanted) if not isinstance(one, sa.True_)]
    if conditions:  # looking up the account of each request costs as much as all the rest
        query = query.where(Invitation.account_id.in_(sa.select(Account.id).where(*conditions)))
    return query.where(*_sent(wanted))


def _known(viewer: Viewer, wanted: CoverageFilter, *columns: Any) -> sa.Select[Any]:
    there: list[Any] = [AccountContact.left_at.is_(None)]
    if wanted.start is not None:
        there.append(AccountContact.left_at >= datetime.combine(wanted.start, time(), UTC))
    query = sa.select(*columns).select_from(AccountContact).join(Account, Account.id == AccountContact.account_id)
    return query.where(sa.or_(*there) if wanted.start is not None else sa.true(), *_active(viewer, wanted))


def _known_revenue() -> Any:
    revenue = current_exchange().revenue
    return sa.case((revenue > 0, revenue), else_=0.0)


def _money(heard: Any) -> tuple[Any, ...]:
    known = _known_revenue()
    return (sa.func.sum(sa.case((heard == 1, known), else_=0.0)), sa.func.sum(known), sa.func.sum(known * known))


def _is(condition: Any) -> Any:
    return sa.case((condition, 1), else_=0)


def _heard(wanted: CoverageFilter) -> Any:
    """Whether an answer of this person counts, by whatever way it came; within a wave only one to its requests."""
    return sa.exists().where(_same_role(Response), *_answers(wanted))


def _same_role(table: Any) -> Any:
    return sa.and_(AccountContact.account_id == table.account_id, AccountContact.contact_id == table.contact_id)


def _answers(wanted: CoverageFilter) -> list[Any]:
    found = [*_window(Response.responded_at, wanted), *_survey(Response.survey_id, wanted)]
    if wanted.wave_id is not None:
        found.append(Response.invitation_id.in_(sa.select(Invitation.id).where(Invitation.wave_id == wanted.wave_id)))
    return found


def _sent(wanted: CoverageFilter) -> list[Any]:
    wave = [Invitation.wave_id == wanted.wave_id] if wanted.wave_id is not None else []
    window = _window(Invitation.sent_at, wanted)
    return [Invitation.sent_at.is_not(None), asks_for_score(), *window, *wave, *_survey(Invitation.survey_id, wanted)]


def _active(viewer: Viewer, wanted: CoverageFilter) -> list[Any]:
    return [Account.status == AccountStatus.ACTIVE, *_accounts(viewer, wanted)]


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
