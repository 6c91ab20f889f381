"""Waves for the people who run them: the list, the rehearsal of a draft, the monitor of one that runs."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.listening.drafts import WaveDraft, draft_of
from feedback.listening.loads import OwnerLoad, owner_loads
from feedback.listening.models import Wave
from feedback.listening.rehearsal import Place, Rehearsal, obstacle_of, other_languages, rehearse
from feedback.listening.rules.states import WaveState
from feedback.reporting.mail_traffic import Standstill, find_standstill
from feedback.reporting.wave_people import UNDELIVERED, tried_at, wants_no_more
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.web.naming import called

ASKED = (
    InvitationState.SENT,
    InvitationState.REMINDED,
    InvitationState.ANSWERED,
    InvitationState.EXPIRED,
)
WAITING = (InvitationState.PLANNED, InvitationState.QUEUED)
MOST = 1_000_000  # rows of a file


@dataclass(frozen=True, slots=True)
class WaveLine:
    """A wave in the list. `states` counts its people by where they stand; empty before the start.

    Everybody is one of `asked`, `waiting`, `left_out`, `undelivered` and `called_off`.
    """

    id: int
    name: str
    survey: str
    state: WaveState
    starts_on: date
    ends_on: date
    states: Mapping[InvitationState, int]
    stopped_after: int  # of those who are stopped: whose mail had left before

    @property
    def asked(self) -> int:
        """Who got a mail that did not come back, or answered without one: the same people as on the coverage page."""
        return sum(self.states.get(state, 0) for state in ASKED) + self.stopped_after

    @property
    def undelivered(self) -> int:
        """Whose mail came back, or was refused."""
        return sum(self.states.get(state, 0) for state in UNDELIVERED)

    @property
    def called_off(self) -> int:
        """Who was to be asked, and is not any more: the wave was ended, or they were erased."""
        return self.states.get(InvitationState.STOPPED, 0) - self.stopped_after

    @property
    def answered(self) -> int:
        """Who answered."""
        return self.states.get(InvitationState.ANSWERED, 0)

    @property
    def waiting(self) -> int:
        """Whose mail has not left yet."""
        return sum(self.states.get(state, 0) for state in WAITING)

    @property
    def left_out(self) -> int:
        """Who is not asked."""
        return self.states.get(InvitationState.SKIPPED, 0)


@dataclass(frozen=True, slots=True)
class WavePerson:
    """One person of a wave, planned or asked."""

    account_id: int
    account: str
    contact_id: int
    contact: str | None
    role: ContactRole | None
    state: InvitationState
    reason: SkipReason | None
    at: datetime | None  # when the mail leaves, left, or was refused
    reminders: int
    answered_at: datetime | None
    wants_no_more: bool = False  # said so, or complained, by now


@dataclass(frozen=True, slots=True)
class Program:
    """Of which survey a wave is."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class WaveBoard:
    """One wave. What only a rehearsal knows is None or empty for one that was started."""

    line: WaveLine
    per_day_limit: int | None
    account_gap_days: int
    callbacks_limit: int | None
    people: Sequence[WavePerson]
    total: int  # of people with the chosen state or reason
    everybody: int
    skipped: Mapping[SkipReason, int]
    days: Mapping[date, int]
    expected_answers: float | None  # of a started wave: as its plan had it
    loads: Sequence[OwnerLoad]
    program: Program
    planned: int | None  # people of the plan, known while it is being written
    first_at: datetime | None = None  # of a rehearsal: its first and its last mail
    last_at: datetime | None = None
    standstill: Standstill | None = None
    elsewise: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (their language, that of the survey) → people
    obstacle: str | None = None  # why it cannot be started as it stands
    draft: WaveDraft | None = None  # what was rehearsed


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people are listed: those in a state, or left out for a reason; None means all."""

    state: InvitationState | None = None
    reason: SkipReason | None = None
    text: str = ""

    @classmethod
    def named_by(cls, params: Mapping[str, str]) -> "PeopleFilter":
        """From the parameters of an address; unknown values ask for nothing."""
        states = {state.value: state for state in InvitationState}
        reasons = {reason.value: reason for reason in SkipReason}
        text = params.get("q", "").strip()[:100]
        return cls(states.get(params.get("state", "")), reasons.get(params.get("reason", "")), text)

    @staticmethod
    def known() -> dict[str, Collection[str]]:
        """The values of parameters that take one of a few."""
        return {"state": list(InvitationState), "reason": list(SkipReason)}

    def holds(self, person: WavePerson) -> bool:
        """Whether the person is listed."""
        text = self.text.casefold()
        found = not text or text in person.account.casefold() or text in (person.contact or "").casefold()
        return found and self.state in (None, person.state) and self.reason in (None, person.reason)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The same on `Invitation`, `Account` and `Contact`."""
        wanted = ((Invitation.state, self.state), (Invitation.skip_reason, self.reason))
        found = [column == value for column, value in wanted if value is not None]
        if self.text:
            names = (Account.name, Contact.name)
            found.append(sa.or_(*(name.icontains(self.text, autoescape=True) for name in names)))
        return found


def list_waves() -> list[WaveLine]:
    """All waves, the newest first."""
    counts = _standing(Invitation.wave_id.is_not(None))
    rows = db.session.execute(
        sa.select(Wave, SurveyProgram).join(SurveyProgram, SurveyProgram.id == Wave.survey_id).order_by(Wave.id.desc())
    )
    return [_line(wave, program, *counts.get(wave.id, ({}, 0))) for wave, program in rows]


def list_wave_names() -> list[tuple[str, str]]:
    """(id, name) of all waves, the newest first."""
    rows = db.session.execute(sa.select(Wave.id, Wave.name).order_by(Wave.id.desc()))
    return [(str(wave_id), name) for wave_id, name in rows]


def _standing(*conditions: sa.ColumnElement[bool]) -> dict[int, tuple[Counter[InvitationState], int]]:
    """Per wave: its people by state, and how many were stopped after their mail had left."""
    found: dict[int, tuple[Counter[InvitationState], int]] = {}
    left = Invitation.sent_at.is_not(None)
    columns = (Invitation.wave_id, Invitation.state, left)
    for wave_id, state, has_left, count in db.session.execute(
        sa.select(*columns, sa.func.count()).where(*conditions).group_by(*columns)
    ):
        states, stopped = found.get(wave_id or 0, (Counter(), 0))
        states[state] += count
        found[wave_id or 0] = states, stopped + (count if has_left and state is InvitationState.STOPPED else 0)
    return found


def _line(
    wave: Wave, program: SurveyProgram, states: Mapping[InvitationState, int] = MappingProxyType({}), stopped_after: int = 0
) -> WaveLine:
    return WaveLine(wave.id, wave.name, called(program), wave.state, wave.starts_on, wave.ends_on, states, stopped_after)


def wave_board(wave_id: int, wanted: PeopleFilter, *, offset: int, limit: int) -> WaveBoard:
    """One wave with a page of its people.

    Raises:
        NotFound: there is no such wave.
    """
    found = db.session.execute(
        sa.select(Wave, SurveyProgram).join(SurveyProgram, SurveyProgram.id == Wave.survey_id).where(Wave.id == wave_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    wave, program = found
    if wave.state is WaveState.DRAFT:
        return _rehearsed(wave, program, wanted, offset, limit)
    return _running(wave, program, wanted, offset, limit)


def _rehearsed(wave: Wave, program: SurveyProgram, wanted: PeopleFilter, offset: int, limit: int) -> WaveBoard:
    rehearsal = rehearse(wave, program)
    asked = rehearsal.asked
    everybody = [_planned(place) for place in (*asked, *_left_out(rehearsal))]
    people = [person for person in everybody if wanted.holds(person)]
    return WaveBoard(
        line=_line(wave, program, Counter(person.state for person in everybody)),
        per_day_limit=wave.per_day,
        account_gap_days=wave.account_gap_days,
        callbacks_limit=wave.callbacks_per_owner_day,
        people=people[offset : offset + limit],
        total=len(people),
        everybody=len(everybody),
        skipped=rehearsal.skipped,
        days=rehearsal.per_day,
        expected_answers=rehearsal.expected_answers,
        loads=owner_loads(rehearsal, wave.callbacks_per_owner_day),
        program=Program(program.id, program.code),
        planned=None,
        first_at=asked[0].planned.send_at if asked else None,
        last_at=asked[-1].planned.send_at if asked else None,
        elsewise=other_languages(rehearsal, program),
        obstacle=obstacle_of(wave, program),
        draft=draft_of(wave),
    )


def _left_out(rehearsal: Rehearsal) -> list[Place]:
    return [place for place in rehearsal.places if place.planned.send_at is None]


def _planned(place: Place) -> WavePerson:
    person, planned = place.listed.person, place.planned
    state = InvitationState.PLANNED if planned.send_at else InvitationState.SKIPPED
    return WavePerson(
        person.account_id,
        place.listed.account,
        person.contact_id,
        place.listed.contact,
        person.role,
        state,
        planned.reason,
        planned.send_at,
        0,
        None,
    )


def _running(wave: Wave, program: SurveyProgram, wanted: PeopleFilter, offset: int, limit: int) -> WaveBoard:
    of_wave = Invitation.wave_id == wave.id
    states, stopped_after = _standing(of_wave).get(wave.id, (Counter(), 0))
    conditions = [of_wave, *wanted.conditions()]
    total = sa.select(sa.func.count()).select_from(Invitation).join(Account, Account.id == Invitation.account_id)
    total = total.join(Contact, Contact.id == Invitation.contact_id).where(*conditions)
    return WaveBoard(
        line=_line(wave, program, states, stopped_after),
        per_day_limit=wave.per_day,
        account_gap_days=wave.account_gap_days,
        callbacks_limit=wave.callbacks_per_owner_day,
        people=_asked_people(conditions, offset, limit),
        total=db.session.scalar(total) or 0,
        everybody=sum(states.values()),
        skipped=_counted(Invitation.skip_reason, of_wave, Invitation.skip_reason.is_not(None)),
        days=_days(of_wave),
        expected_answers=wave.expected_answers,
        loads=(),
        program=Program(program.id, program.code),
        planned=wave.people,
        standstill=find_standstill(wave),
    )


def _counted(column: Any, *conditions: Any) -> dict[Any, int]:
    rows = db.session.execute(sa.select(column, sa.func.count()).where(*conditions).group_by(column))
    return {value: count for value, count in rows}  # noqa: C416  typed rows


def _days(of_wave: Any) -> dict[date, int]:
    moments = db.session.scalars(sa.select(Invitation.send_at).where(of_wave, Invitation.send_at.is_not(None)))
    return dict(sorted(Counter(at.date() for at in moments if at).items()))


def _asked_people(conditions: Sequence[Any], offset: int, limit: int) -> list[WavePerson]:
    query = (
        sa.select(
            Invitation.account_id,
            Account.name,
            Invitation.contact_id,
            Contact.name,
            AccountContact.role,
            Invitation.state,
            Invitation.skip_reason,
            sa.func.coalesce(Invitation.sent_at, tried_at(), Invitation.send_at, type_=Invitation.sent_at.type),
            Invitation.reminders,
            Invitation.answered_at,
            wants_no_more(),
        )
        .join(Account, Account.id == Invitation.account_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .outerjoin(
            AccountContact,
            sa.and_(AccountContact.account_id == Invitation.account_id, AccountContact.contact_id == Invitation.contact_id),
        )
        .where(*conditions)
        .order_by(Invitation.send_at.is_(None), Invitation.send_at, Invitation.id)
        .offset(offset)
        .limit(limit)
    )
    rows: Any = db.session.execute(query)
    return [WavePerson(*row) for row in rows]


def every_person(wave_id: int, wanted: PeopleFilter) -> list[WavePerson]:
    """Everybody of a wave whom the filter holds, in the order of the page.

    Raises:
        NotFound: there is no such wave.
    """
    return list(wave_board(wave_id, wanted, offset=0, limit=MOST).people)
