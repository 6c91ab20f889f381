"""Whom to call: people whose answer no mail brings, decision makers of the most valuable customers first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus, ContactRole
from feedback.extensions import db
from feedback.inlets.models import Interview
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.listening.audience import rests_until
from feedback.listening.models import SurveyMail
from feedback.listening.rehearsal import quarantine_days
from feedback.listening.rules.calls import GROUP_OF, Callee, CallGroup, NoCall, WhyCall, reason_not_to_call
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, ConsentFact, Purpose, SuppressionReason
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.programs import list_programs
from feedback.surveys.queries import asks_for_score
from feedback.surveys.rules import InvitationState, SkipReason

PERMISSION = "interview.write"
MOST = 2_000  # people who are looked at, the most important ones: nobody calls more
LOOK_BACK = timedelta(days=365)
_SILENT = (InvitationState.SENT, InvitationState.REMINDED, InvitationState.EXPIRED)
_NOT_MAILED = (SkipReason.NO_ADDRESS, SkipReason.BOUNCED, SkipReason.NO_PERMISSION, SkipReason.STOP_LIST, SkipReason.REFUSED)
_WHY = {
    InvitationState.BOUNCED: WhyCall.DEAD_ADDRESS,
    InvitationState.FAILED: WhyCall.REFUSED_MAIL,
    SkipReason.BOUNCED: WhyCall.DEAD_ADDRESS,
    SkipReason.NO_ADDRESS: WhyCall.NO_ADDRESS,
    SkipReason.NO_PERMISSION: WhyCall.NO_PERMISSION,
}


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which people; None means "any". With `text` anybody who is called so, with `contact_id` that person, heard or not."""

    group: CallGroup | None = None
    survey: str | None = None
    wave_id: int | None = None
    owner_id: int | None = None
    account_id: int | None = None
    text: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class CallLine:
    """One person of one account. `why` is None for somebody who was found by name and needs no call; `no_call`: why not now."""

    account_id: int
    account: str
    contact_id: int
    contact: str
    phone: str | None
    role: ContactRole
    role_guessed: bool
    tier: str
    revenue: float | None
    owner: str | None
    survey: str | None
    why: WhyCall | None
    asked_at: datetime | None
    reminders: int
    missed: int
    missed_at: datetime | None
    no_call: NoCall | None
    until: datetime | None  # of a reason that passes by itself
    last: tuple[int, datetime] | None = None  # the newest answer about this account: score and moment

    @property
    def group(self) -> CallGroup:
        """What is to be done."""
        return GROUP_OF[self.no_call]


@dataclass(frozen=True, slots=True)
class CallList:
    """A page of it. `groups` counts everybody looked at, `all_people` also those behind the first `MOST`."""

    lines: Sequence[CallLine]
    total: int
    groups: Mapping[CallGroup, int]
    looked_at: int
    all_people: int


@dataclass(frozen=True, slots=True)
class CallsMade:
    """Calls of a period."""

    answered: int
    refused: int
    missed: int

    @property
    def reached(self) -> int:
        """How many were picked up."""
        return self.answered + self.refused


def call_list(viewer: Viewer, wanted: CallFilter, *, offset: int = 0, limit: int = 25) -> CallList:
    """People of the accounts that the viewer may interview; a fixed number of statements."""
    found = _lines(viewer, wanted)
    shown = [line for line in found if wanted.group in (None, line.group)]
    people = len(found) if len(found) < MOST else db.session.scalar(_count(viewer, wanted)) or 0
    page = _with_answers(shown[offset : offset + limit])
    return CallList(page, len(shown), Counter(line.group for line in found), len(found), people)


def find_call(viewer: Viewer, account_id: int, contact_id: int, survey: str | None) -> CallLine | None:
    """What is known of one person before a call; None for somebody who may not be called by the viewer."""
    found = _lines(viewer, CallFilter(survey=survey, account_id=account_id, contact_id=contact_id))
    return next(iter(found), None)


def next_call(viewer: Viewer, wanted: CallFilter, *, besides: tuple[int, int]) -> CallLine | None:
    """Who is to be called next, after the (account, contact) that was called just now."""
    found = _lines(viewer, replace(wanted, text="", group=None))
    here = (line for line in found if (line.account_id, line.contact_id) != besides)
    return next((line for line in here if line.group is CallGroup.CALL), None)


def calls_made(viewer: Viewer, since: datetime) -> CallsMade:
    """What came of the calls to the viewer's accounts, each counted."""
    kind = sa.case((Interview.agreed, "answered"), (Interview.reached, "refused"), else_="missed").label("kind")
    query = sa.select(kind, sa.func.count()).join(Account, Account.id == Interview.account_id)
    query = query.where(account_scope(viewer, PERMISSION), Interview.held_at >= since).group_by(kind)
    return CallsMade(**{"answered": 0, "refused": 0, "missed": 0} | {name: count for name, count in db.session.execute(query)})  # noqa: C416


def was_anybody_asked() -> bool:
    """Whether any request ever left, or was planned."""
    return db.session.scalar(sa.select(Invitation.id).limit(1)) is not None


def _lines(viewer: Viewer, wanted: CallFilter) -> list[CallLine]:
    rows = db.session.execute(_people(viewer, wanted).limit(MOST)).all()
    contacts = list({row.contact_id for row in rows})
    known = _Known(
        by_phone=consent_states(contacts, Purpose.FEEDBACK, Channel.PHONE),
        by_mail=consent_states(contacts, Purpose.FEEDBACK, Channel.EMAIL),
        suppressed=suppressed_contacts(contacts),
        missed=_missed(contacts),
    )
    patience = timedelta(days=current_app.extensions["closedloop_settings"].silence_alert_days)
    now = clock.now()
    return [_line(row, known, now, patience) for row in rows]


@dataclass(frozen=True, slots=True)
class _Known:
    by_phone: Mapping[int, ConsentFact]
    by_mail: Mapping[int, ConsentFact]
    suppressed: Mapping[int, SuppressionReason]
    missed: Mapping[tuple[int, int], tuple[int, datetime]]


def _line(row: Any, known: _Known, now: datetime, patience: timedelta) -> CallLine:
    missed, missed_at = known.missed.get((row.account_id, row.contact_id), (0, None))
    why = _why(row, known.suppressed.get(row.contact_id))
    callee = Callee(
        phone=row.phone,
        by_phone=known.by_phone.get(row.contact_id, NOTHING_RECORDED),
        by_mail=known.by_mail.get(row.contact_id, NOTHING_RECORDED),
        suppressed=known.suppressed.get(row.contact_id),
        rests_until=rests_until(row),
        missed_at=missed_at,
        mailed_at=(row.mailed_at or row.sent_at) if why is WhyCall.SILENT else None,
    )
    no_call = reason_not_to_call(callee, now, patience=patience)
    return CallLine(
        account_id=row.account_id,
        account=row.account,
        contact_id=row.contact_id,
        contact=row.contact,
        phone=row.phone,
        role=row.role,
        role_guessed=row.role_guessed,
        tier=row.value_tier.value,
        revenue=row.revenue,
        owner=row.owner,
        survey=row.survey,
        why=why,
        asked_at=row.sent_at,
        reminders=row.reminders or 0,
        missed=missed,
        missed_at=missed_at,
        no_call=no_call,
        until=_until(no_call, callee, patience, now),
    )


def _why(row: Any, suppressed: SuppressionReason | None) -> WhyCall | None:
    """By the newest request that says something; an address that is dead, or none, counts before it."""
    if not row.needs_call:
        return None
    if not row.has_address:
        return WhyCall.NO_ADDRESS
    if suppressed is SuppressionReason.HARD_BOUNCE:
        return WhyCall.DEAD_ADDRESS
    return _WHY.get(row.skip_reason or row.state, WhyCall.SILENT if row.sent_at else None)


def _until(no_call: NoCall | None, callee: Callee, patience: timedelta, now: datetime) -> datetime | None:
    if no_call is NoCall.EARLY and callee.mailed_at is not None:
        return callee.mailed_at + patience
    if no_call is NoCall.RESTING and callee.rests_until is not None:
        return datetime.combine(callee.rests_until, now.timetz()) + timedelta(days=1)
    return None


def _people(viewer: Viewer, wanted: CallFilter) -> sa.Select[Any]:
    """(person, account, newest request, …) in the order of calling."""
    revenue = current_exchange().revenue
    mailed = sa.select(sa.func.max(SurveyMail.sent_at, type_=SurveyMail.sent_at.type)).where(
        SurveyMail.invitation_id == Invitation.id
    )
    columns = (
        *(AccountContact.account_id, AccountContact.contact_id, AccountContact.role, AccountContact.role_guessed),
        *(Account.name.label("account"), Account.value_tier, revenue.label("revenue"), User.name.label("owner")),
        sa.func.coalesce(Contact.name, Contact.external_id).label("contact"),
        *(Contact.phone, Contact.no_surveys_until, Contact.not_now_until, Contact.paused_from, Contact.paused_until),
        Contact.email.is_not(None).label("has_address"),
        *(Invitation.state, Invitation.skip_reason, Invitation.sent_at, Invitation.reminders),
        mailed.scalar_subquery().label("mailed_at"),
        SurveyProgram.code.label("survey"),
        _needs_call(wanted).label("needs_call"),
    )
    places = {role.value: place for place, role in enumerate(ContactRole)}
    by_role = sa.case(places, value=sa.cast(AccountContact.role, sa.Text), else_=len(places))
    order = (by_role, Account.value_tier, sa.func.coalesce(revenue, 0).desc(), AccountContact.account_id)
    query = _from(sa.select(*columns), viewer, wanted).outerjoin(User, User.id == Account.owner_id)
    query = query.outerjoin(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
    return query.order_by(*order, AccountContact.contact_id)


def _count(viewer: Viewer, wanted: CallFilter) -> sa.Select[Any]:
    return _from(sa.select(sa.func.count()), viewer, wanted)


def _from(query: sa.Select[Any], viewer: Viewer, wanted: CallFilter) -> sa.Select[Any]:
    query = query.select_from(AccountContact).join(Account, Account.id == AccountContact.account_id)
    query = query.join(Contact, Contact.id == AccountContact.contact_id)
    query = query.outerjoin(Invitation, Invitation.id == _newest_request(wanted))
    conditions = [
        account_scope(viewer, PERMISSION),
        Account.status == AccountStatus.ACTIVE,
        AccountContact.left_at.is_(None),
        Contact.erased_at.is_(None),
        _chosen(wanted),
    ]
    if wanted.owner_id is not None:
        conditions.append(Account.owner_id == wanted.owner_id)
    if wanted.account_id is not None:
        conditions.append(Account.id == wanted.account_id)
    return query.where(*conditions)


def _newest_request(wanted: CallFilter) -> Any:
    """The id of the newest request that reached somebody, or would have; correlated to the person."""
    says = sa.or_(
        sa.and_(Invitation.sent_at.is_not(None), Invitation.sent_at > clock.now() - LOOK_BACK),
        sa.and_(Invitation.skip_reason.in_(_NOT_MAILED), Invitation.created_at > clock.now() - LOOK_BACK),
    )
    mine = (Invitation.contact_id == AccountContact.contact_id, Invitation.account_id == AccountContact.account_id)
    query = sa.select(sa.func.max(Invitation.id)).where(*mine, says, asks_for_score())
    if wanted.survey is not None:
        query = query.where(Invitation.survey_id.in_(sa.select(SurveyProgram.id).where(SurveyProgram.code == wanted.survey)))
    if wanted.wave_id is not None:
        query = query.where(Invitation.wave_id == wanted.wave_id)
    return query.correlate(AccountContact).scalar_subquery()


def _needs_call(wanted: CallFilter) -> sa.ColumnElement[bool]:
    """Asked or to be asked, and no answer to the same survey since; or without any address and unheard for a year."""
    about = (Response.contact_id == AccountContact.contact_id, Response.account_id == AccountContact.account_id)
    since = sa.func.coalesce(Invitation.sent_at, _rested(), type_=Invitation.sent_at.type)
    answered = sa.exists().where(*about, Response.survey_id == Invitation.survey_id, Response.responded_at >= since)
    waits = sa.or_(
        Invitation.state.in_((*_SILENT, InvitationState.BOUNCED, InvitationState.FAILED)), Invitation.skip_reason.in_(_NOT_MAILED)
    )
    asked = sa.and_(waits, ~answered)
    if wanted.wave_id is not None:
        return asked
    heard = sa.exists().where(*about, Response.responded_at > clock.now() - LOOK_BACK)
    return sa.or_(asked, sa.and_(Invitation.id.is_(None), Contact.email.is_(None), ~heard))


def _rested() -> sa.ColumnElement[Any]:
    """Since when an answer counts as one of somebody who was never mailed: the rest that a wave would grant them."""
    now, instant = clock.now(), Invitation.created_at.type
    days = [(program.id, timedelta(days=quarantine_days(program))) for program in list_programs()]
    rests = [(Invitation.survey_id == id_, sa.literal(now - rest, instant)) for id_, rest in days]
    return sa.case(*rests, else_=Invitation.created_at)


def _chosen(wanted: CallFilter) -> sa.ColumnElement[bool]:
    if wanted.contact_id is not None:
        return Contact.id == wanted.contact_id
    return _named(wanted.text) if wanted.text else _needs_call(wanted)


def _named(text: str) -> sa.ColumnElement[bool]:
    names = [column.icontains(text, autoescape=True) for column in (Contact.name, Contact.external_id, Account.name)]
    return sa.or_(*names, Contact.email.istartswith(text, autoescape=True), Contact.phone.icontains(text, autoescape=True))


def _missed(contact_ids: Sequence[int]) -> dict[tuple[int, int], tuple[int, datetime]]:
    """How often nobody picked up since the last talk, and when last."""
    talked = sa.orm.aliased(Interview)
    later = sa.exists().where(
        talked.contact_id == Interview.contact_id,
        talked.account_id == Interview.account_id,
        talked.reached,
        talked.id > Interview.id,
    )
    last = sa.func.max(Interview.held_at, type_=Interview.held_at.type)
    query = sa.select(Interview.account_id, Interview.contact_id, sa.func.count(), last)
    query = query.where(among(Interview.contact_id, contact_ids), ~Interview.reached, ~later)
    rows = db.session.execute(query.group_by(Interview.account_id, Interview.contact_id))
    return {(account_id, contact_id): (count, at) for account_id, contact_id, count, at in rows}


def _with_answers(lines: Sequence[CallLine]) -> list[CallLine]:
    mine = (among(Response.contact_id, [line.contact_id for line in lines]),)
    query = sa.select(Response.account_id, Response.contact_id, Response.score, Response.responded_at).where(*mine)
    rows = db.session.execute(query.order_by(Response.responded_at, Response.id))
    newest = {(account_id, contact_id): (score, at) for account_id, contact_id, score, at in rows}
    return [replace(line, last=newest.get((line.account_id, line.contact_id))) for line in lines]
