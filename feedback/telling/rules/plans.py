"""When news leaves by a channel, as a person chose it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from feedback.telling.rules.quiet import USUAL, Quiet, next_digest, quiet_until
from feedback.telling.rules.topics import Channel, Mode, Topic, modes_of

DIGEST_HOUR, MONDAY = 8, 0


class Reason(StrEnum):
    """Why something was not handed over, or not yet."""

    CHOICE = "choice"
    DAILY = "daily"
    WEEKLY = "weekly"
    QUIET = "quiet"
    NO_ADDRESS = "no_address"
    NO_CHANNEL = "no_channel"
    LEFT = "left"


@dataclass(frozen=True)
class Wishes:
    """What one person chose; what is missing in `modes` is as for everybody."""

    time_zone: str = "UTC"
    modes: Mapping[tuple[Topic, Channel], Mode] = field(default_factory=dict)
    digest_hour: int = DIGEST_HOUR
    digest_weekday: int = MONDAY
    quiet: Quiet | None = USUAL
    urgent_passes: bool = True

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the person's clock."""
        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, ValueError):
            return ZoneInfo("UTC")

    def mode(self, topic: Topic, channel: Channel, chat_topics: frozenset[Topic] = frozenset()) -> Mode:
        """When the person wants to hear of a topic; `chat_topics` are told in chat to who chose nothing."""
        chosen = self.modes.get((topic, channel))
        if chosen in modes_of(topic, channel):
            return chosen
        return Mode.OFF if channel is Channel.CHAT and topic not in chat_topics else Mode.AT_ONCE


@dataclass(frozen=True)
class Plan:
    """When it leaves: now (neither), later (both), or not at all (a reason alone)."""

    reason: Reason | None = None
    due_at: datetime | None = None


def plan(wishes: Wishes, mode: Mode, now: datetime, *, urgent: bool) -> Plan:
    """When news that came `now` leaves, outside the app."""
    if mode is Mode.OFF:
        return Plan(Reason.CHOICE)
    if mode is Mode.AT_ONCE:
        passes = wishes.urgent_passes and urgent
        end = None if passes else quiet_until(wishes.quiet, wishes.zone, now)
        return Plan(Reason.QUIET, end) if end else Plan()
    return collected(wishes, mode, now)


def collected(wishes: Wishes, mode: Mode, now: datetime) -> Plan:
    """The next digest; one that would come in the quiet hours comes at their end."""
    weekly = mode is Mode.WEEKLY
    weekday = wishes.digest_weekday if weekly else None
    at = next_digest(wishes.zone, now, hour=wishes.digest_hour, weekday=weekday)
    return Plan(Reason.WEEKLY if weekly else Reason.DAILY, quiet_until(wishes.quiet, wishes.zone, at) or at)
