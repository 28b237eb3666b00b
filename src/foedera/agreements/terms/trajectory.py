"""The kernel: from the facts to the few days on which an agreement's status changes, for many rows at once.

Everything here is independent of the as-of date, except `status_on`, which compares a day with the turning points.
A row whose dates are not precise to the day has two trajectories, of the earliest and of the latest days its dates may
mean. Every turning point moves the same way as the dates it depends on, so it lies between its two values whatever
the true dates are; where both trajectories give a day the same status, so do the true dates. Two steps do
not move the same way and are therefore taken crosswise: the count of terms until a notice takes effect (the later the
first term began, the fewer), and whether an end came before the expiry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.terms.codes import Ending, Reason, Status
from foedera.agreements.terms.facts import TermColumns
from foedera.agreements.terms.months import Days
from foedera.agreements.terms.schedule import (
    ABSENT,
    NEVER,
    SINCE_EVER,
    UNLIMITED,
    Bound,
    Codes,
    Mask,
    Schedule,
    Stops,
    days_of,
    length_of,
    schedule,
    shifted,
    stops,
)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The turning points of each row, int64 days; NEVER where a thing does not happen."""

    start: Days
    entry: Days
    provisional: Days
    unknown_from: Days
    """From this day unknown because the entry is; NEVER when the entry is known."""
    entry_reason: Codes
    first_end: Days
    renewed_from: Days
    uncertain_from: Days
    """From this day it is not known whether the agreement goes on."""
    uncertain_reason: Codes
    expiring_from: Days
    expired_from: Days
    denounced_from: Days
    """First day after the end by a notice of termination."""
    ended_from: Days
    """First day after the end by denunciation or supersession, whether or not it had expired before."""
    terminated_from: Days
    renews: Mask
    """Renewals of known length follow the first term."""
    next_is_certain: Mask
    """At the end of the first term a renewal follows, of whatever length."""
    last_term: Days
    """Number of the last term that will run; UNLIMITED."""
    ending: Codes
    """What brings the final end."""
    over_from: Days
    """First day after the final end, however it comes."""

    @property
    def final_day(self) -> Days:
        """The last day in force, NEVER if none is known."""
        return np.where(self.over_from < NEVER, self.over_from - 1, NEVER)

    def ended_before(self, expired_from: Days) -> Self:
        """Return the same with `ended_from` only where it comes before the given expiry, else NEVER."""
        return replace(self, ended_from=np.where(self.ended_from < expired_from, self.ended_from, NEVER))

    def rows(self, selection: NDArray[Any]) -> Self:
        """Return the trajectories of some rows."""
        return type(self)(*(getattr(self, name)[selection] for name in _TRAJECTORY_FIELDS))

    def turning_points(self) -> tuple[Days, ...]:
        """Return all days on which a status may change."""
        return (
            self.start,
            self.unknown_from,
            self.renewed_from,
            self.uncertain_from,
            self.expiring_from,
            self.expired_from,
            self.ended_from,
            self.terminated_from,
        )


_TRAJECTORY_FIELDS: Final = tuple(each.name for each in fields(Trajectory))


def trajectory(columns: TermColumns, terms: Schedule, notices: Stops, bound: Bound, expiring_days: int) -> Trajectory:
    """Return the turning points that follow from a schedule and the notices given."""
    size = len(columns)
    entered = terms.start < NEVER
    known_entry = terms.entry != ABSENT
    unknown_from = np.where(entered, NEVER, np.where(terms.signed == ABSENT, SINCE_EVER, terms.signed))

    denounced = days_of(columns, "denounced_on")
    is_denounced = denounced != ABSENT
    period_known = (columns.notice_months >= 0) | (columns.notice_days >= 0)
    last_noticed = shifted(
        denounced, length_of(columns.notice_months), length_of(columns.notice_days), is_denounced & period_known
    )
    picked = np.flatnonzero((last_noticed != ABSENT) & (columns.denunciation_at_term_end == 1) & terms.has_term)
    if picked.size:
        some, number = terms.rows(picked), notices.denounced_term[picked]
        by_term = some.end_of_term(number)
        last_noticed[picked] = np.where(number >= 0, by_term, np.maximum(last_noticed[picked], some.first_end))
    denounced_from = np.where(last_noticed != ABSENT, last_noticed + 1, NEVER)

    superseded = days_of(columns, "superseded_on")
    superseded_from = np.where(superseded != ABSENT, superseded, NEVER)
    terminated = days_of(columns, f"terminated_on_{bound}")
    terminated_from = np.where(terminated != ABSENT, terminated, NEVER)

    # How the first term goes on.
    has_term = terms.has_term
    tacit = columns.tacit_renewal
    into_indefinite = columns.renewal_indefinite == 1
    renewing = (tacit == 1) | ((tacit == -1) & into_indefinite)
    limit = np.where(columns.renewal_limit < 0, UNLIMITED, columns.renewal_limit).astype(np.int64)
    none_left = limit == 0
    contradictory = has_term & (
        ((columns.indefinite == 1) & ~(into_indefinite & renewing)) | ((tacit == 0) & into_indefinite)
    )
    stopped_first = notices.objected_term == 0
    followed = has_term & ~contradictory
    renews = followed & renewing & ~into_indefinite & (terms.first_renewal > 0)
    last_term = np.where(renews, np.minimum(limit, notices.objected_term), 0)
    continues = followed & renewing & into_indefinite & ~stopped_first & ~none_left
    nothing_follows = followed & ~renews & ((tacit == 0) | none_left | stopped_first)
    doubtful = has_term & ~renews & ~continues & ~nothing_follows

    expired_from = np.where(nothing_follows, terms.first_end + 1, NEVER)
    picked = np.flatnonzero(renews & (last_term < UNLIMITED))
    if picked.size:
        expired_from[picked] = terms.rows(picked).end_of_term(last_term[picked]) + 1
    by_objection = (renews & (notices.objected_term < limit)) | (
        nothing_follows & stopped_first & (tacit != 0) & ~none_left
    )
    announced = np.where(by_objection, days_of(columns, "objected_on"), SINCE_EVER)

    uncertain_from = np.where(doubtful, terms.first_end + 1, NEVER)
    uncertain_reason = np.where(
        contradictory,
        int(Reason.CONTRADICTORY_DURATION),
        np.where(renewing, int(Reason.RENEWAL_LENGTH_NOT_RECORDED), int(Reason.RENEWAL_NOT_RECORDED)),
    )
    ends_anyway = is_denounced | (superseded != ABSENT) | (terminated != ABSENT)
    endless = ~has_term & (columns.indefinite != 1) & known_entry & ~ends_anyway
    uncertain_from = np.where(endless, terms.entry, uncertain_from)
    uncertain_reason = np.where(endless, int(Reason.DURATION_NOT_RECORDED), uncertain_reason)
    without_period = is_denounced & ~period_known & (denounced < uncertain_from)
    uncertain_from = np.where(without_period, denounced, uncertain_from)
    uncertain_reason = np.where(without_period, int(Reason.NOTICE_PERIOD_NOT_RECORDED), uncertain_reason)

    ended_from = np.minimum(denounced_from, superseded_from)
    expiring_from = np.full(size, NEVER)
    for end, notice in (
        (expired_from, announced),
        (denounced_from, denounced),
        (superseded_from, SINCE_EVER),
        (terminated_from, SINCE_EVER),
    ):
        window = np.maximum(end - 1 - expiring_days, notice)
        expiring_from = np.minimum(expiring_from, np.where(end < NEVER, window, NEVER))

    ending = np.where(
        by_objection,
        int(Ending.OBJECTION),
        np.where(renewing & has_term & (limit < UNLIMITED), int(Ending.RENEWAL_LIMIT), int(Ending.TERM)),
    )
    ending = np.where(expired_from < NEVER, ending, int(Ending.NONE))
    earliest = expired_from
    for end, cause in (
        (denounced_from, Ending.DENUNCIATION),
        (superseded_from, Ending.SUPERSESSION),
        (terminated_from, Ending.TERMINATION),
    ):
        sooner = end < earliest
        ending = np.where(sooner, int(cause), ending)
        earliest = np.where(sooner, end, earliest)
    return Trajectory(
        start=terms.start,
        entry=terms.entry,
        provisional=terms.provisional,
        unknown_from=unknown_from,
        entry_reason=terms.entry_reason,
        first_end=terms.first_end,
        renewed_from=np.where((renews & (last_term > 0)) | continues, terms.first_end + 1, NEVER),
        uncertain_from=uncertain_from,
        uncertain_reason=uncertain_reason.astype(np.int8),
        expiring_from=expiring_from,
        expired_from=expired_from,
        denounced_from=denounced_from,
        ended_from=ended_from,
        terminated_from=terminated_from,
        renews=renews,
        next_is_certain=has_term & renewing & ~contradictory & ~stopped_first & ~none_left,
        last_term=np.where(continues, 1, last_term),
        ending=ending.astype(np.int8),
        over_from=earliest,
    )


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Both trajectories of rows; the same object twice where all dates are precise to the day."""

    low_schedule: Schedule
    high_schedule: Schedule
    low_stops: Stops
    high_stops: Stops
    low: Trajectory
    high: Trajectory

    @property
    def exact(self) -> bool:
        """Whether all dates of all rows are precise to the day."""
        return self.low is self.high


def enclose(columns: TermColumns, *, coarse: bool, expiring_days: int) -> Enclosure:
    """Return the trajectories of rows that hold coarse dates, or of rows that hold none."""
    low_schedule = schedule(columns, "low")
    low_stops = stops(columns, low_schedule)
    if not coarse:
        low = trajectory(columns, low_schedule, low_stops, "low", expiring_days)
        low = low.ended_before(low.expired_from)
        return Enclosure(low_schedule, low_schedule, low_stops, low_stops, low, low)
    high_schedule = schedule(columns, "high")
    high_stops = stops(columns, high_schedule)
    low = trajectory(columns, low_schedule, high_stops, "low", expiring_days)
    high = trajectory(columns, high_schedule, low_stops, "high", expiring_days)
    # Early: it may have ended before it expired; late: it certainly did.
    return Enclosure(
        low_schedule,
        high_schedule,
        low_stops,
        high_stops,
        low.ended_before(high.expired_from),
        high.ended_before(low.expired_from),
    )


def status_on(turns: Trajectory, day: Days, suspended: Mask) -> tuple[Codes, Codes]:
    """Return the status of each row on a day (one, or one for each row), and the reason where it is unknown.

    `suspended` says on which of them a suspension runs. What is written later prevails.
    """
    begun = day >= turns.start
    unentered = day >= turns.unknown_from
    status = np.where(begun, np.int8(Status.IN_FORCE), np.int8(Status.NOT_YET_IN_FORCE))
    status[begun & (day >= turns.renewed_from)] = Status.RENEWED
    status[begun & (day >= turns.expiring_from)] = Status.EXPIRING
    status[begun & suspended] = Status.SUSPENDED
    uncertain = begun & (day >= turns.uncertain_from)
    status[uncertain | unentered] = Status.UNKNOWN
    status[(begun | unentered) & (day >= turns.expired_from)] = Status.EXPIRED
    status[(day >= turns.ended_from) | (day >= turns.terminated_from)] = Status.TERMINATED
    reason = np.where(unentered, turns.entry_reason, turns.uncertain_reason)
    return status, np.where(status == Status.UNKNOWN, reason, np.int8(Reason.NONE))


def suspended_on(columns: TermColumns, rows: Days, days: Days) -> Mask:
    """Return whether a suspension of row rows[i] runs on the day days[i]."""
    if not columns.suspension_row.size:
        return np.zeros(len(rows), dtype=np.bool_)
    begin, after, row = suspension_days(columns)
    starts = np.sort(keys(row, begin))
    ends = np.sort(keys(row, np.minimum(after, NEVER)))
    wanted = keys(rows, days)
    # Each suspension of earlier rows has begun and ended by the key order, so only this row's count.
    running = np.searchsorted(starts, wanted, "right") - np.searchsorted(ends, wanted, "right")
    return running > 0


def suspension_days(columns: TermColumns) -> tuple[Days, Days, Days]:
    """Return the first day, the first day after, and the row of each usable suspension."""
    begin = days_of(columns, "suspension_from")
    until = days_of(columns, "suspension_until")
    after = np.where(until == ABSENT, NEVER, until + 1)
    usable = (begin != ABSENT) & (after > begin)
    return begin[usable], after[usable], columns.suspension_row[usable]


def keys(rows: Days, days: Days) -> Days:
    """Return one number for each row and day, ordered by row and then by day."""
    return rows * np.int64(1 << 27) + (days + NEVER)
