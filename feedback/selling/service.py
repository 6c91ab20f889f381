"""Receiving sales plays and what people do with them. Call inside `transaction()`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound, RuleViolation
from feedback.selling import queries
from feedback.selling.models import SalesPlay
from feedback.selling.rules import OPEN_STATES, VALID_FOR, Answer, PlayState, Trigger, may_answer
from feedback.selling.screening import MACHINE, note_step, screen_play
from feedback.selling.spend.monitor import Reading
from feedback.selling.telling import tell_of_change, tell_of_new

SUGGEST, WORK = "play.write", "play.work"


@dataclass(frozen=True)
class Suggested:
    """One suggestion as it is told to us."""

    source: str
    external_id: str
    trigger: Trigger
    payload: dict[str, Any] = field(default_factory=dict)


def receive_play(told: Suggested, account_external_id: str, viewer: Viewer) -> tuple[SalesPlay, bool]:
    """Keep a suggestion and screen it at once; answers it, and whether it is new.

    Raises:
        NotFound: the account is missing or somebody else's.
        Conflict: the same system gave this id to another suggestion.
    """
    query = sa.select(Account.id).where(Account.external_id == account_external_id, account_scope(viewer, SUGGEST))
    account_id = db.session.scalar(query)
    if account_id is None:
        raise NotFound
    known = find_told(told)
    if known is not None:
        if (known.account_id, known.trigger, known.payload) != (account_id, told.trigger, told.payload):
            raise Conflict(_("%(source)s told us another sales play under this id.", source=told.source))
        return known, False
    return keep_play(told, account_id, actor=viewer.actor), True


def find_told(told: Suggested) -> SalesPlay | None:
    """The play that the same system told us before under the same id."""
    same = (SalesPlay.source == told.source, SalesPlay.external_id == told.external_id)
    found: SalesPlay | None = db.session.scalar(sa.select(SalesPlay).where(*same))
    return found


def keep_play(told: Suggested, account_id: int, *, actor: str, reading: Reading | None = None) -> SalesPlay:
    """Store and screen a new one."""
    now = clock.now()
    play = SalesPlay(
        source=told.source,
        external_id=told.external_id,
        account_id=account_id,
        trigger=told.trigger,
        payload=told.payload,
        state=PlayState.HELD,
        reasons=[],
        received_at=now,
        screened_at=now,
        screen_due_at=now,
        expires_at=now + VALID_FOR,
    )
    db.session.add(play)
    db.session.flush()
    screen_play(play, actor=actor, reading=reading)
    tell_of_new(play, actor=actor, monitored=reading is not None)
    return play


def answer_play(play_id: int, answer: Answer, viewer: Viewer, *, note: str | None = None) -> SalesPlay:
    """Say why spend fell, as far as the account manager knows; the play is screened again with it.

    Raises:
        NotFound: missing or somebody else's.
        RuleViolation: the play is over, or not about spend.
    """
    play = queries.access_play(play_id, viewer, WORK)
    if not may_answer(play.state, play.trigger):
        raise RuleViolation(_("This sales play asks nothing any more."))
    play.answer, play.answer_note = answer, (note or "").strip() or None
    play.answered_by_id, play.answered_at = viewer.user_id, clock.now()
    db.session.flush()
    audit.record(viewer.actor, "sales_play.answered", "sales_play", play.id, answer=answer.value)
    note_step(play, "answered", viewer.actor, play.answer_note)
    screen_play(play, actor=viewer.actor, again=True)
    return play


def take_play(play_id: int, viewer: Viewer) -> SalesPlay:
    """Somebody goes for it. It is screened once more first: what was all right yesterday may not be now.

    Raises:
        NotFound: missing or somebody else's.
        RuleViolation: it is not accepted, or not any more.
    """
    play = queries.access_play(play_id, viewer, WORK)
    if play.state is PlayState.ACCEPTED:
        screen_play(play, again=True)
    if play.state is not PlayState.ACCEPTED:
        raise RuleViolation(_("Only an accepted sales play can be taken; this one is not accepted, or not any more."))
    play.taken_by_id = viewer.user_id
    _end(play, PlayState.TAKEN, "taken", viewer.actor)
    return play


def dismiss_play(play_id: int, reason: str, viewer: Viewer) -> SalesPlay:
    """Nothing will come of it, for the reason given.

    Raises:
        NotFound: missing or somebody else's.
        InvalidInput: no reason.
        RuleViolation: it is over already.
    """
    play = queries.access_play(play_id, viewer, WORK)
    if not reason.strip():
        raise InvalidInput({"reason": [_("Say why nothing comes of it.")]})
    if play.state not in OPEN_STATES:
        raise RuleViolation(_("This sales play is over."))
    _end(play, PlayState.DISMISSED, "dismissed", viewer.actor, reason.strip())
    return play


def due_plays(limit: int = 500) -> list[int]:
    """Open plays to be screened again, or over, the oldest first."""
    now = clock.now()
    due = sa.or_(SalesPlay.screen_due_at <= now, SalesPlay.expires_at <= now)
    query = sa.select(SalesPlay.id).where(SalesPlay.state.in_(OPEN_STATES), due)
    return list(db.session.scalars(query.order_by(SalesPlay.screen_due_at, SalesPlay.id).limit(limit)))


def look_again(play_id: int) -> bool:
    """Screen an open play again, or end it when its time is over; answers whether it stands otherwise now."""
    play = db.session.get(SalesPlay, play_id, with_for_update=True)
    if play is None or play.state not in OPEN_STATES:
        return False
    before = play.state, list(play.reasons)
    if play.expires_at <= clock.now():
        _end(play, PlayState.EXPIRED, "expired", MACHINE)
    else:
        screen_play(play, again=True)
        tell_of_change(play, before[0])
    return before != (play.state, list(play.reasons))


def _end(play: SalesPlay, state: PlayState, kind: str, actor: str, note: str | None = None) -> None:
    now: datetime = clock.now()
    play.state, play.ended_at = state, now
    db.session.flush()
    audit.record(actor, f"sales_play.{kind}", "sales_play", play.id)
    note_step(play, kind, actor, note)
