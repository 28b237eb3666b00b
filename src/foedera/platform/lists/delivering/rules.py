"""When a schedule is due: pure reckoning in the time of the register."""

from __future__ import annotations

import calendar
import datetime

from .models import Rhythm


def fits(day: datetime.date, rhythm: str, weekday: int, day_of_month: int) -> bool:
    """Whether a schedule is due on a day; a month that has not the day has its last instead."""
    if rhythm == Rhythm.WEEKLY:
        return day.isoweekday() == weekday
    if rhythm == Rhythm.MONTHLY:
        return day.day == min(day_of_month, calendar.monthrange(day.year, day.month)[1])
    return True


def next_after(
    after: datetime.datetime, rhythm: str, weekday: int, day_of_month: int, hour: int, zone: datetime.tzinfo
) -> datetime.datetime:
    """The first moment after `after` (with a time zone) at which the schedule is due, in UTC. An hour that the clock leaves out
    is the one after it."""
    day = after.astimezone(zone).date()
    while True:
        if fits(day, rhythm, weekday, day_of_month):
            moment = datetime.datetime.combine(day, datetime.time(hour), tzinfo=zone).astimezone(datetime.UTC)
            if moment > after:
                return moment
        day += datetime.timedelta(days=1)
