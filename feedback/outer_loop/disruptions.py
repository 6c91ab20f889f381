"""Disruptions: declared with whom they affect, ended, followed up. Call inside `transaction()`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.issues.rules.words import Words, parted
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.kernel.events import publish
from feedback.outer_loop import news
from feedback.outer_loop.events import DisruptionChanged
from feedback.outer_loop.follow_ups import check_team, close_batches, follow_up_disruption
from feedback.outer_loop.models import Disruption, DisruptionAccount, FollowUpBatch
from feedback.outer_loop.queries.reaching import count_reached, reached_accounts
from feedback.outer_loop.rules.scope import Reach
from feedback.web.languages import LANGUAGES

WORDS = ("title", "message", "outcome")  # what it is called, what is said while it goes on, what once it is over


@dataclass(frozen=True)
class DisruptionDraft:
    """What is declared; without `starts_at` it begins now, without `ends_at` nobody knows the end yet.

    Its words are one text for everybody, or one in each language.
    """

    title: Words
    reach: Reach
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    message: Words | None = None
    outcome: Words | None = None
    holds_sales: bool = True
    team_id: int | None = None


def affected_now(reach: Reach) -> list[int]:
    """The accounts that a disruption of this reach would affect.

    Raises:
        InvalidInput: it names nobody, or nobody is like that.
    """
    count_affected(reach)
    return reached_accounts(reach)


def count_affected(reach: Reach) -> int:
    """How many accounts that are.

    Raises:
        InvalidInput: it names nobody, or nobody is like that.
    """
    if reach.is_everybody:
        raise InvalidInput({"reach": [_("Say whom it affects: a region, a segment, a product or a list of accounts.")]})
    found = count_reached(reach)
    if not found:
        raise InvalidInput({"reach": [_("No active account is like that.")]})
    return found


def declare_disruption(draft: DisruptionDraft, *, viewer: Viewer) -> Disruption:
    """Write it down. From its start the gate holds selling to the affected accounts, if it holds sales.

    Raises:
        InvalidInput: it has no title, affects nobody, or ends before it starts.
    """
    now = clock.now()
    starts_at = draft.starts_at or now
    words = _words({"title": draft.title, "message": draft.message, "outcome": draft.outcome})
    _check(words["title"], starts_at, draft.ends_at)
    check_team(draft.team_id)
    accounts = affected_now(draft.reach)
    found = Disruption(
        **words, reach=draft.reach.document, starts_at=starts_at, ends_at=draft.ends_at,
        holds_sales=draft.holds_sales, team_id=draft.team_id, created_by=viewer.actor, created_at=now,
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    _affect(found.id, accounts)
    audit.record(viewer.actor, "disruption.declared", "disruption", found.id, accounts=len(accounts), title=found.title)
    _changed(found, accounts)
    return found


def change_disruption(disruption_id: int, changes: Mapping[str, Any], *, viewer: Viewer) -> Disruption:
    """Its words, its end, and whom it affects. With an end that lies ahead, one that was over goes on.

    Raises:
        NotFound: there is none.
        RuleViolation: it was withdrawn.
        InvalidInput: as for a new one.
    """
    found = _lock(disruption_id)
    words, ends_at = _words(changes), changes.get("ends_at", found.ends_at)
    _check(words.get("title", found.title), found.starts_at, ends_at)
    check_team(changes.get("team_id"))
    before = _accounts(found.id)
    was = {name: getattr(found, name) for name, value in words.items() if getattr(found, name) != value}
    plain = {name: changes[name] for name in ("ends_at", "holds_sales", "team_id") if name in changes}
    for name, value in (words | plain).items():
        setattr(found, name, value)
    if "reach" in changes:
        found.reach = changes["reach"].document
        _rewrite(found.id, before, affected_now(changes["reach"]))
    if found.over_at is not None and (ends_at is None or ends_at > clock.now()):
        _go_on(found)
    db.session.flush()
    audit.record(viewer.actor, "disruption.changed", "disruption", found.id, fields=sorted(changes), **_reworded(found, was))
    _changed(found, {*before, *_accounts(found.id)})
    return found


def _reworded(found: Disruption, was: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps of words that were replaced: both, whole."""
    return audit.change(was, {name: getattr(found, name) for name in was}) if was else {}


def end_disruption(disruption_id: int, *, viewer: Viewer, outcome: Words | None = None) -> Disruption:
    """It is over: the affected customers are listed to be told, and stay held until each was.

    `outcome`: what the letter tells them now; what was said while it went on is not said again.

    Raises:
        NotFound: there is none.
        RuleViolation: it has not begun, is over already, or was withdrawn.
    """
    found, now = _lock(disruption_id), clock.now()
    if found.starts_at >= now:
        raise RuleViolation(_("It has not begun yet: withdraw it instead."))
    if found.ends_at is not None and found.ends_at <= now:
        raise RuleViolation(_("It is over already."))
    found.ends_at = now
    if outcome is not None:
        for name, value in _words({"outcome": outcome}).items():
            setattr(found, name, value)
    db.session.flush()
    audit.record(viewer.actor, "disruption.ended", "disruption", found.id)
    _changed(found, _accounts(found.id))
    return found


def withdraw_disruption(disruption_id: int, *, note: str | None, viewer: Viewer) -> Disruption:
    """It was entered by mistake: it holds nobody, and nobody is told.

    Raises:
        NotFound: there is none.
        RuleViolation: it was withdrawn already.
        InvalidInput: nobody says why.
    """
    found = _lock(disruption_id)
    if not (note or "").strip():
        raise InvalidInput({"note": [_("Say in a few words why.")]})
    found.withdrawn_at = clock.now()
    db.session.flush()
    close_batches(FollowUpBatch.disruption_id == found.id)
    audit.record(viewer.actor, "disruption.withdrawn", "disruption", found.id, note=note)
    publish(DisruptionChanged(tuple(_accounts(found.id)), found.id))
    return found


def due_disruptions() -> Sequence[int]:
    """Those that began or ended by their times, and nobody has been told."""
    now, row = clock.now(), Disruption
    begun = sa.and_(row.begun_at.is_(None), row.starts_at <= now)
    over = sa.and_(row.over_at.is_(None), row.ends_at <= now)
    query = sa.select(row.id).where(row.withdrawn_at.is_(None), sa.or_(begun, over))
    return db.session.scalars(query.order_by(row.id)).all()


def advance_disruption(disruption_id: int) -> bool:
    """Do what its times ask for; answers whether there was anything to do."""
    found = _lock(disruption_id)
    return _advance(found)


def _advance(found: Disruption) -> bool:
    now, moved = clock.now(), False
    if found.begun_at is None and found.starts_at <= now:
        found.begun_at, moved = now, True
        _tell_managers(found)
    if found.over_at is None and found.ends_at is not None and found.ends_at <= now:
        found.over_at, moved = now, True
        db.session.flush()
        follow_up_disruption(found)
    db.session.flush()
    return moved


def _changed(found: Disruption, accounts: Collection[int]) -> None:
    publish(DisruptionChanged(tuple(sorted(accounts)), found.id))
    _advance(found)


def _go_on(found: Disruption) -> None:
    found.over_at = None
    close_batches(FollowUpBatch.disruption_id == found.id)
    affected = sa.update(DisruptionAccount).where(DisruptionAccount.disruption_id == found.id)
    db.session.execute(affected.values(followed_up_at=None))


def _lock(disruption_id: int) -> Disruption:
    query = sa.select(Disruption).where(Disruption.id == disruption_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    if found.withdrawn_at is not None:
        raise RuleViolation(_("It was withdrawn."))
    return found


def _words(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of title, message and outcome, as columns."""
    found: dict[str, Any] = {}
    for name in WORDS:
        if name in said:
            found[name], found[f"{name}s"] = parted(said[name])
    unknown = sorted({code for name in WORDS for code in found.get(f"{name}s", ())} - set(LANGUAGES))
    if unknown:
        raise InvalidInput({"title": [_("There are no letters in %(language)s.", language=", ".join(unknown))]})
    return found


def _check(title: str | None, starts_at: datetime, ends_at: datetime | None) -> None:
    errors: dict[str, list[str]] = {}
    if not (title or "").strip():
        errors["title"] = [_("Say what has happened.")]
    if ends_at is not None and ends_at <= starts_at:
        errors["ends_at"] = [_("It cannot end before it starts.")]
    if errors:
        raise InvalidInput(errors)


def _accounts(disruption_id: int) -> list[int]:
    query = sa.select(DisruptionAccount.account_id).where(DisruptionAccount.disruption_id == disruption_id)
    return list(db.session.scalars(query.order_by(DisruptionAccount.account_id)))


def _affect(disruption_id: int, accounts: Sequence[int]) -> None:
    rows = [{"disruption_id": disruption_id, "account_id": account_id} for account_id in accounts]
    if rows:
        db.session.execute(sa.insert(DisruptionAccount), rows)


def _rewrite(disruption_id: int, before: Sequence[int], after: Sequence[int]) -> None:
    gone = sorted(set(before) - set(after))
    if gone:
        rows = sa.delete(DisruptionAccount).where(
            DisruptionAccount.disruption_id == disruption_id, among(DisruptionAccount.account_id, gone)
        )
        db.session.execute(rows)
    _affect(disruption_id, sorted(set(after) - set(before)))


def _tell_managers(found: Disruption) -> None:
    """Each account manager hears how many of their customers are affected."""
    count = sa.func.count()
    query = (
        sa.select(Account.owner_id, count)
        .join(DisruptionAccount, DisruptionAccount.account_id == Account.id)
        .where(DisruptionAccount.disruption_id == found.id, Account.owner_id.is_not(None))
        .group_by(Account.owner_id)
    )
    for owner_id, accounts in db.session.execute(query).all():
        news.tell(
            [owner_id], f"disruption-begun:{found.id}", "disruption_begun", f"/app/disruptions/{found.id}",
            title=found.title, titles=found.titles, count=accounts,
        )  # fmt: skip
