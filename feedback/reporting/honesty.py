"""Honest programs: who was taken off waves by hand, by whom, why, with what they had said, and whether that looks chosen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.defects.rules.evidence import q_values
from feedback.extensions import db
from feedback.issues.queries.standing_open import was_open
from feedback.listening.models import Wave, WaveExclusion
from feedback.listening.rules.honesty import LEVEL, NpsBounds, Selection, SelectionTest, nps_with, selection_test
from feedback.listening.rules.states import ExclusionReason
from feedback.reporting.actors import names_of
from feedback.reporting.defect_board import BoardFilters
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.web.naming import name_for_reader

READ = "honesty.read"
_MAY_NOT_HAVE_LEFT = (InvitationState.FAILED, InvitationState.STOPPED)


@dataclass(frozen=True, slots=True)
class TakenOff:
    """Somebody who was taken off a wave."""

    wave_id: int
    wave: str
    survey: str
    account_id: int
    account: str
    contact_id: int
    contact: str | None
    owner_id: int | None
    owner: str | None
    reason: ExclusionReason
    note: str
    prior_score: int | None
    had_open_issue: bool
    eligible: bool | None
    by: str
    at: datetime
    started: bool

    @property
    def unhappy(self) -> bool:
        """A detractor's score, or an open issue, when it was done."""
        return self.had_open_issue or (self.prior_score is not None and self.prior_score <= 6)

    @property
    def compared(self) -> bool:
        """Whether the wave has started and would have asked this person: only then did it make a difference."""
        return self.started and self.eligible is not False


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """The people of one account manager, taken off and asked; `test` is None with too few, `q` then too."""

    owner_id: int | None
    owner: str | None
    seen: Selection
    test: SelectionTest | None
    q: float | None

    @property
    def stands_out(self) -> bool:
        """Whether more unhappy people were taken off than chance explains: look, and ask."""
        return self.q is not None and self.q < LEVEL and self.test is not None and self.test.odds > 1


@dataclass(frozen=True, slots=True)
class HonestyBoard:
    """Everything on the page. `shown` is one page of `total` times that somebody was taken off; the rest counts people once.

    `people` and `unhappy` were taken off waves that were started: only those asked anybody, and so kept somebody from being
    asked. Who was taken off drafts only is counted in `of_drafts`.
    """

    shown: Sequence[TakenOff]
    total: int
    people: int
    unhappy: int
    of_drafts: int
    owners: Sequence[OwnerLine]
    bounds: NpsBounds | None
    answers: int
    surveys: int  # of how many surveys they are; the NPS of more than one is not made


def honesty_board(viewer: Viewer, filters: BoardFilters, *, offset: int = 0, limit: int | None = None) -> HonestyBoard:
    """The exclusions of a period and program in the viewer's scope, the newest first."""
    times = _taken_off(viewer, filters)
    answers = _answers(viewer, filters)
    compared, counted = [one for one in times if one.compared], _each([one for one in times if one.started])
    surveys, scores = {survey_id for survey_id, _ in answers}, [score for _, score in answers]
    return HonestyBoard(
        shown=times[offset : None if limit is None else offset + limit],
        total=len(times),
        people=len(counted),
        unhappy=len(_each([one for one in times if one.started and one.unhappy])),
        of_drafts=len(_each(times)) - len(counted),
        owners=_owners(viewer, compared),
        bounds=nps_with(scores, [person.prior_score for person in _each(compared)]) if len(surveys) == 1 else None,
        answers=len(answers),
        surveys=len(surveys),
    )


def _each(times: Sequence[TakenOff]) -> list[TakenOff]:
    """Each person once, as they were taken off last."""
    found = {(one.account_id, one.contact_id): one for one in reversed(times)}
    return list(found.values())


def _of_program(filters: BoardFilters) -> sa.ColumnElement[bool]:
    return SurveyProgram.code == filters.survey if filters.survey else sa.true()


def _taken_off(viewer: Viewer, filters: BoardFilters) -> list[TakenOff]:
    query = (
        sa.select(
            Wave.id,
            Wave.name,
            name_for_reader(SurveyProgram),
            Account.id,
            Account.name,
            Contact.id,
            Contact.name,
            Account.owner_id,
            User.name,
            WaveExclusion.reason,
            WaveExclusion.note,
            WaveExclusion.prior_score,
            WaveExclusion.had_open_issue,
            WaveExclusion.eligible,
            WaveExclusion.created_by,
            WaveExclusion.created_at,
            Wave.started_at.is_not(None),
        )
        .select_from(WaveExclusion)
        .join(Wave, Wave.id == WaveExclusion.wave_id)
        .join(SurveyProgram, SurveyProgram.id == Wave.survey_id)
        .join(Account, Account.id == WaveExclusion.account_id)
        .join(Contact, Contact.id == WaveExclusion.contact_id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(account_scope(viewer, READ), WaveExclusion.created_at >= filters.since, _of_program(filters))
        .order_by(WaveExclusion.created_at.desc(), Wave.id.desc(), Account.id, Contact.id)
    )
    rows = [tuple(row) for row in db.session.execute(query)]
    names = names_of(row[14] for row in rows)
    named: list[Any] = [(*row[:14], names.get(row[14], row[14]), *row[15:]) for row in rows]
    return [TakenOff(*row) for row in named]


def _answers(viewer: Viewer, filters: BoardFilters) -> list[tuple[int, int]]:
    """(survey, score) of what came in to the waves that somebody was taken off."""
    touched = sa.select(WaveExclusion.wave_id).where(WaveExclusion.created_at >= filters.since)
    query = (
        sa.select(Response.survey_id, Response.score)
        .join(Invitation, Invitation.id == Response.invitation_id)
        .join(SurveyProgram, SurveyProgram.id == Response.survey_id)
        .join(Account, Account.id == Response.account_id)
        .where(Invitation.wave_id.in_(touched), account_scope(viewer, READ), _of_program(filters))
    )
    return [(survey_id, score) for survey_id, score in db.session.execute(query)]


def _owners(viewer: Viewer, taken_off: Sequence[TakenOff]) -> list[OwnerLine]:
    """One line per account manager with somebody taken off, against those of theirs who were asked in the same waves.

    Both sides are people whom the wave could ask, each counted once, and unhappy if they were at any of these waves.
    """
    unhappy = {(one.account_id, one.contact_id) for one in taken_off if one.unhappy}
    off: dict[int | None, list[int]] = defaultdict(lambda: [0, 0])
    names: dict[int | None, str | None] = {}
    for person in _each(taken_off):
        off[person.owner_id][0 if (person.account_id, person.contact_id) in unhappy else 1] += 1
        names[person.owner_id] = person.owner
    asked = _asked(viewer, {person.wave_id for person in taken_off})
    seen = {owner_id: Selection(bad, other, *asked.get(owner_id, (0, 0))) for owner_id, (bad, other) in off.items()}
    tests = {owner_id: selection_test(one) for owner_id, one in seen.items()}
    q = _adjusted({owner_id: test.p for owner_id, test in tests.items() if test})
    lines = [OwnerLine(owner_id, names[owner_id], one, tests[owner_id], q.get(owner_id)) for owner_id, one in seen.items()]
    return sorted(lines, key=lambda line: (1.0 if line.q is None else line.q, -line.seen.off_unhappy, line.owner or ""))


def _adjusted(p: Mapping[int | None, float]) -> dict[int | None, float]:
    return dict(zip(p, map(float, q_values(np.array(list(p.values())))), strict=True)) if p else {}


def _asked(viewer: Viewer, wave_ids: set[int]) -> dict[int | None, tuple[int, int]]:
    """Owner → (unhappy, other) among those who were asked in these waves, as things stood when each wave began.

    Who was taken off another of these waves stands on the other side already.
    """
    same_kind = sa.orm.aliased(SurveyProgram)
    before = (
        sa.select(Response.score)
        .join(same_kind, same_kind.id == Response.survey_id)
        .where(
            Response.contact_id == Invitation.contact_id,
            Response.account_id == Invitation.account_id,
            Response.responded_at < Wave.started_at,
            same_kind.kind == SurveyProgram.kind,
        )
        .order_by(Response.responded_at.desc(), Response.id.desc())
        .limit(1)
        .correlate(Invitation, Wave, SurveyProgram)
        .scalar_subquery()
    )
    unhappy = sa.or_(sa.func.coalesce(before, 10) <= 6, was_open(Invitation.account_id, Wave.started_at))
    off = sa.exists().where(
        WaveExclusion.wave_id.in_(wave_ids),
        WaveExclusion.account_id == Invitation.account_id,
        WaveExclusion.contact_id == Invitation.contact_id,
        sa.func.coalesce(WaveExclusion.eligible, sa.true()),
    )
    left = sa.or_(Invitation.state.not_in(_MAY_NOT_HAVE_LEFT), Invitation.sent_at.is_not(None))
    person = (Account.owner_id, Invitation.account_id, Invitation.contact_id)
    people = (
        sa.select(*person, sa.func.max(sa.case((unhappy, 1), else_=0)).label("unhappy"))
        .select_from(Invitation)
        .join(Wave, Wave.id == Invitation.wave_id)
        .join(SurveyProgram, SurveyProgram.id == Wave.survey_id)
        .join(Account, Account.id == Invitation.account_id)
        .where(
            Invitation.wave_id.in_(wave_ids), Invitation.state != InvitationState.SKIPPED, left, ~off, account_scope(viewer, READ)
        )
        .group_by(*person)
        .subquery()
    )
    query = sa.select(people.c.owner_id, sa.func.sum(people.c.unhappy), sa.func.count()).group_by(people.c.owner_id)
    return {owner_id: (int(bad), int(n - bad)) for owner_id, bad, n in db.session.execute(query)}
