"""Status, terms and notice days of many agreements as of a date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.terms.codes import CountedFrom, Reason, Status, Warnings
from foedera.agreements.terms.facts import DayColumn, TermColumns
from foedera.agreements.terms.months import Days, period_end
from foedera.agreements.terms.schedule import (
    ABSENT,
    FIRST_DAY,
    LAST_DAY,
    NEVER,
    Codes,
    Mask,
    Schedule,
    notice_deadline,
)
from foedera.agreements.terms.trajectory import Enclosure, Trajectory, enclose, status_on, suspended_on

EXPIRING_DAYS: Final = 180
"""Days before the final end in which an agreement is expiring, unless the settings say otherwise."""

TRANSMISSION_DAYS: Final = 14
"""Days allowed for a notice to arrive where it counts from receipt, unless the settings say otherwise."""

# Rows that are computed at once: their arrays stay within the processor's cache.
_ROWS_AT_ONCE: Final = 16_384
_LONGEST_ALLOWANCE: Final = 3_660
_DAYS_OF_A_MONTH: Final = 30.436875


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is so on the as-of date, one value for each row. Days are datetime64[D], NaT where there is none.

    Where partial dates leave a day or a number open, it is NaT or -1.
    """

    status: Codes
    """Status codes."""
    reason: Codes
    """Reason codes; Reason.NONE unless the status is unknown."""
    renewal_number: NDArray[np.int32]
    """0 in the first term, n in the n-th renewal, -1 when not in force (or suspended) or not known."""
    current_term_start: DayColumn
    current_term_end: DayColumn
    """First and last day of the term that runs on the date; NaT for terms without end and when none runs."""
    next_renewal: DayColumn
    """The day on which the agreement is renewed next unless someone objects; NaT if it will not be."""
    notice_deadline: DayColumn
    """The last day on which an objection can take effect to prevent the next renewal; may lie in the past."""
    last_safe_day: DayColumn
    """The last day on which that objection can be sent: the deadline, less the days allowed for transmission unless
    notices count from dispatch. Always before next_renewal."""
    ends_on: DayColumn
    """The last day in force, if a final end follows from the facts."""
    ending: Codes
    """Ending codes: what brings that end; Ending.NONE where the earliest and the latest days do not agree."""
    provisional: Mask
    """Applied provisionally on the date, before its definitive entry into force."""
    warnings: NDArray[np.int32]
    """Bit sets of Warnings; they do not depend on the date."""

    def __len__(self) -> int:
        return len(self.status)

    def counts(self) -> dict[Status, int]:
        """Return the number of rows by status, all statuses included."""
        found = np.bincount(self.status, minlength=len(Status))
        return {status: int(found[status]) for status in Status}


_NAMES: Final = tuple(each.name for each in fields(Evaluation))
_DAY_NAMES: Final = (
    "current_term_start", "current_term_end", "next_renewal", "notice_deadline", "last_safe_day", "ends_on",
)  # fmt: skip


def evaluate(
    columns: TermColumns,
    as_of: date | np.datetime64 | DayColumn,
    *,
    expiring_days: int = EXPIRING_DAYS,
    transmission_days: int = TRANSMISSION_DAYS,
    enclosure: Enclosure | None = None,
) -> Evaluation:
    """Return the status of every row as of a date, or of each row as of a date of its own.

    `enclosure`: that of one row, where it is known already (see `enclose_one`).
    Two seconds are the target for a million rows; half of that is usual. Raises ValueError if `as_of` is missing or
    outside the years 1 to 9999 or does not fit the rows, or if an allowance is not between 0 and 3,660 days.
    """
    check_allowance("expiring_days", expiring_days)
    check_allowance("transmission_days", transmission_days)
    size = len(columns)
    days = _as_days(as_of, size)
    result = _empty(size)
    for rows, some, coarse in portions(columns):
        both = enclosure or enclose(some, coarse=coarse, expiring_days=expiring_days)
        here = days if days.ndim == 0 else days[rows]
        found = _evaluated(some, both, here, transmission_days)
        for name in _NAMES:
            getattr(result, name)[rows] = found[name]
    return result


def enclose_one(columns: TermColumns, expiring_days: int = EXPIRING_DAYS) -> Enclosure:
    """Return what several questions about one agreement share, for `evaluate` and `spans`. Raises ValueError for other than one row."""
    if len(columns) != 1:
        raise ValueError(f"one row is wanted, not {len(columns)}")
    check_allowance("expiring_days", expiring_days)
    return enclose(columns, coarse=bool(columns.coarse()[0]), expiring_days=expiring_days)


def check_allowance(name: str, days: int) -> None:
    """Raise ValueError unless a number of days set by the settings is between 0 and 3,660."""
    if not 0 <= days <= _LONGEST_ALLOWANCE:
        raise ValueError(f"{name}: {days} does not lie between 0 and {_LONGEST_ALLOWANCE}")


def portions(columns: TermColumns) -> Iterator[tuple[slice | Days, TermColumns, bool]]:
    """Yield all rows in handy portions: their numbers, their columns, and whether they hold coarse dates."""
    for begin in range(0, len(columns), _ROWS_AT_ONCE):
        end = min(begin + _ROWS_AT_ONCE, len(columns))
        some = columns.part(begin, end)
        coarse = some.coarse()
        if coarse.all() or not coarse.any():
            yield slice(begin, end), some, bool(coarse[0])
            continue
        for wanted in (False, True):
            numbers = np.flatnonzero(coarse == wanted)
            yield numbers + begin, some.take(numbers), wanted


def _as_days(as_of: date | np.datetime64 | DayColumn, size: int) -> Days:
    days = np.asarray(as_of, dtype="datetime64[D]")
    if days.ndim > 1 or (days.ndim == 1 and len(days) != size):
        raise ValueError(f"as_of: {days.shape} does not fit {size} rows")
    numbers: Days = days.view(np.int64)
    if ((numbers < FIRST_DAY) | (numbers > LAST_DAY)).any():
        raise ValueError("as_of: a day of the years 1 to 9999 is needed")
    return numbers


def _empty(size: int) -> Evaluation:
    def days() -> DayColumn:
        return np.full(size, np.datetime64("NaT"), dtype="datetime64[D]")

    return Evaluation(
        status=np.zeros(size, np.int8),
        reason=np.zeros(size, np.int8),
        renewal_number=np.full(size, -1, np.int32),
        current_term_start=days(),
        current_term_end=days(),
        next_renewal=days(),
        notice_deadline=days(),
        last_safe_day=days(),
        ends_on=days(),
        ending=np.zeros(size, np.int8),
        provisional=np.zeros(size, np.bool_),
        warnings=np.zeros(size, np.int32),
    )


def _evaluated(columns: TermColumns, both: Enclosure, day: Days, transmission_days: int) -> dict[str, NDArray[Any]]:
    size = len(columns)
    suspended = suspended_on(columns, np.arange(size), np.broadcast_to(day, (size,)))
    found = _by_bound(columns, both.low, both.low_schedule, day, suspended, transmission_days)
    if not both.exact:
        other = _by_bound(columns, both.high, both.high_schedule, day, suspended, transmission_days)
        unsure = found["status"] != other["status"]
        found["status"] = np.where(unsure, np.int8(Status.UNKNOWN), found["status"])
        unsure |= found["reason"] != other["reason"]
        found["reason"] = np.where(unsure, np.int8(Reason.DATE_TOO_COARSE), found["reason"])
        # Days of different terms may coincide without any of them being true.
        another_term = found["renewal_number"] != other["renewal_number"]
        for name in _DAY_NAMES[:-1]:
            found[name] = np.where(another_term, ABSENT, found[name])
        for name, nothing in (("renewal_number", -1), ("ending", 0), ("provisional", False)):
            found[name] = np.where(found[name] != other[name], nothing, found[name])
        for name in _DAY_NAMES:
            found[name] = np.where(found[name] != other[name], ABSENT, found[name])
    found["warnings"] = warnings_of(columns, both)
    for name in _DAY_NAMES:
        outside = (found[name] < FIRST_DAY) | (found[name] > LAST_DAY)
        found[name] = np.where(outside, ABSENT, found[name]).view("datetime64[D]")
    return found


def _by_bound(
    columns: TermColumns, turns: Trajectory, terms: Schedule, day: Days, suspended: Mask, transmission_days: int
) -> dict[str, NDArray[Any]]:
    size = len(columns)
    status, reason = status_on(turns, day, suspended)
    runs = (
        (status == Status.IN_FORCE)
        | (status == Status.RENEWED)
        | (status == Status.EXPIRING)
        | (status == Status.SUSPENDED)
    )
    number = np.where(runs, (day > turns.first_end).astype(np.int64), -1)
    start = np.where(runs, np.where(turns.entry != ABSENT, turns.entry, turns.start), ABSENT)
    provisional = runs & (turns.provisional != ABSENT) & ((turns.entry == ABSENT) | (day < turns.entry))
    start = np.where(provisional, turns.provisional, start)
    end = np.where(runs & (day <= turns.first_end), turns.first_end, NEVER)
    start = np.where(runs & (day > turns.first_end), turns.first_end + 1, start)
    more = runs & turns.next_is_certain & (day <= turns.first_end)
    picked = np.flatnonzero(runs & turns.renews & (day > turns.first_end))
    if picked.size:
        some = terms.rows(picked)
        last = turns.last_term[picked]
        current = np.minimum(some.term_number(np.broadcast_to(day, (size,))[picked]), last)
        number[picked] = current
        start[picked] = some.end_of_term(current - 1) + 1
        end[picked] = some.end_of_term(current)
        more[picked] = current < last
    final = turns.final_day
    more &= end < final
    deadline, safe = _deadlines(columns, end, more, transmission_days)
    return {
        "status": status,
        "reason": reason,
        "renewal_number": number,
        "current_term_start": start,
        "current_term_end": np.where(end >= NEVER, ABSENT, end),
        "next_renewal": np.where(more, end + 1, ABSENT),
        "notice_deadline": deadline,
        "last_safe_day": safe,
        "ends_on": np.where(final >= NEVER, ABSENT, final),
        "ending": turns.ending,
        "provisional": provisional,
    }


def _deadlines(columns: TermColumns, end: Days, renewed: Mask, transmission_days: int) -> tuple[Days, Days]:
    objecting = (columns.nonrenewal_months >= 0) | (columns.nonrenewal_days >= 0)
    denouncing = (columns.denunciation_at_term_end == 1) & ((columns.notice_months >= 0) | (columns.notice_days >= 0))
    deadline = np.full(len(columns), ABSENT)
    safe = deadline.copy()
    picked = np.flatnonzero(renewed & (objecting | denouncing))
    if picked.size:
        by_objection = objecting[picked]
        months = np.where(by_objection, columns.nonrenewal_months[picked], columns.notice_months[picked])
        days = np.where(by_objection, columns.nonrenewal_days[picked], columns.notice_days[picked])
        latest = notice_deadline(
            end[picked], np.maximum(months, 0).astype(np.int64), np.maximum(days, 0).astype(np.int64)
        )
        deadline[picked] = latest
        by_dispatch = columns.notice_counted_from[picked] == CountedFrom.DISPATCH
        safe[picked] = latest - np.where(by_dispatch, 0, transmission_days)
    return deadline, safe


def warnings_of(columns: TermColumns, both: Enclosure) -> NDArray[np.int32]:
    """Return the bit sets of Warnings; with coarse dates only what is so whatever the true dates are."""
    early, late = both.low_schedule, both.high_schedule
    result = np.zeros(len(columns), dtype=np.int32)

    def warn(where: Mask, warning: Warnings) -> None:
        result[where] |= int(warning)

    signed = columns.signed_on_low.view(np.int64)
    warn((late.entry != ABSENT) & (late.entry < signed), Warnings.FORCE_BEFORE_SIGNATURE)
    last_day = np.minimum(np.minimum(both.high.final_day, late.first_end), both.high.terminated_from - 1)
    warn((early.start < NEVER) & (last_day < early.start), Warnings.END_BEFORE_START)

    tacit, forever = columns.tacit_renewal, columns.renewal_indefinite == 1
    renewing = (tacit == 1) | ((tacit == -1) & forever)
    warn(
        (tacit != 0) & both.low_stops.objected_too_late & (early.anchor == late.anchor),
        Warnings.OBJECTION_TOO_LATE,
    )
    has_length = (columns.renewal_months > 0) | forever
    warn(renewing & ~has_length, Warnings.RENEWAL_WITHOUT_LENGTH)
    term_recorded = (columns.term_months > 0) | (columns.term_end_low.view(np.int64) != ABSENT)
    warn(renewing & ~term_recorded, Warnings.RENEWAL_WITHOUT_TERM)
    warn((columns.indefinite == 1) & term_recorded & ~(forever & renewing), Warnings.INDEFINITE_WITH_TERM)
    warn(
        ((tacit == 0) & ((columns.renewal_limit > 0) | forever))
        | ((tacit == 1) & (columns.renewal_limit == 0))
        | (forever & ((columns.renewal_months > 0) | (columns.later_renewal_months > 0))),
        Warnings.RENEWAL_CONTRADICTORY,
    )
    no_period = (columns.nonrenewal_months < 0) & (columns.nonrenewal_days < 0)
    no_notice = (columns.notice_months < 0) & (columns.notice_days < 0)
    replaced = (columns.denunciation_at_term_end == 1) & ~no_notice
    warn(renewing & term_recorded & no_period & ~replaced, Warnings.NONRENEWAL_PERIOD_NOT_RECORDED)
    shortest = _shortest_term(columns, renewing)
    objecting = np.maximum(columns.nonrenewal_months, 0) + np.maximum(columns.nonrenewal_days, 0) / _DAYS_OF_A_MONTH
    noticing = np.maximum(columns.notice_months, 0) + np.maximum(columns.notice_days, 0) / _DAYS_OF_A_MONTH
    longest = np.maximum(np.where(renewing, objecting, 0), noticing)
    warn(longest > shortest, Warnings.NOTICE_LONGER_THAN_TERM)
    warn(
        (columns.term_months == 0) | (columns.renewal_months == 0) | (columns.later_renewal_months == 0),
        Warnings.ZERO_LENGTH,
    )

    recorded_low, recorded_high = columns.in_force_from_low.view(np.int64), columns.in_force_from_high.view(np.int64)
    compared = (recorded_low != ABSENT) & (early.computed_entry != ABSENT)
    warn(
        compared & ((recorded_high < early.computed_entry) | (recorded_low > late.computed_entry)),
        Warnings.ENTRY_DISAGREES_WITH_RULE,
    )
    _warn_of_terms(columns, both, result)
    _warn_of_suspensions(columns, result)
    expired = both.high.expired_from
    terminated = columns.terminated_on_low.view(np.int64)
    warn((terminated != ABSENT) & (expired < NEVER) & (terminated > expired), Warnings.TERMINATED_AFTER_END)
    for day in (both.high.start, both.high.first_end, both.high.final_day):
        warn((day > LAST_DAY) & (day < NEVER - 1), Warnings.BEYOND_CALENDAR)
    return result


def _shortest_term(columns: TermColumns, renewing: Mask) -> NDArray[np.float64]:
    shortest = np.where(columns.term_months > 0, columns.term_months, np.inf)
    for length in (columns.renewal_months, columns.later_renewal_months):
        shortest = np.where(renewing & (length > 0), np.minimum(shortest, length), shortest)
    return shortest


def _warn_of_terms(columns: TermColumns, both: Enclosure, result: NDArray[np.int32]) -> None:
    """A recorded end may be the day the term gives or the next: both ways of counting are in use."""
    end_low, end_high = columns.term_end_low.view(np.int64), columns.term_end_high.view(np.int64)
    early, late = both.low_schedule.entry, both.high_schedule.entry
    picked = np.flatnonzero((end_low != ABSENT) & (columns.term_months > 0) & (early != ABSENT))
    if picked.size:
        months = columns.term_months[picked].astype(np.int64)
        too_early = end_high[picked] < period_end(early[picked], months)
        too_late = end_low[picked] > period_end(late[picked], months) + 1
        result[picked[too_early | too_late]] |= int(Warnings.TERM_DISAGREES_WITH_END)


def _warn_of_suspensions(columns: TermColumns, result: NDArray[np.int32]) -> None:
    if not columns.suspension_row.size:
        return
    begin = columns.suspension_from.view(np.int64)
    until = columns.suspension_until.view(np.int64)
    last = np.where(until == ABSENT, NEVER, until)
    usable = (begin != ABSENT) & (last >= begin)
    result[columns.suspension_row[~usable]] |= int(Warnings.SUSPENSION_BACKWARDS)
    row, begin, last = columns.suspension_row[usable], begin[usable], last[usable]
    order = np.lexsort((begin, row))
    row, begin, last = row[order], begin[order], last[order]
    overlap = (row[1:] == row[:-1]) & (begin[1:] <= last[:-1])
    result[row[1:][overlap]] |= int(Warnings.SUSPENSIONS_OVERLAP)
