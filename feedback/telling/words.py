"""Topics, ways, times and fates in words."""

from collections.abc import Mapping
from datetime import date, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from feedback.telling.log import Fate
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.topics import Channel, Mode, Topic

_A_MONDAY = date(2024, 1, 1)


def topic_words() -> dict[Topic, tuple[str, str]]:
    """The name of each topic, and what belongs to it."""
    return {
        Topic.MINE: (_("Given to me"), _("Issues that open at my customers or become mine")),
        Topic.CLOCKS: (_("Due dates"), _("Issues, promises and reviews of mine that are due soon or overdue")),
        Topic.ESCALATION: (_("Escalations"), _("What was escalated to me, became graver, or wants a call")),
        Topic.VOICES: (_("More voices"), _("Further answers on my issues, and answers that were changed")),
        Topic.OUTCOME: (_("How it ended"), _("Verified by the customer, open again, or given to somebody else")),
        Topic.TEAM: (_("My team"), _("What nobody has room for, and who is away")),
        Topic.CUSTOMERS: (_("My customers"), _("Silent decision makers, expired answers, dead addresses, sales suggestions")),
        Topic.IMPROVEMENTS: (_("Improvements"), _("Follow-ups, disruptions, and whether initiatives helped")),
        Topic.SURVEYS: (_("Waves"), _("Waves that lie ready, start by themselves, or would ask nobody")),
        Topic.SYSTEM: (_("The system"), _("Messages that were given up, and what connectors sent in vain")),
    }


def channel_words() -> dict[Channel, str]:
    """The ways to somebody."""
    return {Channel.APP: _("Bell"), Channel.MAIL: _("Mail"), Channel.CHAT: _("Chat")}


def mode_words() -> dict[Mode, str]:
    """When something leaves."""
    return {Mode.AT_ONCE: _("at once"), Mode.DAILY: _("daily"), Mode.WEEKLY: _("weekly"), Mode.OFF: _("off")}


def fate_words() -> dict[str, str]:
    """How far a notice came."""
    return {
        Fate.HANDED_OVER: _("handed over"),
        Fate.KEPT_HERE: _("kept here"),
        Fate.ON_ITS_WAY: _("on its way"),
        Fate.WAITING: _("waiting"),
        Fate.NOT_SENT: _("not sent"),
        Fate.GAVE_UP: _("given up"),
        Fate.TAKEN_BACK: _("taken back"),
    }


def reason_words() -> Mapping[Reason, str]:
    """Why it was not handed over, or not at once."""
    return {
        Reason.CHOICE: _("The person does not have this topic sent this way."),
        Reason.DAILY: _("The person wants it in the daily digest."),
        Reason.WEEKLY: _("The person wants it in the weekly digest."),
        Reason.QUIET: _("It came in the person's quiet hours."),
        Reason.NO_ADDRESS: _("The person has no mail address."),
        Reason.NO_CHANNEL: _("No mail server or no chat was set up."),
        Reason.LEFT: _("The person does not work here any more."),
    }


def weekday_words() -> list[str]:
    """The days of the week, Monday first."""
    return [format_date(_A_MONDAY + timedelta(days=day), "EEEE") for day in range(7)]
