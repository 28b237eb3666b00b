"""Month arithmetic on arrays of days.

Days are int64 counts from 1970-01-01 in the proleptic Gregorian calendar, the way datetime64[D] stores them. They are
civil dates: no clock and no time zone takes part. Three rules, and no others, are used:

- **After**: the day m months after D has the number of D in the m-th month after; where that month is too short, it
  is the month's last day (31 August + 6 months = 28 or 29 February). So run notice periods and delays, whose first
  day is not counted (European Convention on the Calculation of Time-Limits, Basel 1972, articles 3 and 4).
- **Before**: the same backwards (31 August - 6 months = 28 or 29 February).
- **Period**: a period of m months that begins with the day D, which counts, ends with the day before the one of the
  same number in the m-th month after; where that month has no such day, with the month's last day. From 12 March, 12
  months end on 11 March; from 29 February 2020, 12 months end on 28 February 2021 and 48 months on 28 February 2024;
  from 31 August, 6 months end on the last day of February. Each end is computed from D, never from the end before it,
  so that a short month leaves no trace in later ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]


def split(days: Days) -> tuple[Days, Days]:
    """Return months counted from 1970-01 and the days since the first of that month (0 for the first)."""
    months = days.view("datetime64[D]").astype("datetime64[M]")
    return months.view(np.int64), days - months.astype("datetime64[D]").view(np.int64)


def first_of(months: Days) -> Days:
    """Return the first day of each month counted from 1970-01."""
    return months.view("datetime64[M]").astype("datetime64[D]").view(np.int64)


def add_months(days: Days, months: Days) -> Days:
    """Return the days `months` after (before, if negative), in a short month its last day."""
    month, day = split(days)
    first = first_of(month + months)
    result: Days = first + np.minimum(day, first_of(month + months + 1) - first - 1)
    return result


def period_end(begin: Days, months: Days) -> Days:
    """Return the last day of periods of so many months that begin with the day `begin`."""
    month, day = split(begin)
    first = first_of(month + months)
    result: Days = first + np.minimum(day, first_of(month + months + 1) - first) - 1
    return result


def whole_months(begin: Days, until: Days) -> Days:
    """Return how many whole periods of a month that begin with `begin` are over on the day `until`.

    It is the largest m with period_end(begin, m) < until; negative before `begin`.
    """
    from_month, from_day = split(begin)
    to_month, to_day = split(until)
    elapsed: Days = to_month - from_month - (to_day < from_day)
    return elapsed
