"""Rules of the directory that can be worked out on paper."""

from __future__ import annotations

import datetime
import re
import unicodedata
from enum import Enum

from dateutil.relativedelta import relativedelta
from psycopg.types.range import DateRange

from foedera.platform.records.partial_dates import bounds, precision

ONE_DAY = datetime.timedelta(days=1)
_NO_WORD = re.compile(r"[\W_]+")


def during(valid_from: str, valid_until: str) -> DateRange:
    """The days on which a fact may have held: from the first possible day to the last possible day, both partial dates.

    An empty date leaves the range open. Raises ValueError when the end lies before the beginning.
    """
    first = bounds(valid_from)[0] if valid_from else None
    last = bounds(valid_until)[1] if valid_until else None
    if first and last and last < first:
        raise ValueError(f"{valid_until} lies before {valid_from}")
    return DateRange(first, last + ONE_DAY if last and last < datetime.date.max else None, "[)")


def last_day(first_day_no_longer: str) -> str:
    """The last day on which a fact held, from the first day on which it no longer did, both partial dates.

    A month or a year is kept as it is: the fact ended somewhere in it, and no better is known.
    """
    if not first_day_no_longer or precision(first_day_no_longer) != "day":
        return first_day_no_longer
    return (bounds(first_day_no_longer)[0] - ONE_DAY).isoformat()


def day_after(last: str) -> str:
    """The first day after a partial date: what begins when another ended. A month or a year gives itself."""
    if not last or precision(last) != "day":
        return last
    return (bounds(last)[0] + ONE_DAY).isoformat()


class Holding(Enum):
    """How surely a fact held in a stretch of time."""

    WHOLE = "whole"
    """On every day of it."""
    PART = "part"
    """On some day of it, and not known to have held on every day."""
    POSSIBLE = "possible"
    """Perhaps: its dates are too coarse to say."""
    NEVER = "never"


def holding(valid_from: str, valid_until: str, first: datetime.date, last: datetime.date) -> Holding:
    """How surely a fact with these partial dates (both included, empty: open) held from `first` to `last`.

    Raises ValueError when `last` lies before `first`.
    """
    if last < first:
        raise ValueError(f"{last} lies before {first}")
    may_begin, has_begun = bounds(valid_from) if valid_from else (datetime.date.min, datetime.date.min)
    still_holds, may_end = bounds(valid_until) if valid_until else (datetime.date.max, datetime.date.max)
    if may_begin > last or may_end < first or may_end < may_begin:
        return Holding.NEVER
    if has_begun <= first and still_holds >= last:
        return Holding.WHOLE
    if has_begun <= still_holds and has_begun <= last and still_holds >= first:
        return Holding.PART
    if has_begun > still_holds and _lies_within(may_begin, may_end, first, last):
        # Begun and ended in the same year or month: it held somewhere in it, and all of it is asked for.
        return Holding.PART
    return Holding.POSSIBLE


def _lies_within(begin: datetime.date, end: datetime.date, first: datetime.date, last: datetime.date) -> bool:
    return first <= begin and end <= last


def asked_days(on: str) -> tuple[datetime.date, datetime.date]:
    """First and last day of the day, month or year that is asked for. Raises ValueError for what is no date."""
    return bounds(on)


def name_key(name: str) -> str:
    """A name in the form in which spellings are compared: no case, accents, marks or doubled spaces; "ё" is "е"."""
    # Twice: a sign such as "℠" is taken apart into capital letters (the Unicode standard, D146).
    plain = name
    for _time in range(2):
        plain = unicodedata.normalize("NFKD", plain.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c) or c == "\u0306")
    return _NO_WORD.sub(" ", unicodedata.normalize("NFC", letters)).strip()[:300]


def state_on(state: str, valid_from: str, valid_until: str, on: datetime.date) -> str:
    """The state of a body on a day, from the kept state and its dates: what has ended is closed without anybody's doing.

    A body is "planned" before the first day it may have existed.
    """
    if state in ("draft", "archived"):
        return state
    if valid_from and on < bounds(valid_from)[0]:
        return "planned"
    if valid_until and on > bounds(valid_until)[1]:
        return "closed"
    return "active" if state == "closed" else state


def session_due(last_session: str, cadence_months: int | None) -> datetime.date | None:
    """The last day by which the next session of a format should be held: the last possible day of its last session plus
    its cadence in calendar months; None where either is not known."""
    if not last_session or not cadence_months:
        return None
    try:
        due: datetime.date = bounds(last_session)[1] + relativedelta(months=cadence_months)
    except ValueError:  # beyond the year 9999
        return None
    return due


def is_overdue(dissolved: str, last_session: str, cadence_months: int | None, on: datetime.date) -> bool:
    """Whether a format that exists on that day met too long ago. Where no session is known there is no finding."""
    if dissolved and bounds(dissolved)[1] <= on:
        return False
    if last_session and bounds(last_session)[0] > on:
        return False
    due = session_due(last_session, cadence_months)
    return due is not None and due < on
