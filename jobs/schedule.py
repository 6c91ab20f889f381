"""Every job, when it runs, why, and what happens to slots that were missed: one table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = 60, 3600, 86_400


class CatchUp(StrEnum):
    """What is done about slots that passed while no scheduler was running."""

    ONCE = "once"  # the newest one does the work of all
    EACH = "each"  # every one, the oldest first


@dataclass(frozen=True)
class Every:
    """A period in seconds, counted from midnight UTC of a Monday, and how far into the period it starts.

    All slots are in UTC: a job never runs twice, or not at all, because a country turns its clocks.
    """

    seconds: int
    offset: int = 0

    @property
    def first(self) -> datetime:
        """The slot from which all others follow."""
        return EPOCH + timedelta(seconds=self.offset)

    def describe(self) -> str:
        """In words."""
        if self.seconds == DAY:
            return f"daily at {timedelta(seconds=self.offset)} UTC"
        unit, size = ("min", MINUTE) if self.seconds % MINUTE == 0 else ("s", 1)
        return f"every {self.seconds // size} {unit}"

    def slot_at(self, now: datetime) -> datetime:
        """The newest slot that has begun."""
        return self.first + (now - self.first) // timedelta(seconds=self.seconds) * timedelta(seconds=self.seconds)

    def slots_after(self, last: datetime, now: datetime) -> list[datetime]:
        """All slots behind `last` that have begun, the oldest first."""
        period, newest = timedelta(seconds=self.seconds), self.slot_at(now)
        missed = (newest - self.slot_at(last)) // period
        return [newest - back * period for back in reversed(range(max(missed, 0)))]


@dataclass(frozen=True)
class Job:
    """One line of the table. `run` names a function without arguments that answers a line for the run log, or None."""

    name: str
    every: Every
    catch_up: CatchUp
    run: str
    reason: str

    def due_slots(self, last: datetime | None, now: datetime) -> list[datetime]:
        """Slots to run now, given the newest one that was claimed. A job that never ran begins with the current slot."""
        if last is None:
            return [self.every.slot_at(now)]
        if self.catch_up is CatchUp.EACH:
            return self.every.slots_after(last, now)
        newest = self.every.slot_at(now)
        return [newest] if newest > self.every.slot_at(last) else []


def _job(name: str, every: Every, reason: str, catch_up: CatchUp = CatchUp.ONCE) -> Job:
    return Job(name, every, catch_up, f"jobs.{name}:run", reason)


# A job works on what it finds, so that one run after a stop does the work of all missed ones: hence `once` everywhere.
SCHEDULE: tuple[Job, ...] = (
    _job("deliver_outbox", Every(5), "Notices reach the bell, and mails to staff leave, soon after their cause is committed"),
    _job("send_chat", Every(5, offset=2), "Chat messages leave soon, and a chat that is slow holds up nothing else"),
    _job("collect_notices", Every(MINUTE, offset=2), "Digests leave at the hour that each person chose"),
    _job("send_surveys", Every(10), "Survey mails leave within seconds of becoming due, and hold up nothing else"),
    _job("plan_waves", Every(10, offset=5), "A large wave is planned soon after its start, without anybody waiting at a page"),
    _job("release_held_answers", Every(10), "Who answers behind a mail scanner is counted half a minute later"),
    _job("read_bounces", Every(MINUTE, offset=30), "Mails that came back stop reminders, and dead addresses get no more mail"),
    _job("fold_statistics", Every(MINUTE), "The live tail of answers stays short, so rankings stay fast"),
    _job("route_unrouted_issues", Every(MINUTE, offset=20), "Who has room gets what waits; no issue is nobody's for 15 minutes"),
    _job("announce_absences", Every(5 * MINUTE, offset=4 * MINUTE), "Lead and deputy hear what is open when somebody is away"),
    _job(
        "advance_issue_clocks",
        Every(5 * MINUTE, offset=MINUTE),
        "Who owns or leads hears before and when a clock runs out",
    ),
    _job(
        "recount_issue_clocks",
        Every(5 * MINUTE, offset=4 * MINUTE),
        "Due dates in working hours follow a calendar that was changed",
    ),
    _job(
        "close_unanswered_issues",
        Every(HOUR, offset=20 * MINUTE),
        "A fix that nobody confirmed in time is closed unverified; selling waits on",
    ),
    _job(
        "close_confirmed_issues",
        Every(HOUR, offset=25 * MINUTE),
        "What a customer confirmed and nothing is left of needs nobody's click; what holds it open is remembered",
    ),
    _job(
        "watch_promises",
        Every(5 * MINUTE, offset=3 * MINUTE),
        "A promise is remembered before it is due, and broken when it was not kept",
    ),
    _job(
        "watch_follow_ups",
        Every(HOUR, offset=10 * MINUTE),
        "Who tells customers hears before and on the day of a follow-up, the lead when it has passed",
    ),
    _job(
        "remember_requests",
        Every(HOUR, offset=40 * MINUTE),
        "Whoever answers for people's rights hears before, on and after the last day of a request",
    ),
    _job(
        "remember_reviews",
        Every(HOUR, offset=35 * MINUTE),
        "A review is remembered the day before, a missed one is told the lead",
    ),
    _job("expire_decisions", Every(5 * MINUTE, offset=2 * MINUTE), "Decisions whose time is over leave the lists of open ones"),
    _job(
        "run_gate",
        Every(DAY, offset=HOUR + 30 * MINUTE),
        "Which customers opened and closed overnight is known before the day begins",
    ),
    _job("refresh_issue_priorities", Every(DAY, offset=HOUR), "The order of queues follows value tiers and revenue of today"),
    _job("expire_feedback", Every(DAY, offset=2 * HOUR), "Account managers hear when a decision maker's answer grows too old"),
    _job("compute_design_effects", Every(DAY, offset=4 * HOUR), "Intervals of the ranking allow for accounts that answer often"),
    _job("draw_up_waves", Every(HOUR, offset=3 * MINUTE), "The next wave of a program lies ready some days before its date"),
    _job("receive_inbound", Every(10, offset=5), "Answers that connectors only name are fetched; what a stop left is taken up"),
    _job("tell_standings", Every(5, offset=1), "Partners hear within seconds that the gate opened or closed at an account"),
    _job("sync_crm", Every(5 * MINUTE, offset=2 * MINUTE), "Customers follow the CRM, and the CRM the standings, within minutes"),
    _job("send_webhooks", Every(5, offset=3), "Webhooks leave soon, and one that is slow holds up nothing else"),
    _job(
        "close_waves",
        Every(HOUR, offset=7 * MINUTE),
        "Links that nobody answered in time, and waves that are through, are over",
    ),
    _job(
        "announce_silence",
        Every(DAY, offset=5 * HOUR),
        "Account managers hear which decision makers of their most valuable customers stay silent",
    ),
    _job("advance_disruptions", Every(MINUTE, offset=15), "A disruption holds, and is followed up, from its very times on"),
    _job("check_effects", Every(DAY, offset=6 * HOUR), "Whether a delivered initiative helped is known without anybody asking"),
    _job(
        "find_contact_gaps",
        Every(DAY, offset=5 * HOUR + 30 * MINUTE),
        "Customers whose key contacts nobody spoke with for long come into somebody's queue",
    ),
    _job("settle_work_items", Every(10 * MINUTE, offset=4 * MINUTE), "Who was spoken with elsewhere leaves the queue"),
    _job(
        "screen_sales_plays",
        Every(MINUTE, offset=40),
        "Sales plays follow the standing of their customer, and end when nobody took them in time",
    ),
    _job(
        "watch_spend",
        Every(DAY, offset=4 * HOUR + 30 * MINUTE),
        "Once a month's books are closed, drops of spend that no season explains are screened",
    ),
    _job("finish_erasures", Every(5 * MINUTE, offset=3 * MINUTE), "What was erased leaves the database's files too"),
    _job("purge_records", Every(DAY, offset=3 * HOUR), "Records that served their purpose do not pile up"),
)


def get_job(name: str) -> Job:
    """The line of a job.

    Raises:
        KeyError: there is no such job.
    """
    return {job.name: job for job in SCHEDULE}[name]
