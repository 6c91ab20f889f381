"""Follow-ups: made when something was delivered or is over, worked through by calls and mails. Call inside `transaction()`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.models import Team, User
from feedback.access.rules import Viewer
from feedback.accounts.models import Interaction
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.letters import checked
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.events import publish
from feedback.outbox.service import enqueue_many
from feedback.outer_loop import due_days, news
from feedback.outer_loop import letters as letter_drafts
from feedback.outer_loop.affected import Affected, affected_by_defects, affected_by_disruption, items_of
from feedback.outer_loop.events import DisruptionChanged
from feedback.outer_loop.models import (
    Disruption,
    DisruptionAccount,
    FollowUpBatch,
    FollowUpItem,
    Initiative,
    InitiativeDefect,
)
from feedback.outer_loop.queries.batches import lock_batch, lock_item
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import DONE_ITEMS, RELEASING, ItemState, SkipReason, StopReason

KIND = "send_follow_up"
LOOK_BACK = timedelta(days=365)
_WAITING = (ItemState.OPEN, ItemState.QUEUED)


def follow_up_initiative(initiative: Initiative, *, since: datetime | None = None) -> int | None:
    """Make the list of those who are to be told; None where nobody is. An earlier list that is not finished is closed."""
    now = clock.now()
    since = since or now - LOOK_BACK
    defects = list(db.session.scalars(_defects(initiative.id)))
    found = affected_by_defects(initiative.id, defects, Reach.from_document(initiative.reach), since)
    close_batches(FollowUpBatch.initiative_id == initiative.id)
    team_id = initiative.team_id or _team_of(initiative.owner_id) or _busiest_team(defects)
    cause = {"initiative_id": initiative.id, "team_id": team_id, "since": since}
    batch_id = _make(found, cause, disruption=False)
    if batch_id is not None:
        _tell(batch_id, team_id, initiative.title, len(found), extra=[initiative.owner_id])
    return batch_id


def _defects(initiative_id: int) -> sa.Select[int]:
    return sa.select(InitiativeDefect.defect_id).where(InitiativeDefect.initiative_id == initiative_id)


def follow_up_disruption(disruption: Disruption) -> int | None:
    """The same for a disruption that is over: one person of each affected account that has not been told."""
    waiting = sa.select(DisruptionAccount.account_id).where(
        DisruptionAccount.disruption_id == disruption.id, DisruptionAccount.followed_up_at.is_(None)
    )
    accounts = list(db.session.scalars(waiting.order_by(DisruptionAccount.account_id)))
    found = affected_by_disruption(accounts)
    cause = {"disruption_id": disruption.id, "team_id": disruption.team_id, "since": disruption.starts_at}
    batch_id = _make(found, cause, disruption=True)
    if batch_id is not None:
        _tell(batch_id, disruption.team_id, disruption.title, len(found), titles=disruption.titles)
    return batch_id


def _make(found: Sequence[Affected], cause: Mapping[str, Any], *, disruption: bool) -> int | None:
    if not found:
        return None
    letters, due_on = letter_drafts.drafts(disruption=disruption), due_days.first_day(cause["team_id"])
    batch = FollowUpBatch(**cause, letters=letters, due_on=due_on, created_at=clock.now())
    db.session.add(batch)
    db.session.flush()
    rows = [{**row, "batch_id": batch.id, "state": ItemState.OPEN, "mails": 0} for row in items_of(found)]
    db.session.execute(sa.insert(FollowUpItem), rows)
    return batch.id


def _team_of(user_id: int | None) -> int | None:
    return db.session.scalar(sa.select(User.team_id).where(User.id == user_id)) if user_id else None


def _busiest_team(defect_ids: Sequence[int]) -> int | None:
    """The team that had most issues with these defects."""
    query = sa.select(Issue.team_id).where(Issue.defect_id.in_(defect_ids), Issue.team_id.is_not(None))
    return db.session.scalar(query.group_by(Issue.team_id).order_by(sa.func.count().desc(), Issue.team_id).limit(1))


def _tell(batch_id: int, team_id: int | None, title: str, count: int, *, extra: Sequence[int | None] = (), **titles: Any) -> None:
    people, link = [*news.team_members(team_id), *extra], f"/app/follow-ups/{batch_id}"
    news.tell(people, f"follow-up:{batch_id}", "follow_up_ready", link, title=title, count=count, **titles)


def close_batches(which: sa.ColumnElement[bool]) -> None:
    """Nobody is told any more what is not so; mails that wait are stopped by their last look."""
    open_ones = sa.update(FollowUpBatch).where(which, FollowUpBatch.closed_at.is_(None))
    db.session.execute(open_ones.values(closed_at=clock.now()))


def change_batch(batch_id: int, changes: Mapping[str, Any], *, viewer: Viewer) -> FollowUpBatch:
    """Its letters, its team, its day, and whether it is closed.

    Raises:
        NotFound: it is not there or not the viewer's.
        InvalidInput: a letter cannot be sent as it is, there is no such team, or the day lacks a reason.
    """
    batch = lock_batch(batch_id, viewer=viewer)
    if "letters" in changes:
        batch.letters = checked(changes["letters"], letter_drafts.PLACES)
    if "team_id" in changes:
        check_team(changes["team_id"])
        batch.team_id = changes["team_id"]
    if "due_on" in changes:
        due_days.change_day(batch, changes["due_on"], reason=changes.get("reason"), viewer=viewer)
    if "closed" in changes:
        batch.closed_at = (batch.closed_at or clock.now()) if changes["closed"] else None
    db.session.flush()
    audit.record(viewer.actor, "follow_up.changed", "follow_up_batch", batch_id, fields=sorted(changes))
    return batch


def check_team(team_id: int | None) -> None:
    """Whether there is such a team.

    Raises:
        InvalidInput: there is none.
    """
    if team_id is not None and db.session.get(Team, team_id) is None:
        raise InvalidInput({"team_id": [_("There is no such team.")]})


def note_call(item_id: int, *, said: str, viewer: Viewer) -> FollowUpItem:
    """The customer was called: what was said is part of the customer's timeline.

    Raises:
        NotFound: it is not there or not the viewer's.
        RuleViolation: somebody was faster.
        InvalidInput: nothing was said.
    """
    item = _open_item(item_id, viewer)
    words = said.strip()
    if not words:
        raise InvalidInput({"note": [_("Say in a few words what was said.")]})
    now = clock.now()
    db.session.add(
        Interaction(
            account_id=item.account_id, contact_id=item.contact_id, user_id=viewer.user_id, channel="phone", direction="out",
            summary=words, occurred_at=now, created_at=now,
        )
    )  # fmt: skip
    return _finish(item, ItemState.CALLED, viewer, note=words)


def skip_item(item_id: int, *, reason: SkipReason, note: str | None, viewer: Viewer) -> FollowUpItem:
    """Nobody is called or written to, for a reason.

    Raises:
        NotFound: it is not there or not the viewer's.
        RuleViolation: somebody was faster.
        InvalidInput: another reason has to be said in words.
    """
    item = _open_item(item_id, viewer)
    words = (note or "").strip() or None
    if reason is SkipReason.OTHER and words is None:
        raise InvalidInput({"note": [_("Say in a few words why.")]})
    return _finish(item, ItemState.SKIPPED, viewer, note=words, skip_reason=reason)


def reopen_item(item_id: int, *, viewer: Viewer) -> FollowUpItem:
    """Take a call or a skip back; what was mailed stays mailed.

    Raises:
        NotFound: it is not there or not the viewer's.
        RuleViolation: there is nothing to take back.
    """
    item = lock_item(item_id, viewer=viewer)
    if item.state not in (ItemState.CALLED, ItemState.SKIPPED):
        raise RuleViolation(_("Only a call or a skip can be taken back."))
    item.state, item.skip_reason, item.worked_at, item.worked_by_id = ItemState.OPEN, None, None, None
    db.session.flush()
    release_account(item, None)
    reopen_batch(item.batch_id)
    return item


def ask_for_mails(item_ids: Sequence[int], *, viewer: Viewer) -> int:
    """Have the letter mailed to these customers; answers how many. All stops are looked at again just before each mail leaves.

    Raises:
        NotFound: one is not there or not the viewer's.
        RuleViolation: no mail server is set, or the follow-up is closed.
    """
    if not current_app.extensions["closedloop_settings"].smtp_url:
        raise RuleViolation(_("No mail server is set (CLOSEDLOOP_SMTP_URL)."))
    items = [lock_item(item_id, viewer=viewer) for item_id in item_ids]
    waiting = [item for item in items if item.state is ItemState.OPEN and item.contact_id is not None]
    for item in waiting:
        item.state, item.stopped_because, item.mails = ItemState.QUEUED, None, item.mails + 1
        item.worked_by_id = viewer.user_id
    db.session.flush()
    enqueue_many([(KIND, mail_key(item.id, item.mails), {"item_id": item.id, "mail": item.mails}) for item in waiting])
    return len(waiting)


def mail_key(item_id: int, mail: int) -> str:
    """The name of a mail in the outbox."""
    return f"follow-up-mail:{item_id}:{mail}"


def _open_item(item_id: int, viewer: Viewer) -> FollowUpItem:
    item = lock_item(item_id, viewer=viewer)
    if item.state not in _WAITING:
        raise RuleViolation(_("This customer was dealt with meanwhile, by somebody else or in another window."))
    return item


def _finish(item: FollowUpItem, state: ItemState, viewer: Viewer, **values: Any) -> FollowUpItem:
    for name, value in values.items():
        setattr(item, name, value)
    item.worked_by_id = viewer.user_id
    finish_item(item, state)
    return item


def finish_item(item: FollowUpItem, state: ItemState) -> None:
    """A customer is dealt with; with the last one the follow-up is closed."""
    item.state, item.worked_at = state, clock.now()
    db.session.flush()
    told = state is not ItemState.SKIPPED or item.skip_reason in RELEASING
    release_account(item, clock.now() if told else None)
    left = sa.select(FollowUpItem.id).where(FollowUpItem.batch_id == item.batch_id, FollowUpItem.state.not_in(DONE_ITEMS))
    if db.session.scalar(left.limit(1)) is None:
        close_batches(FollowUpBatch.id == item.batch_id)


def stop_mail(item: FollowUpItem, reason: StopReason) -> None:
    """A mail did not leave: the customer is open again, with why."""
    item.state, item.stopped_because = ItemState.OPEN, reason
    db.session.flush()


def reopen_batch(batch_id: int) -> None:
    """Somebody is to be told after all."""
    db.session.execute(sa.update(FollowUpBatch).where(FollowUpBatch.id == batch_id).values(closed_at=None))


def release_account(item: FollowUpItem, at: datetime | None) -> None:
    """Of a disruption that is over: the account is held no longer, or again."""
    disruption_id = db.session.scalar(sa.select(FollowUpBatch.disruption_id).where(FollowUpBatch.id == item.batch_id))
    if disruption_id is None:
        return
    affected = (DisruptionAccount.disruption_id == disruption_id, DisruptionAccount.account_id == item.account_id)
    db.session.execute(sa.update(DisruptionAccount).where(*affected).values(followed_up_at=at))
    publish(DisruptionChanged((item.account_id,), disruption_id))
