"""Whom something is told: address, language, and what they chose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.extensions import db
from feedback.telling.models import NoticeChoice, NoticeSettings
from feedback.telling.rules.plans import Wishes
from feedback.telling.rules.quiet import Quiet

_SETTINGS = (
    NoticeSettings.digest_hour,
    NoticeSettings.digest_weekday,
    NoticeSettings.quiet_from,
    NoticeSettings.quiet_until,
    NoticeSettings.quiet_weekends,
    NoticeSettings.urgent_passes,
)


@dataclass(frozen=True)
class Recipient:
    """Somebody who works here."""

    id: int
    name: str
    email: str
    locale: str
    active: bool
    team_id: int | None
    wishes: Wishes


def recipients(user_ids: Iterable[int]) -> dict[int, Recipient]:
    """People by their id, those who left too; who was deleted is missing."""
    wanted = sorted(set(user_ids))
    columns = (User.id, User.name, User.email, User.locale, User.active, User.team_id, User.time_zone)
    mine = NoticeSettings.user_id == User.id
    query = sa.select(*columns, *_SETTINGS).outerjoin(NoticeSettings, mine).where(User.id.in_(wanted))
    found = {
        row.id: Recipient(row.id, row.name, row.email, row.locale, row.active, row.team_id, _wishes(row))
        for row in db.session.execute(query)
    }
    chosen: dict[int, dict[Any, Any]] = {}
    for choice in db.session.execute(
        sa.select(NoticeChoice.user_id, NoticeChoice.topic, NoticeChoice.channel, NoticeChoice.mode).where(
            NoticeChoice.user_id.in_(wanted)
        )
    ):
        chosen.setdefault(choice.user_id, {})[choice.topic, choice.channel] = choice.mode
    return {one: _with_modes(person, chosen.get(one, {})) for one, person in found.items()}


def _with_modes(person: Recipient, modes: Mapping[Any, Any]) -> Recipient:
    return replace(person, wishes=replace(person.wishes, modes=modes)) if modes else person


def _wishes(row: Any) -> Wishes:
    if row.digest_hour is None:
        return Wishes(row.time_zone)
    has_quiet = row.quiet_from is not None or row.quiet_weekends
    quiet = Quiet(row.quiet_from, row.quiet_until, row.quiet_weekends) if has_quiet else None
    return Wishes(
        row.time_zone,
        digest_hour=row.digest_hour,
        digest_weekday=row.digest_weekday,
        quiet=quiet,
        urgent_passes=row.urgent_passes,
    )
