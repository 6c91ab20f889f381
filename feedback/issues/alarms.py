"""Telling people about clocks: the rungs of the ladder before and after a due date, and that it has passed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import lead_of
from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.clockwork import Reckoning, follow_log
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries import staffing
from feedback.issues.rules import WORK_ITEMS
from feedback.issues.rules.clockwork import Alarm
from feedback.issues.rules.escalation import HEIGHT, Rung
from feedback.issues.sweeps import lock_open
from feedback.kernel import clock
from feedback.staffing.queries import with_deputies

_OVERDUE = 0  # below every rung: who is told of one knows that the clock has run out


def issues_with_alarms() -> Sequence[int]:
    """Issues about which somebody has to be told by now."""
    query = sa.select(Issue.id).where(Issue.next_alarm_at <= clock.now(), Issue.closed_at.is_(None))
    return db.session.scalars(query.order_by(Issue.next_alarm_at, Issue.id)).all()


def sound_alarms(issue_id: int) -> bool:
    """Tell everybody who has to be told by now, each once per due date; answers whether anybody was."""
    issue = lock_open(issue_id)
    if issue is None:
        return False
    account = db.session.get_one(Account, issue.account_id)
    now = clock.now()  # a clock is overdue after its instant, not at it
    alarms = [alarm for alarm in alarms_of(issue) if alarm.at < now or (alarm.rung is not None and alarm.at == now)]
    messages: list[tuple[int, news.Message]] = []
    for rung, together in _told_together(alarms, now):
        said = _say_overdue(issue, account, together) if rung is None else _climb(issue, account, together, rung)
        messages += [(HEIGHT[rung] if rung else _OVERDUE, message) for message in said]
    news.send(_the_gravest(messages))
    if not alarms:
        follow_log(issue.id)  # its time had moved on
    return bool(alarms)


def alarms_of(issue: Issue) -> list[Alarm]:
    """Who is still to be told about an issue, and when, in order."""
    reckoning = Reckoning()
    clocks = reckoning.fold_of([issue.id]).get(issue.id)
    return [] if clocks is None else clocks.alarms(reckoning.ladder, reckoning.calendars.time_of, clock.now())


def _the_gravest(messages: Sequence[tuple[int, news.Message]]) -> list[news.Message]:
    """Who is owner and lead, and is reached as both at once, hears of each clock once: from the highest."""
    heard: dict[int, set[str]] = defaultdict(set)
    left = []
    for _height, message in sorted(messages, key=lambda one: -one[0]):
        person, clocks = message[2]["user_id"], set(message[2]["params"]["clocks"])
        if not clocks <= heard[person]:
            left.append(message)
        heard[person] |= clocks
    return left


def _told_together(alarms: Sequence[Alarm], now: datetime) -> list[tuple[Rung | None, list[Alarm]]]:
    """Several clocks of an issue of which the same people hear the same make one notice."""
    groups: dict[tuple[Rung | None, bool], list[Alarm]] = {}
    for alarm in alarms:
        groups.setdefault((alarm.rung, alarm.due_at <= now), []).append(alarm)
    return [(rung, together) for (rung, _late), together in groups.items()]


def _say_overdue(issue: Issue, account: Account, alarms: Sequence[Alarm]) -> list[news.Message]:
    issue.overdue_notified_at = clock.now()
    for alarm in alarms:
        note(issue.id, "overdue", None, clock=alarm.clock, due_at=alarm.due_at.isoformat())
    params = {"number": issue.number, "account": account.name, "severity": issue.severity, **_clocks(alarms)}
    cause = f"issue-overdue:{issue.id}:{alarms[0].due_at.isoformat()}"
    people = [*with_deputies([issue.owner_id]), account.owner_id]
    return news.to_each(people, cause, "issue_overdue", issue.id, **params)


def _clocks(alarms: Sequence[Alarm]) -> dict[str, Any]:
    return {"clock": alarms[0].clock, "clocks": list(dict.fromkeys(alarm.clock for alarm in alarms))}


def _climb(issue: Issue, account: Account, alarms: Sequence[Alarm], rung: Rung) -> list[news.Message]:
    first = alarms[0]
    late = clock.now() >= first.due_at
    people = [person.id for person in told_at(issue, rung)]
    for alarm in alarms:
        note(issue.id, "escalated", None, clock=alarm.clock, due_at=alarm.due_at.isoformat(), rung=rung, told=people)
    if rung is Rung.OWNER and late:
        return []  # that it has passed is said anyway
    kind = "issue_due_soon" if rung is Rung.OWNER else "issue_escalated"
    cause = f"issue-{'due' if rung is Rung.OWNER else rung}:{issue.id}:{first.clock}:{first.due_at.isoformat()}"
    params = {
        "number": issue.number,
        "account": account.name,
        "due_at": first.due_at.isoformat(),
        "late": late,
        "severity": issue.severity,
        **_clocks(alarms),
    }
    return news.to_each(people, cause, kind, issue.id, **params)


@dataclass(frozen=True)
class Told:
    """Somebody on the ladder."""

    id: int
    name: str


def told_at(issue: Issue, rung: Rung) -> list[Told]:
    """Who is told at a rung: the owner, and who stands in; who leads the team; the executives.

    Where there is nobody, the administrators are. A reminder to get in touch stays with the team: nobody complained.
    """
    if rung is Rung.EXECUTIVE and issue.source in WORK_ITEMS:
        return []
    wanted = {
        Rung.OWNER: lambda: User.id.in_(with_deputies([issue.owner_id])),
        Rung.LEAD: lambda: User.id == lead_of(issue.team_id),
        Rung.EXECUTIVE: lambda: User.role == Role.EXECUTIVE,
    }[rung]()
    query = sa.select(User.id, User.name).where(User.active, wanted).order_by(User.name, User.id)
    found = [Told(*row) for row in db.session.execute(query)]
    return found or [Told(*row) for row in db.session.execute(_these(staffing.admin_ids()))]


def _these(user_ids: Sequence[int]) -> sa.Select[int, str]:
    return sa.select(User.id, User.name).where(User.id.in_(user_ids)).order_by(User.name, User.id)


@dataclass(frozen=True)
class NextStep:
    """What happens if nobody does anything: at this moment these people are told."""

    at: datetime
    clock: str
    rung: Rung
    people: tuple[str, ...]


def next_steps(issue: Issue) -> list[NextStep]:
    """The rungs that are ahead, in order; each as it is before it is reached."""
    ahead = [(alarm, alarm.rung, told_at(issue, alarm.rung)) for alarm in alarms_of(issue) if alarm.rung is not None]
    return [
        NextStep(alarm.at, alarm.clock, rung, tuple(person.name for person in people)) for alarm, rung, people in ahead if people
    ]
