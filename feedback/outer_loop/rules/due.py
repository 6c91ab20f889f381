"""By when everybody in a follow-up is told, and what is said about it as the day comes and passes."""

from datetime import date, datetime, time, timedelta
from enum import IntEnum

from feedback.kernel.business_time import BusinessTime


class DueNews(IntEnum):
    """What was last said about the day of a follow-up, in order: each is said once."""

    NOTHING = 0
    SOON = 1
    TODAY = 2
    LATE = 3


def working_day(hours: BusinessTime, since: date, days: int) -> date:
    """The day that comes so many working days after another one."""
    day = since
    for _day in range(days):
        morning = datetime.combine(day + timedelta(days=1), time(), hours.zone)
        day = hours.next_opening(morning).astimezone(hours.zone).date()
    return day


def days_late(due_on: date | None, closed_at: datetime | None, today: date) -> int:
    """By how many days; 0 where the day has not passed, there is none, or everybody was told."""
    if due_on is None or closed_at is not None:
        return 0
    return max((today - due_on).days, 0)


def due_news(hours: BusinessTime, due_on: date, today: date) -> DueNews:
    """What there is to say: on the working day before, on the day, behind it."""
    if today > due_on:
        return DueNews.LATE
    if today == due_on:
        return DueNews.TODAY
    return DueNews.SOON if working_day(hours, today, 1) >= due_on else DueNews.NOTHING
