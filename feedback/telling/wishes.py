"""What a person wants to hear, how, and when not. Writing functions are called inside `transaction()`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects import postgresql, sqlite

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.outbox.models import Notification
from feedback.telling.hooks import Hook, active_hooks
from feedback.telling.models import NoticeChoice, NoticeDelivery, NoticeSettings
from feedback.telling.people import recipients
from feedback.telling.rules.plans import Wishes, plan
from feedback.telling.rules.topics import Channel, Mode, Topic, is_urgent, modes_of, topic_of

_NOT_FOR: Mapping[Topic, frozenset[Role]] = {
    Topic.SURVEYS: frozenset({Role.FRONTLINE, Role.ACCOUNT_MANAGER, Role.EXECUTIVE}),
    Topic.SYSTEM: frozenset({Role.FRONTLINE, Role.ACCOUNT_MANAGER, Role.EXECUTIVE, Role.PRIVACY_OFFICER}),
}


@dataclass(frozen=True)
class Sheet:
    """Everything that a person has chosen, and what they get where they chose nothing."""

    wishes: Wishes
    hook: Hook | None

    def mode(self, topic: Topic, channel: Channel) -> Mode:
        """What holds."""
        return self.wishes.mode(topic, channel, self.hook.topics if self.hook else frozenset())


def topics_for(role: Role | None) -> list[Topic]:
    """What somebody in this role can ever be told of."""
    return [topic for topic in Topic if role not in _NOT_FOR.get(topic, frozenset())]


def sheet_of(user_id: int) -> Sheet:
    """What holds for a person.

    Raises:
        NotFound: there is no such person.
    """
    person = recipients([user_id]).get(user_id)
    if person is None:
        raise NotFound
    return Sheet(person.wishes, active_hooks().of(person.team_id))


@dataclass(frozen=True)
class Times:
    """When somebody hears what was collected, and when nothing."""

    digest_hour: int
    digest_weekday: int
    quiet_from: time | None
    quiet_until: time | None
    quiet_weekends: bool
    urgent_passes: bool


def times_of(user_id: int) -> Times:
    """The times that hold for a person.

    Raises:
        NotFound: there is no such person.
    """
    held = sheet_of(user_id).wishes
    start, end, weekends = (held.quiet.start, held.quiet.end, held.quiet.weekends) if held.quiet else (None, None, False)
    return Times(held.digest_hour, held.digest_weekday, start, end, weekends, held.urgent_passes)


def change_wishes(user_id: int, times: Times, modes: Mapping[tuple[Topic, Channel], Mode]) -> None:
    """Set the times, and the modes that are named; what waits follows what holds from now on.

    Raises:
        InvalidInput: a time or a mode makes no sense.
        NotFound: there is no such person.
    """
    _check(times, modes)
    before = sheet_of(user_id)
    values = {name: getattr(times, name) for name in Times.__dataclass_fields__}
    _upsert(NoticeSettings, ["user_id"], {"user_id": user_id} | values)
    for (topic, channel), mode in modes.items():
        if before.mode(topic, channel) is not mode:  # what was not touched goes on following what everybody gets
            key = {"user_id": user_id, "topic": topic, "channel": channel}
            _upsert(NoticeChoice, list(key), key | {"mode": mode})
    db.session.flush()
    _plan_anew(user_id)


def _plan_anew(user_id: int) -> None:
    """What waits leaves as the person wishes now, not as they wished when it came."""
    sheet, now = sheet_of(user_id), clock.now()
    waits = (NoticeDelivery.outbox_key.is_(None), NoticeDelivery.due_at.is_not(None), NoticeDelivery.due_at > now)
    columns = (NoticeDelivery.id, NoticeDelivery.kind, NoticeDelivery.channel, Notification.params)
    query = sa.select(*columns).join(Notification, Notification.id == NoticeDelivery.notification_id)
    mine = query.where(NoticeDelivery.user_id == user_id, *waits).with_for_update(of=NoticeDelivery.__table__)
    for row in db.session.execute(mine).all():
        mode = sheet.mode(topic_of(row.kind), row.channel)
        planned = plan(sheet.wishes, mode, now, urgent=is_urgent(row.kind, row.params))
        due_at = planned.due_at if planned.reason else now
        values = {"mode": mode, "reason": planned.reason, "due_at": due_at}
        db.session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.id == row.id).values(**values))


def _check(times: Times, modes: Mapping[tuple[Topic, Channel], Mode]) -> None:
    errors: dict[str, list[str]] = {}
    if not 0 <= times.digest_hour < 24:
        errors["digest_hour"] = [_("Choose an hour from 0 to 23.")]
    if not 0 <= times.digest_weekday < 7:
        errors["digest_weekday"] = [_("Choose a day from 0 (Monday) to 6 (Sunday).")]
    if (times.quiet_from is None) != (times.quiet_until is None):
        errors["quiet_until"] = [_("Quiet hours need a beginning and an end; leave both empty to have none.")]
    elif times.quiet_from is not None and times.quiet_from == times.quiet_until:
        errors["quiet_until"] = [_("It cannot be quiet for the whole day: give another end.")]
    wrong = [f"{topic}.{channel}" for (topic, channel), mode in modes.items() if mode not in modes_of(topic, channel)]
    if wrong:
        errors["choices"] = [_("This cannot be chosen for %(names)s.", names=", ".join(sorted(wrong)))]
    if errors:
        raise InvalidInput(errors)


def _upsert(model: type[NoticeSettings] | type[NoticeChoice], key: list[str], values: dict[str, object]) -> None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    others = {name: value for name, value in values.items() if name not in key}
    db.session.execute(insert(model).values(**values).on_conflict_do_update(index_elements=key, set_=others))
