"""What news is about, in the words in which people choose what they want to hear."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from feedback.issues.rules import Clock, Severity


class Topic(StrEnum):
    """A kind of news. People choose by these; the names of single notices are ours."""

    MINE = "mine"
    CLOCKS = "clocks"
    ESCALATION = "escalation"
    VOICES = "voices"
    OUTCOME = "outcome"
    TEAM = "team"
    CUSTOMERS = "customers"
    IMPROVEMENTS = "improvements"
    SURVEYS = "surveys"
    SYSTEM = "system"


class Channel(StrEnum):
    """A way to somebody."""

    APP = "app"
    MAIL = "mail"
    CHAT = "chat"


class Mode(StrEnum):
    """When news of a topic leaves by a channel."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


_KINDS: Mapping[Topic, tuple[str, ...]] = {
    Topic.MINE: (
        "issue_opened",
        "work_items_opened",
        "issue_assigned",
        "issues_given",
        "fix_given",
        "concession_requested",
        "override_requested",
        "mistake_claimed",
        "progress_mail_stopped",
        "issue_held_open",
    ),
    Topic.CLOCKS: (
        "issue_due_soon",
        "issue_overdue",
        "promise_due",
        "promise_broken",
        "fix_late",
        "follow_up_due",
        "follow_up_late",
        "review_due",
        "review_missed",
        "request_due",
        "request_overdue",
    ),
    Topic.ESCALATION: ("issue_escalated", "issue_graver", "call_wished", "issue_taken_to_lead", "issue_nudged"),
    Topic.VOICES: ("issue_voice", "issue_noted", "issue_voice_changed", "issue_word_changed", "issue_merged"),
    Topic.OUTCOME: (
        "issue_reopened",
        "issue_verified",
        "issue_unanswered",
        "issue_handed_over",
        "issues_taken_over",
        "issue_watched",
        "concession_approved",
        "concession_declined",
        "override_approved",
        "override_refused",
        "mistake_confirmed",
        "mistake_refused",
    ),
    Topic.TEAM: ("issue_waits", "issue_caught", "issue_unrouted", "issue_given_up", "absence_begun"),
    Topic.CUSTOMERS: (
        *("feedback_expired", "silent_decision_maker", "dead_address"),
        *("play_waits", "spend_plays_wait", "play_freed", "sale_against"),
    ),
    Topic.IMPROVEMENTS: (
        "follow_up_ready",
        "disruption_begun",
        "initiative_confirmed",
        "initiative_no_effect",
        "initiative_too_few",
    ),
    Topic.SURVEYS: ("wave_drawn_up", "wave_starts_itself", "wave_asks_nobody"),
    Topic.SYSTEM: ("message_dead", "mail_halted", "inbound_quarantined", "webhook_off"),
}
_TOPIC_OF = {kind: topic for topic, kinds in _KINDS.items() for kind in kinds}
ALWAYS_IN_APP = frozenset({Topic.MINE, Topic.CLOCKS, Topic.ESCALATION})
_NOBODY_HAS_IT = frozenset({"issue_unrouted", "issue_waits"})
_ABOUT_CLOCKS = frozenset({"issue_due_soon", "issue_overdue"})
_GRAVE = frozenset({Severity.CRITICAL, Severity.MAJOR})
APP_MODES = (Mode.AT_ONCE, Mode.OFF)


def topic_of(kind: str) -> Topic:
    """The topic of a notice; one that is not known any more counts as news of the system."""
    return _TOPIC_OF.get(kind, Topic.SYSTEM)


def kinds_of(topic: Topic) -> tuple[str, ...]:
    """The notices of a topic."""
    return _KINDS[topic]


def known_kinds() -> frozenset[str]:
    """Every notice that has a topic of its own."""
    return frozenset(_TOPIC_OF)


def is_urgent(kind: str, params: Mapping[str, Any]) -> bool:
    """Whether it can not wait for the morning: what comes to somebody because others did not act, an issue that nobody has,
    and the first contact of a grave issue, missed or soon to be.
    """
    if kind in _ABOUT_CLOCKS:
        return Clock.FIRST_CONTACT in params.get("clocks", ()) and params.get("severity") in _GRAVE
    if kind == "absence_begun":
        return bool(params.get("count"))  # issues are open with whoever is away
    return kind in _NOBODY_HAS_IT or topic_of(kind) is Topic.ESCALATION


def modes_of(topic: Topic, channel: Channel) -> tuple[Mode, ...]:
    """What can be chosen: in the app there is nothing to collect, and what asks somebody to act cannot be turned off there."""
    if channel is not Channel.APP:
        return tuple(Mode)
    return (Mode.AT_ONCE,) if topic in ALWAYS_IN_APP else APP_MODES
