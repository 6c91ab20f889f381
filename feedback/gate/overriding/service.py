"""Asking for an exception from a hold, granting it, and ending it. Call inside `transaction()`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.queries import lead_of
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import access_account, account_scope
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.gate.decisions import get_decision, state_of
from feedback.gate.override_wording import never_words
from feedback.gate.overriding.checking import never_of_decision, never_today
from feedback.gate.overriding.events import OverrideChanged
from feedback.gate.overriding.live import is_any_live
from feedback.gate.overriding.models import GateOverride
from feedback.gate.overriding.rules import MOST_DAYS, WAITS, OverrideReason, OverrideState
from feedback.gate.rules import Outcome
from feedback.issues import news
from feedback.kernel import clock, events
from feedback.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, RuleViolation
from feedback.permission.rules import Purpose

ASK, APPROVE, READ = "override.request", "override.approve", "override.read"


@dataclass(frozen=True)
class Wish:
    """What somebody asks for."""

    decision_id: int
    reason: OverrideReason
    note: str
    days: int = MOST_DAYS


def request_override(wish: Wish, viewer: Viewer) -> GateOverride:
    """Ask for an exception from the hold of a live decision. Nothing is allowed before somebody else grants it, who is told.

    Raises:
        NotFound: the decision is missing or about somebody else's account.
        RuleViolation: it is no hold, or one that knows no exception; the message says why.
        Conflict: the decision has ended, or somebody asked already.
        InvalidInput: no words, or too many days.
    """
    row = get_decision(wish.decision_id, viewer)
    account = access_account(row["account_id"], viewer=viewer, permission=ASK)
    person = _person(viewer)
    _check(wish)
    _check_held(row)
    _check_alone(account.id, row["contact_id"], row["purpose"])
    made = GateOverride(
        account_id=account.id,
        contact_id=row["contact_id"],
        decision_id=row["id"],
        purpose=Purpose(row["purpose"]),
        outcome=Outcome(row["outcome"]),
        state=OverrideState.REQUESTED,
        reason=wish.reason,
        note=wish.note.strip(),
        days=wish.days,
        requested_by_id=person,
        requested_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    _record(made, "requested", viewer)
    _tell(made, account, _deciders(account, person), "override_requested", made.note, viewer)
    return made


def _check(wish: Wish) -> None:
    errors: dict[str, list[str]] = {}
    if not wish.note.strip():
        errors["note"] = [_("Say why, so that somebody can decide.")]
    if not 1 <= wish.days <= MOST_DAYS:
        errors["days"] = [_("An exception holds for 1 to %(most)s days.", most=MOST_DAYS)]
    if errors:
        raise InvalidInput(errors)


def _check_held(row: Any) -> None:
    why = never_of_decision(row)
    if why is not None:
        raise RuleViolation(never_words(why))
    if state_of(row, clock.now()) != "live":
        raise Conflict(_("This decision does not count any more: ask the gate again."))


def _check_alone(account_id: int, contact_id: int, purpose: str) -> None:
    now, row = clock.now(), GateOverride
    waits = sa.and_(row.state == OverrideState.REQUESTED, row.requested_at > now - WAITS)
    counts = sa.and_(row.state == OverrideState.APPROVED, row.expires_at > now)
    same = (row.account_id == account_id, row.contact_id == contact_id, row.purpose == purpose)
    if db.session.scalar(sa.select(row.id).where(*same, sa.or_(waits, counts)).limit(1)) is not None:
        raise Conflict(_("Somebody has asked for this exception already; see the list of exceptions."))


def decide_override(override_id: int, *, approve: bool, words: str, viewer: Viewer) -> GateOverride:
    """Grant or refuse what somebody else asked for. A yes counts for the very next decision.

    Raises:
        NotFound: it is missing or about somebody else's account.
        Forbidden: the viewer asked for it.
        Conflict: it was decided, waited too long, or what it was asked for has changed.
        InvalidInput: a no without a reason.
    """
    made, account = _locked(override_id, viewer, APPROVE)
    person, now, said = _person(viewer), clock.now(), words.strip()
    if person == made.requested_by_id:
        raise Forbidden(_("Nobody grants what they asked for themselves."))
    _check_waiting(made, now)
    if not approve and not said:
        raise InvalidInput({"note": [_("Say why not.")]})
    if approve:
        _check_still_held(made)
        made.expires_at = now + timedelta(days=made.days)
    made.state = OverrideState.APPROVED if approve else OverrideState.REFUSED
    made.decided_by_id, made.decided_at, made.decision = person, now, said or None
    db.session.flush()
    _record(made, made.state.value, viewer)
    kind = "override_approved" if approve else "override_refused"
    _tell(made, account, [made.requested_by_id], kind, said, viewer)
    if approve:
        events.publish(OverrideChanged(made.id, made.account_id))
    return made


def _check_waiting(made: GateOverride, now: datetime) -> None:
    if made.state is not OverrideState.REQUESTED:
        raise Conflict(_("This was decided already, by somebody else or in another window."))
    if made.requested_at <= now - WAITS:
        raise Conflict(_("This was asked for more than a week ago: who wants it asks again."))


def _check_still_held(made: GateOverride) -> None:
    if made.contact_id is None:
        raise Conflict(_("The contact does not exist any more."))
    why = never_today(made.account_id, made.contact_id, made.purpose)
    if why is not None:
        raise Conflict(_("Things have changed since it was asked for. %(why)s", why=never_words(why)))


def withdraw_override(override_id: int, *, viewer: Viewer) -> GateOverride:
    """Take back what one asked for; what was granted already ends.

    Raises:
        NotFound: it is missing or about somebody else's account.
        RuleViolation: somebody else asked for it.
        Conflict: it has ended already.
    """
    made, _account = _locked(override_id, viewer, ASK)
    if viewer.user_id != made.requested_by_id:
        raise RuleViolation(_("Only who asked for it takes it back."))
    if made.state is OverrideState.REQUESTED:
        made.state, made.ended_at, made.ended_because = OverrideState.WITHDRAWN, clock.now(), viewer.actor
        db.session.flush()
        _record(made, "withdrawn", viewer)
        return made
    return _end_counting(made, viewer)


def end_override(override_id: int, *, viewer: Viewer) -> GateOverride:
    """End what was granted before its time.

    Raises:
        NotFound: it is missing or about somebody else's account.
        Conflict: it does not count, or not any more.
    """
    made, _account = _locked(override_id, viewer, APPROVE)
    return _end_counting(made, viewer)


def _end_counting(made: GateOverride, viewer: Viewer) -> GateOverride:
    if made.state is not OverrideState.APPROVED or made.expires_at is None or made.expires_at <= clock.now():
        raise Conflict(_("This exception has ended already, or was never granted."))
    _end(made, viewer.actor, viewer.actor)
    return made


def end_broken(account_ids: Collection[int]) -> int:
    """End the exceptions of these accounts that may not be any more: a new detractor, a serious problem. Answers how many.

    They do not come back when things get better: who still wants one asks again.
    """
    ended = 0
    for made in _granted(account_ids):
        why = never_today(made.account_id, made.contact_id, made.purpose)
        if why is not None:
            _end(made, why.value, "system")
            ended += 1
    return ended


def end_of_contacts(contact_ids: Collection[int]) -> int:
    """End the exceptions about contacts who withdrew what they had allowed. Answers how many."""
    accounts = sa.select(GateOverride.account_id).where(GateOverride.contact_id.in_(contact_ids), *_counting())
    return end_broken(list(db.session.scalars(accounts)))


def _counting() -> tuple[sa.ColumnElement[bool], ...]:
    return GateOverride.state == OverrideState.APPROVED, GateOverride.expires_at > clock.now()


def _granted(account_ids: Collection[int]) -> Sequence[GateOverride]:
    if not is_any_live(db.session.connection(), clock.now()):
        return ()
    query = sa.select(GateOverride).where(*_counting()).order_by(GateOverride.id).with_for_update()
    wanted = set(account_ids)
    return [made for made in db.session.scalars(query) if made.account_id in wanted]


def _end(made: GateOverride, because: str, actor: str) -> None:
    made.state, made.ended_at, made.ended_because = OverrideState.ENDED, clock.now(), because
    db.session.flush()
    audit.record(actor, "override.ended", "gate_override", made.id, because=because)
    events.publish(OverrideChanged(made.id, made.account_id))


def _locked(override_id: int, viewer: Viewer, permission: str) -> tuple[GateOverride, Account]:
    query = sa.select(GateOverride, Account).join(Account, Account.id == GateOverride.account_id)
    query = query.where(GateOverride.id == override_id, account_scope(viewer, permission)).with_for_update(of=GateOverride)
    found = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _person(viewer: Viewer) -> int:
    if viewer.user_id is None:
        raise Forbidden(_("An exception is asked for and granted by people, who answer for it."))
    return viewer.user_id


def _record(made: GateOverride, what: str, viewer: Viewer) -> None:
    data = {"account_id": made.account_id, "decision_id": made.decision_id, "days": made.days, "reason": made.reason.value}
    audit.record(viewer.actor, f"override.{what}", "gate_override", made.id, **data)


def _deciders(account: Account, asker: int) -> list[int]:
    """The lead of the account's team; where that is who asks, or nobody, the executives, else the administrators."""
    lead = lead_of(account.team_id)
    if lead is not None and lead != asker:
        return [lead]
    for role in (Role.EXECUTIVE, Role.ADMIN):
        query = sa.select(User.id).where(User.active, User.role == role, User.id != asker).order_by(User.id)
        found = list(db.session.scalars(query))
        if found:
            return found
    return []


def _tell(made: GateOverride, account: Account, people: Sequence[int], kind: str, words: str, viewer: Viewer) -> None:
    params: dict[str, Any] = {"account": account.name, "by": viewer.name, "note": words, "days": made.days}
    link = "/app/exceptions" if kind == "override_requested" else f"/app/accounts/{account.id}"
    news.send([news.notice(f"{kind}:{made.id}", one, kind, link, **params) for one in people])
