"""Rules of the directory that can be worked out on paper."""

from __future__ import annotations

import datetime

from psycopg.types.range import DateRange

from foedera.platform.records.partial_dates import bounds


def during(valid_from: str, valid_until: str) -> DateRange:
    """The days on which a fact may have held: from the first possible day to the last possible day, both partial dates.

    An empty date leaves the range open. Raises ValueError when the end lies before the beginning.
    """
    first = bounds(valid_from)[0] if valid_from else None
    last = bounds(valid_until)[1] if valid_until else None
    if first and last and last < first:
        raise ValueError(f"{valid_until} lies before {valid_from}")
    return DateRange(first, last + datetime.timedelta(days=1) if last and last < datetime.date.max else None, "[)")
