"""How people of the demo company want to be told: one daily, one weekly, one with quiet nights."""

from datetime import time

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.demo.scenario import Scenario
from feedback.extensions import db
from feedback.telling.rules.topics import Channel, Mode, Topic
from feedback.telling.wishes import Times, change_wishes, times_of
from feedback.uow import transaction

_QUIET = {"quiet_from": time(20), "quiet_until": time(7)}
_LESS_URGENT = (Topic.VOICES, Topic.OUTCOME, Topic.CUSTOMERS, Topic.IMPROVEMENTS)


def choose_wishes(scenario: Scenario) -> None:
    """The last account manager reads a digest each morning, executives one a week; the last of the frontline sleeps at night."""
    emails = [person.email for person in scenario.people]
    with transaction():
        people = db.session.execute(sa.select(User.id, User.role).where(User.email.in_(emails)).order_by(User.id)).all()
        by_role: dict[Role, list[int]] = {}
        for user_id, role in people:
            by_role.setdefault(role, []).append(user_id)
        _choose(by_role[Role.ACCOUNT_MANAGER][-1], Mode.DAILY)
        for user_id in by_role.get(Role.EXECUTIVE, ()):
            _choose(user_id, Mode.WEEKLY)
        night_owl = by_role[Role.FRONTLINE][-1]
        change_wishes(night_owl, Times(**vars(times_of(night_owl)) | _QUIET), {})


def _choose(user_id: int, mode: Mode) -> None:
    change_wishes(user_id, times_of(user_id), {(topic, Channel.MAIL): mode for topic in _LESS_URGENT})
