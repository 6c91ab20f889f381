"""What the demo company does about causes: three initiatives, measured by the product, and two disruptions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.demo.scenario import FIXED_DAYS, TRIED_DAYS, OuterLoop, Scenario
from feedback.demo.staff import BELL
from feedback.extensions import db
from feedback.gate.rules import Play
from feedback.gate.standing import standings
from feedback.kernel import clock
from feedback.outbox.delivery import deliver_due
from feedback.outer_loop import follow_ups
from feedback.outer_loop.disruptions import DisruptionDraft, declare_disruption, end_disruption
from feedback.outer_loop.initiatives import InitiativeDraft, move_initiative, propose_initiative
from feedback.outer_loop.measuring import check_effect, due_checks
from feedback.outer_loop.models import FollowUpBatch, FollowUpItem
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import InitiativeState
from feedback.uow import transaction

_PATH = (InitiativeState.COMMITTED, InitiativeState.IN_PROGRESS, InitiativeState.DELIVERED)
_HIT = 5  # accounts of each disruption
# a disruption changes nothing at these: the demo's other figures stay as they are told elsewhere
_HELD_ANYWAY = {Play.RECOVER_NOW, Play.FIX_BASICS, Play.FIX_FIRST}
_SAID = {"en": "Explained what has changed", "es": "Le expliqué qué ha cambiado", "ru": "Рассказали, что изменилось"}


def play_outer_loop(scenario: Scenario, end: datetime) -> None:
    """Everything, each at its time."""
    outer = scenario.outer
    if outer is None:
        return
    viewer, owners = _viewer(Role.EXPERIENCE_MANAGER), _frontline(scenario)
    _initiative(outer, "fixed", end - timedelta(days=FIXED_DAYS), viewer, owners[0], news=outer.news)
    _initiative(outer, "tried", end - timedelta(days=TRIED_DAYS), viewer, owners[1])
    _look(end)
    with clock.frozen(end - timedelta(days=20)), transaction():
        made = propose_initiative(_draft(outer, "running", owners[2]), viewer=viewer)
        for state in _PATH[:2]:
            move_initiative(made.id, state, note=None, viewer=viewer)
    _disruptions(scenario, outer, end, viewer)
    with clock.frozen(end):
        deliver_due(BELL, lease=timedelta(minutes=5))


def _viewer(role: Role) -> Viewer:
    return get_viewer(db.session.scalars(sa.select(User.id).where(User.role == role).order_by(User.id)).all()[-1])


def _frontline(scenario: Scenario) -> list[Viewer]:
    emails = [person.email for person in scenario.people if person.role == Role.FRONTLINE]
    ids = db.session.scalars(sa.select(User.id).where(User.email.in_(emails)).order_by(User.id)).all()
    return [get_viewer(ids[place % len(ids)]) for place in range(3)]


def _draft(outer: OuterLoop, which: str, owner: Viewer) -> InitiativeDraft:
    code = {"fixed": outer.fixed, "tried": outer.tried, "running": outer.running}[which]
    cost = {"fixed": 48_000.0, "tried": 15_000.0, "running": 120_000.0}[which]
    due = clock.now().date() + timedelta(days=60)
    return InitiativeDraft(
        outer.titles[which], defects=[code], owner_id=owner.user_id, team_id=owner.team_id, cost=cost, due_on=due
    )


def _initiative(
    outer: OuterLoop, which: str, at: datetime, viewer: Viewer, owner: Viewer, news: dict[str, str] | None = None
) -> None:
    """Delivered at a moment; its customers are told in the weeks behind it."""
    with clock.frozen(at - timedelta(days=40)), transaction():
        draft = _draft(outer, which, owner)
        made = propose_initiative(draft, viewer=viewer).id
    with clock.frozen(at), transaction():
        for state in _PATH:
            found = move_initiative(made, state, note=None, viewer=viewer)
        found.news = dict(news or {})
    batch = FollowUpBatch.initiative_id == made
    with clock.frozen(at + timedelta(days=8)), transaction():
        _call(_items(batch), owner, viewer)


def _items(which: sa.ColumnElement[bool]) -> Sequence[int]:
    query = sa.select(FollowUpItem.id).join(FollowUpBatch, FollowUpBatch.id == FollowUpItem.batch_id).where(which)
    return db.session.scalars(query.order_by(FollowUpItem.urgency.desc(), FollowUpItem.id)).all()


def _call(items: Sequence[int], caller: Viewer, viewer: Viewer) -> None:
    for item in items:
        found = follow_ups.note_call(item, said=_SAID[caller.locale], viewer=viewer)
        found.worked_by_id = caller.user_id


def _look(end: datetime) -> None:
    """Take every look whose day came before the end, on that day."""
    for days in sorted({FIXED_DAYS, TRIED_DAYS}, reverse=True):
        for after in (60, 120):
            with clock.frozen(end - timedelta(days=days - after)):
                for check_id in due_checks():
                    check_effect(check_id)


def _disruptions(scenario: Scenario, outer: OuterLoop, end: datetime, viewer: Viewer) -> None:
    prefix = f"{scenario.code[:3].upper()}-%"
    accounts = db.session.scalars(sa.select(Account.id).where(Account.external_id.like(prefix)).order_by(Account.id)).all()
    with clock.frozen(end):
        plays = standings(accounts, end)
    held = [account_id for account_id in accounts if plays[account_id].play in _HELD_ANYWAY]
    with clock.frozen(end - timedelta(days=6)), transaction():
        over = declare_disruption(_event(outer, "over", held[-_HIT:]), viewer=viewer).id
    with clock.frozen(end - timedelta(days=5)), transaction():
        end_disruption(over, outcome=outer.messages["over"], viewer=viewer)
    with clock.frozen(end - timedelta(days=4)), transaction():  # the others are still to be told, in time
        _call(_items(FollowUpBatch.disruption_id == over)[:2], viewer, viewer)
    with clock.frozen(end - timedelta(hours=20)), transaction():
        declare_disruption(_event(outer, "going_on", held[:_HIT]), viewer=viewer)


def _event(outer: OuterLoop, which: str, accounts: Sequence[int]) -> DisruptionDraft:
    message = outer.messages[which] if which == "going_on" else None
    return DisruptionDraft(outer.events[which], Reach(account_ids=tuple(accounts)), message=message)
