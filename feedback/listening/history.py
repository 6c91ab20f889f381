"""What earlier surveys tell: when somebody was asked last, what they said, and how likely an answer is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.kernel.bulk import among
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import EMBEDDED, Band, InvitationState, SurveyKind, band

LOOK_BACK = timedelta(days=730)
SAMPLE = 10_000
# What is assumed before there is any history, as so many people of whom that share answered: a few real ones outweigh it.
_ASSUMED, _ASSUMED_RATE, _ASSUMED_DETRACTORS = 10.0, 0.3, 0.25
_NOT_ASKED = (InvitationState.SKIPPED, InvitationState.FAILED, InvitationState.BOUNCED)


@dataclass(frozen=True, slots=True)
class LastAsked:
    """When each contact was last asked, or answered, by kind of program.

    `otherwise`: whether a problem is solved. That uses up nobody's rest between surveys, but is a mail of that day.
    """

    relationship: Mapping[int, datetime]
    transactional: Mapping[int, datetime]  # recovery pulses too: both ask for a score about something that happened
    otherwise: Mapping[int, datetime] = field(default_factory=dict)


def last_asked(contact_ids: Sequence[int], *, before: int | None = None, but_wave: int | None = None) -> LastAsked:
    """By contact, without the invitations of the wave `but_wave`; with `before`: as the mail of that one is about to leave.

    Who is planned in another wave counts as asked at that moment; an answer that came in without an invitation of ours counts
    too, because somebody has asked. When a mail leaves, what others only plan does not count any more: each would keep the
    other one from leaving.
    """
    found: dict[SurveyKind, dict[int, datetime]] = {kind: {} for kind in SurveyKind}
    moment = sa.func.coalesce(Invitation.sent_at, Invitation.send_at, Invitation.created_at)
    others = _reached_before(before) if before is not None else sa.and_(Invitation.state.not_in(_NOT_ASKED), _but(but_wave))
    for column, at, conditions in (
        (Invitation.contact_id, moment, (others, _left(Invitation))),
        (Response.contact_id, Response.responded_at, ()),
    ):
        table = column.class_
        query = (
            sa.select(column, SurveyProgram.kind, sa.func.max(at, type_=Response.responded_at.type))
            .select_from(table)
            .join(SurveyProgram, SurveyProgram.id == table.survey_id)
            .where(among(column, contact_ids), *conditions)
            .group_by(column, SurveyProgram.kind)
        )
        for contact_id, kind, last in db.session.execute(query):
            before_it = found[kind].get(contact_id)
            found[kind][contact_id] = last if before_it is None else max(before_it, last)
    events, pulses = found[SurveyKind.TRANSACTIONAL], found[SurveyKind.RECOVERY_PULSE]
    about_events = {key: max(at for at in (events.get(key), pulses.get(key)) if at) for key in events.keys() | pulses.keys()}
    return LastAsked(found[SurveyKind.RELATIONSHIP], about_events, found[SurveyKind.VERIFICATION])


def _but(wave_id: int | None) -> sa.ColumnElement[bool]:
    return sa.or_(Invitation.wave_id.is_(None), Invitation.wave_id != wave_id) if wave_id is not None else sa.true()


def asked_on(
    account_ids: Sequence[int], first: datetime, last: datetime, *, but_waiting: int | None
) -> dict[int, list[datetime]]:
    """When somebody of each account is, or was, asked between two moments, in any wave or by a personal link.

    Who still waits in the wave `but_waiting` is left out: their moments are what is being planned.
    """
    waits = sa.and_(Invitation.wave_id == but_waiting, Invitation.state == InvitationState.PLANNED)
    moment = sa.func.coalesce(Invitation.sent_at, Invitation.send_at, Invitation.created_at, type_=Response.responded_at.type)
    query = sa.select(Invitation.account_id, moment).where(
        among(Invitation.account_id, account_ids),
        Invitation.state.not_in(_NOT_ASKED),
        _left(Invitation),
        ~sa.func.coalesce(waits, sa.false()),
        moment.between(first, last),
    )
    found: dict[int, list[datetime]] = {}
    for account_id, at in db.session.execute(query):
        found.setdefault(account_id, []).append(at)
    return found


def _reached_before(invitation_id: int) -> sa.ColumnElement[bool]:
    """Of two that are on their way to the mail server at once, the older one is first."""
    first = sa.and_(Invitation.state == InvitationState.QUEUED, Invitation.id < invitation_id)
    reached = Invitation.state.not_in((*_NOT_ASKED, InvitationState.PLANNED, InvitationState.QUEUED))
    return sa.and_(Invitation.id != invitation_id, sa.or_(first, reached))


def _left(invitation: Any) -> sa.ColumnElement[bool]:
    """Whether it reached the person: one that was stopped before it was mailed did not, nor an embedded form below the fold."""
    stopped = sa.and_(invitation.state == InvitationState.STOPPED, invitation.sent_at.is_(None))
    unseen = sa.and_(invitation.created_by.startswith(EMBEDDED), invitation.seen_at.is_(None), invitation.answered_at.is_(None))
    return sa.not_(sa.or_(stopped, unseen))


def was_mailed(wave_id: int, account_id: int, contact_id: int) -> bool:
    """Whether a mail of this wave has left to a person."""
    who = (Invitation.wave_id == wave_id, Invitation.account_id == account_id, Invitation.contact_id == contact_id)
    return db.session.scalar(sa.select(Invitation.id).where(*who, Invitation.sent_at.is_not(None))) is not None


def of_kind(kind: SurveyKind) -> sa.ColumnElement[bool]:
    """The condition on `Response` that it belongs to a program of this kind."""
    return Response.survey_id.in_(sa.select(SurveyProgram.id).where(SurveyProgram.kind == kind))


def prior_scores(contact_ids: Sequence[int], kind: SurveyKind) -> dict[tuple[int, int], int]:
    """The newest score of each (account, contact) in programs of a kind.

    What somebody said of one event tells nothing about what they will say of the whole relationship.
    """
    newest = sa.func.row_number().over(
        partition_by=(Response.account_id, Response.contact_id), order_by=(Response.responded_at.desc(), Response.id.desc())
    )
    ranked = (
        sa.select(Response.account_id, Response.contact_id, Response.score, newest.label("place"))
        .where(among(Response.contact_id, contact_ids), of_kind(kind))
        .subquery()
    )
    rows = db.session.execute(sa.select(ranked.c.account_id, ranked.c.contact_id, ranked.c.score).where(ranked.c.place == 1))
    return {(account_id, contact_id): score for account_id, contact_id, score in rows}


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely an answer is, by role, and a detractor's, by the band of the answer before (None: none before)."""

    by_role: Mapping[ContactRole, float]
    by_band: Mapping[Band | None, float]

    def answers(self, role: ContactRole) -> float:
        """Probability that somebody in this role answers."""
        return self.by_role[role]

    def detracts(self, prior_score: int | None) -> float:
        """Probability that an answer is a detractor's."""
        return self.by_band[None if prior_score is None else band(prior_score)]


def chances(now: datetime, kind: SurveyKind) -> Chances:
    """From the newest requests and answers in programs of a kind, each rate drawn a little towards what is usual.

    At most `SAMPLE` of each, of the last two years: they tell a rate to a percentage point, however many there are.
    """
    since = now - LOOK_BACK
    return Chances(_answer_rates(since, kind), _detractor_rates(since, kind))


def _programs_of(kind: SurveyKind) -> sa.Select[int]:
    return sa.select(SurveyProgram.id).where(SurveyProgram.kind == kind)


def _answer_rates(since: datetime, kind: SurveyKind) -> dict[ContactRole, float]:
    newest = (
        sa.select(Invitation.account_id, Invitation.contact_id, Invitation.state)
        .where(Invitation.sent_at >= since, Invitation.state.not_in(_NOT_ASKED), Invitation.survey_id.in_(_programs_of(kind)))
        .order_by(Invitation.id.desc())
        .limit(SAMPLE)
        .subquery()
    )
    answered = sa.func.sum(sa.case((newest.c.state == InvitationState.ANSWERED, 1), else_=0))
    role = AccountContact
    same = sa.and_(role.account_id == newest.c.account_id, role.contact_id == newest.c.contact_id)
    query = sa.select(role.role, sa.func.count(), answered).select_from(newest).join(role, same).group_by(role.role)
    found = {role: (asked, given) for role, asked, given in db.session.execute(query)}
    return {role: _drawn(*found.get(role, (0, 0)), _ASSUMED_RATE) for role in ContactRole}


def _detractor_rates(since: datetime, kind: SurveyKind) -> dict[Band | None, float]:
    """How often a detractor follows each band, from pairs of answers of one person about one account."""
    columns = (Response.id, Response.account_id, Response.contact_id, Response.responded_at, Response.score)
    newest = sa.select(*columns).where(Response.responded_at >= since, of_kind(kind))
    newest_few = newest.order_by(Response.responded_at.desc()).limit(SAMPLE).subquery()
    pairs = sa.select(_band_before(newest_few, kind).label("place"), newest_few.c.score).select_from(newest_few).subquery()
    detractors = sa.func.sum(sa.case((pairs.c.score <= 6, 1), else_=0))
    query = sa.select(pairs.c.place, sa.func.count(), detractors).group_by(pairs.c.place)
    found = {place: (n, bad) for place, n, bad in db.session.execute(query)}
    answers, bad = (sum(column) for column in zip(*found.values(), strict=True)) if found else (0, 0)
    usual = _drawn(answers, bad, _ASSUMED_DETRACTORS)
    places = {None: None, Band.DETRACTOR: 0, Band.PASSIVE: 1, Band.PROMOTER: 2}
    return {of: _drawn(*found.get(place, (0, 0)), usual) for of, place in places.items()}


def _band_before(answer: sa.Subquery, kind: SurveyKind) -> sa.ScalarSelect[Any]:
    """0 to 2, by one look into an index; None without an answer before."""
    before = sa.orm.aliased(Response)
    earlier = sa.or_(
        before.responded_at < answer.c.responded_at,
        sa.and_(before.responded_at == answer.c.responded_at, before.id < answer.c.id),
    )
    return (
        sa.select(sa.case((before.score <= 6, 0), (before.score <= 8, 1), else_=2))
        .where(before.contact_id == answer.c.contact_id, before.account_id == answer.c.account_id)
        .where(before.responded_at <= answer.c.responded_at, earlier, before.survey_id.in_(_programs_of(kind)))
        .order_by(before.responded_at.desc(), before.id.desc())
        .limit(1)
        .correlate(answer)
        .scalar_subquery()
    )


def _drawn(tries: int, hits: int, towards: float) -> float:
    return (hits + _ASSUMED * towards) / (tries + _ASSUMED)
