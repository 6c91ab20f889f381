"""Waves: drawn up, rehearsed, started, paused, ended. Every function is called inside `transaction()`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.accounts.models import AccountContact
from feedback.audit import service as audit
from feedback.audit.meanwhile import ChangedMeanwhile, last_to_change
from feedback.extensions import db
from feedback.issues.queries.standing_open import was_open
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.listening import history
from feedback.listening.audience import unknown_accounts
from feedback.listening.drafts import CALLBACKS_PER_OWNER_DAY, WaveDraft, draft_of
from feedback.listening.models import Wave, WaveExclusion
from feedback.listening.naming import when_mails_leave
from feedback.listening.planning import locked_wave
from feedback.listening.rehearsal import would_ask
from feedback.listening.rules.hours import WorkingHours
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.listening.spreading import spread_again
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import PLANNED_KINDS, InvitationState, SkipReason

MAX_DAYS, MOST_NAMED = 366, 5


def create_wave(draft: WaveDraft, *, actor: str) -> int:
    """Store a draft; answers its id.

    Raises:
        InvalidInput: there is no such survey, the dates make no sense or are over, or an account of the list does not exist.
    """
    values = _checked(draft)
    row = values | {"state": WaveState.DRAFT, "created_by": actor, "created_at": clock.now()}
    wave_id: int = db.session.execute(sa.insert(Wave).values(**row).returning(Wave.id)).scalar_one()
    audit.record(actor, "wave.created", "wave", wave_id, survey=draft.survey, name=draft.name)
    return wave_id


def change_wave(wave_id: int, draft: WaveDraft, *, actor: str, seen: WaveDraft | None = None) -> None:
    """Put another draft in the place of one that was not started.

    Args:
        seen: the draft that the writer saw, of a form that stood open for a while: then only what differs from it is stored.

    Raises:
        NotFound: there is no such wave.
        RuleViolation: it was started.
        ChangedMeanwhile: something of it is no more as it was seen.
        InvalidInput: as for a new one.
    """
    wave = locked_wave(wave_id)
    if wave.state is not WaveState.DRAFT:
        raise RuleViolation(_("This wave was started; only a draft can be changed."))
    if seen is not None:
        draft = _carried_over(wave, draft, seen)
    changed = {name: value for name, value in _checked(draft).items() if getattr(wave, name) != value}
    before = {name: getattr(wave, name) for name in changed}
    for name, value in changed.items():
        setattr(wave, name, value)
    db.session.flush()
    audit.record(actor, "wave.changed", "wave", wave_id, **audit.change(before, changed))


def _carried_over(wave: Wave, draft: WaveDraft, seen: WaveDraft) -> WaveDraft:
    """What was changed in a draft as somebody saw it, in the draft as it is."""
    now = draft_of(wave)
    changed = {name: getattr(draft, name) for name in WaveDraft.__slots__ if getattr(draft, name) != getattr(seen, name)}
    lost = [name for name, value in changed.items() if getattr(now, name) not in (value, getattr(seen, name))]
    if lost:
        raise ChangedMeanwhile(
            lost, last_to_change("wave", wave.id, ["survey_id" if name == "survey" else name for name in lost])
        )
    return replace(now, **changed)


def slow_down(wave_id: int, *, actor: str) -> None:
    """Half as many call-backs a day for each owner, over twice as many days.

    Raises:
        NotFound: there is no such wave.
        RuleViolation: it was started.
        InvalidInput: it would last longer than a wave may.
    """
    draft = draft_of(locked_wave(wave_id))
    limit = max(1, (draft.callbacks_per_owner_day or 2 * CALLBACKS_PER_OWNER_DAY) // 2)
    ends_on = draft.ends_on + (draft.ends_on - draft.starts_on) + timedelta(days=1)
    change_wave(wave_id, replace(draft, callbacks_per_owner_day=limit, ends_on=ends_on), actor=actor)


def _checked(draft: WaveDraft) -> dict[str, Any]:
    program = db.session.scalar(sa.select(SurveyProgram).where(SurveyProgram.code == draft.survey))
    errors: dict[str, list[str]] = {}
    if program is None or not program.active or program.kind not in PLANNED_KINDS:
        errors["survey"] = [_("There is no active survey '%(code)s'.", code=draft.survey)]
    if draft.ends_on < draft.starts_on:
        errors["ends_on"] = [_("The last day lies before the first one.")]
    elif draft.ends_on - draft.starts_on > timedelta(days=MAX_DAYS):
        errors["ends_on"] = [_("A wave lasts at most a year.")]
    elif draft.ends_on < clock.now().date():
        errors["ends_on"] = [_("This day is over: choose a later one.")]
    elif not _has_working_day(draft):
        errors["ends_on"] = [_("No mail leaves on any of these days. %(hours)s", hours=when_mails_leave())]
    unknown = unknown_accounts(draft.audience.get("accounts") or ())
    if unknown:
        errors["audience"] = [_("There is no account with the id %(ids)s.", ids=", ".join(unknown[:MOST_NAMED]))]
    if errors or program is None:
        raise InvalidInput(errors)
    return {name: getattr(draft, name) for name in WaveDraft.__slots__ if name != "survey"} | {"survey_id": program.id}


def _has_working_day(draft: WaveDraft) -> bool:
    hours: WorkingHours = current_app.extensions["closedloop_settings"].working_hours
    days = (draft.starts_on + timedelta(days=number) for number in range((draft.ends_on - draft.starts_on).days + 1))
    return any(hours.is_working_day(day) for day in days)


def take_off(wave_id: int, account_id: int, contact_id: int, reason: ExclusionReason, note: str, *, actor: str) -> None:
    """Take a person off a wave by hand; it is reported with what this person said last.

    In a wave that runs already, the person is skipped if the mail has not left yet, and gets no reminder if it has.

    Raises:
        NotFound: there is no such wave, or the contact has no role in the account.
        RuleViolation: the wave is over, or is being planned, or the person was taken off before.
        InvalidInput: no words say why.
    """
    wave = locked_wave(wave_id)
    if wave.state in (WaveState.FINISHED, WaveState.CANCELLED):
        raise RuleViolation(_("This wave is over."))
    if wave.state is WaveState.PLANNING:
        raise RuleViolation(_("This wave is being planned; wait a moment."))
    if not note.strip():
        raise InvalidInput({"note": [_("Say in a few words why this person should not be asked.")]})
    if db.session.get(AccountContact, (account_id, contact_id)) is None:
        raise NotFound
    if db.session.get(WaveExclusion, (wave_id, account_id, contact_id)) is not None:
        raise RuleViolation(_("This person was taken off this wave before."))
    program = db.session.get_one(SurveyProgram, wave.survey_id)
    row = {
        "wave_id": wave_id,
        "account_id": account_id,
        "contact_id": contact_id,
        "reason": reason,
        "note": note.strip(),
        "prior_score": history.prior_scores([contact_id], program.kind).get((account_id, contact_id)),
        "had_open_issue": bool(db.session.scalar(sa.select(was_open(account_id, clock.now())))),
        "eligible": would_ask(wave, program, account_id, contact_id),
        "created_by": actor,
        "created_at": clock.now(),
    }
    db.session.execute(sa.insert(WaveExclusion).values(**row))
    waiting = (Invitation.wave_id == wave_id, Invitation.account_id == account_id, Invitation.contact_id == contact_id)
    skip = sa.update(Invitation).where(*waiting, Invitation.state == InvitationState.PLANNED)
    db.session.execute(skip.values(state=InvitationState.SKIPPED, skip_reason=SkipReason.TAKEN_OFF, token_digest=None))
    db.session.execute(sa.update(Invitation).where(*waiting).values(next_reminder_at=None))
    audit.record(actor, "wave.person_taken_off", "wave", wave_id, contact_id=contact_id, reason=reason.value)


_MOVES = {
    WaveState.PAUSED: (WaveState.RUNNING,),
    WaveState.RUNNING: (WaveState.PAUSED,),
    WaveState.CANCELLED: (WaveState.DRAFT, WaveState.PLANNING, WaveState.RUNNING, WaveState.PAUSED),
}


def move_wave(wave_id: int, to: WaveState, *, actor: str) -> None:
    """Pause, resume or cancel. A cancelled wave sends nothing any more; links that people have stay answerable.

    Raises:
        NotFound: there is no such wave.
        RuleViolation: it cannot go there from where it stands.
    """
    wave = locked_wave(wave_id)
    if wave.state not in _MOVES.get(to, ()):
        raise RuleViolation(_("This wave cannot be changed like that in its present state."))
    if to is WaveState.RUNNING:
        spread_again(wave)
    wave.state = to
    wave.ended_at = clock.now() if to is WaveState.CANCELLED else None
    db.session.flush()
    if to is WaveState.CANCELLED:
        waiting = sa.update(Invitation).where(Invitation.wave_id == wave_id, Invitation.state == InvitationState.PLANNED)
        db.session.execute(waiting.values(state=InvitationState.STOPPED, token_digest=None))
        reminders = sa.update(Invitation).where(Invitation.wave_id == wave_id, Invitation.next_reminder_at.is_not(None))
        db.session.execute(reminders.values(next_reminder_at=None))
    audit.record(actor, f"wave.{to.value}", "wave", wave_id)


def expire_invitations() -> int:
    """Mark invitations whose time is over without an answer; answers how many.

    One whose mail never left was not asked: that has failed, and counts in no quarantine and no rate.
    """
    ended = 0
    for states, to in (
        ((InvitationState.SENT, InvitationState.REMINDED), InvitationState.EXPIRED),
        ((InvitationState.QUEUED,), InvitationState.FAILED),
    ):
        over = sa.update(Invitation).where(Invitation.state.in_(states), Invitation.expires_at <= clock.now())
        ended += len(db.session.execute(over.values(state=to, next_reminder_at=None).returning(Invitation.id)).all())
    return ended


def finish_waves() -> int:
    """End running waves that have nobody left to ask or to wait for; answers how many."""
    open_ones = sa.exists().where(
        Invitation.wave_id == Wave.id,
        Invitation.state.in_((InvitationState.PLANNED, InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)),
    )
    statement = sa.update(Wave).where(Wave.state == WaveState.RUNNING, ~open_ones)
    ended = db.session.execute(statement.values(state=WaveState.FINISHED, ended_at=clock.now()).returning(Wave.id)).all()
    for (wave_id,) in ended:
        audit.record("system", "wave.finished", "wave", wave_id)
    return len(ended)
