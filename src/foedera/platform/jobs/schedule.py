"""When periodic jobs are due: pure reckoning with their cron lines, in UTC."""

from __future__ import annotations

import datetime

from croniter import croniter

# The queue itself looks back this far for a tick that nobody enqueued (procrastinate.periodic.MAX_DELAY).
LOOKED_BACK = datetime.timedelta(minutes=10)


def next_tick(cron: str, now: datetime.datetime) -> datetime.datetime:
    """The first moment after `now` for which the line asks."""
    return _at(croniter(cron, now.timestamp()).get_next(float))


def previous_tick(cron: str, now: datetime.datetime) -> datetime.datetime:
    """The last moment not after `now` for which the line asks."""
    return _at(croniter(cron, now.timestamp() + 1).get_prev(float))


def is_missed(cron: str, now: datetime.datetime, last_begun: datetime.datetime) -> bool:
    """Whether the last tick passed while no worker was there: too long ago for the queue itself, and nothing has run since."""
    tick = previous_tick(cron, now)
    if now - tick <= LOOKED_BACK:
        return False
    return last_begun < tick


def _at(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(round(seconds), tz=datetime.UTC)
