"""What people may ask of us by right, and until when it has to be done (GDPR, Articles 12 and 15 to 21). Pure."""

import calendar
from datetime import date, timedelta
from enum import StrEnum

REMIND_BEFORE = (7, 2, 0)  # days before the last one
MORE_MONTHS = 2  # the law lets us take so many more, once, when we say why


class RequestKind(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    ERASURE = "erasure"
    OBJECTION = "objection"
    RECTIFICATION = "rectification"
    PORTABILITY = "portability"


class RequestState(StrEnum):
    """How far it is."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last one."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due_on(received: date, *, extended: bool) -> date:
    """The last day on which it has to be done: a month after it came, two more where that was said with a reason."""
    return months_after(received, 1 + (MORE_MONTHS if extended else 0))


def days_left(due: date, today: date) -> int:
    """How many days are left; negative: overdue."""
    return (due - today).days


def reminder_of(due: date, today: date) -> date | None:
    """The day of the newest reminder due by today: before the last day, on it, or the day after; None before the first."""
    days = [due - timedelta(days=before) for before in REMIND_BEFORE] + [due + timedelta(days=1)]
    return max((one for one in days if one <= today), default=None)
