"""What a demo company has asked in waves: one that is over, one that runs, one that lies ready; and who was taken off, and why.

No mail leaves a demo company: whoever would have got one is marked as asked at the moment of the plan.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.accounts.models import Account, Contact
from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.demo.company import ACTOR
from feedback.demo.generate import hash_fraction
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.drafts import WaveDraft
from feedback.listening.planning import plan_started_waves, start_wave
from feedback.listening.queries import get_wave
from feedback.listening.rehearsal import Place, rehearse
from feedback.listening.rules.states import ExclusionReason
from feedback.listening.service import create_wave, expire_invitations, finish_waves, take_off
from feedback.surveys import programs
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import AnswerChannel, Cadence, InvitationState
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.uow import transaction

TEXTS = {
    "en": {"question": "How likely are you to recommend us to somebody in your line of work?"},
    "es": {"question": "¿Con qué probabilidad nos recomendaría a alguien de su sector?"},
    "ru": {"question": "Насколько вероятно, что вы порекомендуете нас коллеге по отрасли?"},
}
NOTES = (
    (ExclusionReason.SENSITIVE_TALKS, "Renewal talks next week, not a good moment"),
    (ExclusionReason.OPEN_COMPLAINT, "The complaint is not settled yet"),
    (ExclusionReason.ASKED_BY_CUSTOMER, "Said on the phone that surveys are enough for this year"),
)
OTHERS = {"roles": [ContactRole.INFLUENCER.value, ContactRole.USER.value]}
ANSWERED = 0.4  # of those who were asked
LATE = timedelta(days=40)  # detractors' answers arrive so long after they were given that they open no issues


def play_waves(event_survey: str, end: datetime) -> None:
    """Texts, rhythm and waves of the last months, each at its time, by the people of the demo."""
    actor = f"user:{_manager()}"
    program_id = db.session.scalars(sa.select(SurveyProgram.id).where(SurveyProgram.code == DEFAULT_SURVEY)).one()
    with clock.frozen(end - timedelta(days=150)), transaction():
        programs.add_version(program_id, {"en": TEXTS["en"]}, actor=actor)
    _play_finished(end - timedelta(days=110), end, actor)
    with clock.frozen(end - timedelta(days=20)), transaction():
        programs.add_version(program_id, TEXTS, actor=actor)
        rhythm = {"cadence": Cadence.QUARTERLY, "next_wave_on": (end + timedelta(days=60)).date()}
        programs.change_program(program_id, {**rhythm, "reminder_days": [7, 14], "fallbacks": ["en"]}, actor=actor)
    _play_running(end - timedelta(days=8), end, actor)
    with clock.frozen(end), transaction():
        create_wave(_draft(event_survey, end + timedelta(days=3), {}), actor=actor)


def _manager() -> int:
    query = sa.select(User.id).where(User.role == Role.EXPERIENCE_MANAGER).order_by(User.id).limit(1)
    return db.session.scalars(query).one()


def _draft(survey: str, at: datetime, audience: dict[str, Any]) -> WaveDraft:
    """A wave has one name, as its planner wrote it; these read alike in every language (relationship, transactional NPS)."""
    first = at.date() + timedelta(days=1)
    name = f"{'rNPS' if survey == DEFAULT_SURVEY else 'tNPS'} {first:%Y-%m}"
    return WaveDraft(survey=survey, name=name, starts_on=first, ends_on=first + timedelta(days=18), audience=audience)


def _play_finished(at: datetime, end: datetime, actor: str) -> None:
    """Everybody; one account manager had many of the unhappy taken off."""
    with clock.frozen(at), transaction():
        wave_id = create_wave(_draft(DEFAULT_SURVEY, at, {}), actor=actor)
        _take_people_off(wave_id, actor)
        if not _start(wave_id, actor):
            return
    _plan(at)
    _mark_asked(wave_id, at + timedelta(days=30))
    _answer(wave_id, at + timedelta(days=30), at + LATE + timedelta(days=5), lowest=0)
    with clock.frozen(end), transaction():
        expire_invitations()
        finish_waves()


def _play_running(at: datetime, end: datetime, actor: str) -> None:
    """Influencers and users; who would be a detractor has not answered yet."""
    with clock.frozen(at), transaction():
        wave_id = create_wave(_draft(DEFAULT_SURVEY, at, OTHERS), actor=actor)
        if not _start(wave_id, actor):
            return
    _plan(at)
    _mark_asked(wave_id, end)
    _answer(wave_id, end, end, lowest=7)


def _start(wave_id: int, actor: str) -> bool:
    """Start it; a company so small that nobody is left to ask keeps a draft."""
    wave = get_wave(wave_id)
    if not rehearse(wave, db.session.get_one(SurveyProgram, wave.survey_id)).asked:
        return False
    start_wave(wave_id, actor=actor)
    return True


def _plan(at: datetime) -> None:
    """What the job does with a wave that is too large to be planned at once."""
    with clock.frozen(at):
        plan_started_waves()


def _take_people_off(wave_id: int, actor: str) -> None:
    wave = get_wave(wave_id)
    asked = rehearse(wave, db.session.get_one(SurveyProgram, wave.survey_id)).asked
    owners: dict[int, int | None] = {id_: owner for id_, owner in db.session.execute(sa.select(Account.id, Account.owner_id))}  # noqa: C416
    unhappy = [place for place in asked if (place.listed.prior_score or 10) <= 6]
    of_owner = Counter(owners[place.listed.person.account_id] for place in unhappy)
    suspect = min(of_owner, key=lambda owner: (-of_owner[owner], owner or 0), default=None)
    theirs = [place for place in unhappy if owners[place.listed.person.account_id] == suspect]
    others = [place for place in asked if owners[place.listed.person.account_id] != suspect]
    _take_off(wave_id, theirs[: max(3, len(theirs) * 4 // 5)], actor, NOTES[:2])
    _take_off(wave_id, others[5:20:5], actor, NOTES[2:])


def _take_off(wave_id: int, places: Sequence[Place], actor: str, notes: Sequence[tuple[ExclusionReason, str]]) -> None:
    for number, place in enumerate(places):
        reason, note = notes[number % len(notes)]
        take_off(wave_id, place.listed.person.account_id, place.listed.person.contact_id, reason, note, actor=actor)


def _mark_asked(wave_id: int, until: datetime) -> None:
    due = (Invitation.wave_id == wave_id, Invitation.state == InvitationState.PLANNED, Invitation.send_at <= until)
    with transaction() as session:
        session.execute(sa.update(Invitation).where(*due).values(state=InvitationState.SENT, sent_at=Invitation.send_at))


def _answer(wave_id: int, until: datetime, arrives: datetime, *, lowest: int) -> None:
    """Who answers says about what they said before, some days after the mail."""
    query = (
        sa.select(Invitation.id, Invitation.sent_at, Account.external_id, Contact.external_id, Contact.language)
        .join(Account, Account.id == Invitation.account_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .where(Invitation.wave_id == wave_id, Invitation.state == InvitationState.SENT)
        .order_by(Invitation.id)
    )
    drafts: list[tuple[AnswerDraft, datetime]] = []
    rows: Any = db.session.execute(query)
    for invitation_id, sent_at, account, contact, language in rows:
        chance = hash_fraction(f"{contact}:wave")
        at: datetime = sent_at + timedelta(hours=2 + 60 * chance)
        score = round(10 - 7 * chance / ANSWERED) if chance < ANSWERED else -1
        if score < lowest or at > until:
            continue
        draft = AnswerDraft(
            invitation_id=invitation_id,
            source="demo",
            external_id=f"wave-{invitation_id}",
            account_external_id=account,
            contact_external_id=contact,
            score=score,
            survey=DEFAULT_SURVEY,
            language=language,
            channel=AnswerChannel.WEB,
            responded_at=at,
        )
        drafts.append((draft, at))
    for draft, at in drafts:
        with clock.frozen(at if draft.score >= 7 else arrives), transaction() as session:
            accept_answers([draft], AcceptOptions(actor=ACTOR))
            session.execute(sa.update(Invitation).where(Invitation.id == draft.invitation_id).values(answered_at=at))
