"""Entry into force, the course of the terms, and in which of them notices take effect."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.terms.codes import EntryRule, Reason
from foedera.agreements.terms.facts import TermColumns
from foedera.agreements.terms.months import Days, add_months, period_end, whole_months

Mask = NDArray[np.bool_]
Codes = NDArray[np.int8]
Bound = Literal["low", "high"]

ABSENT: Final = int(np.iinfo(np.int64).min)  # NaT
FIRST_DAY: Final = int(np.datetime64("0001-01-01", "D").astype(np.int64))
LAST_DAY: Final = int(np.datetime64("9999-12-31", "D").astype(np.int64))
NEVER: Final = 50_000_000  # after every day that can be computed; twice it fits into 27 bits
SINCE_EVER: Final = -NEVER
UNLIMITED: Final = 1_000_000  # renewals
_FURTHEST_MONTHS: Final = 144_000  # beyond the calendar from any day in it


@dataclass(frozen=True, slots=True)
class Schedule:
    """Entry into force and terms; days are int64, ABSENT or NEVER where there are none."""

    signed: Days
    computed_entry: Days
    entry: Days
    """Definitive entry into force, ABSENT if not known."""
    provisional: Days
    """First day of provisional application, ABSENT if there is none before the entry."""
    start: Days
    """First day in force, provisionally or not; NEVER if not known."""
    entry_reason: Codes
    first_end: Days
    """Last day of the first term; NEVER if none is known."""
    has_term: Mask
    anchor: Days
    """The day from which terms are counted."""
    offset: Days
    """Months from the anchor to the first renewal."""
    first_renewal: Days
    """Months of the first renewal, 0 if not recorded."""
    later_renewal: Days

    def term_number(self, day: Days) -> Days:
        """Return in which term a day lies: 0 in (or before) the first, n in the n-th renewal.

        Meaningful only for rows that have a first term and a renewal length.
        """
        elapsed = whole_months(self.anchor, day) - self.offset
        later = 2 + (elapsed - self.first_renewal) // np.maximum(self.later_renewal, 1)
        return np.where(elapsed < 0, 0, np.where(elapsed < self.first_renewal, 1, later))

    def end_of_term(self, number: Days) -> Days:
        """Return the last day of the first term (0) or of the n-th renewal, computed from the anchor."""
        more = np.maximum(np.minimum(number, _FURTHEST_MONTHS) - 1, 0)
        months = self.offset + self.first_renewal + more * self.later_renewal
        ends = period_end(self.anchor, np.minimum(months, _FURTHEST_MONTHS))
        return np.where(number <= 0, self.first_end, ends)

    def rows(self, selection: NDArray[Any]) -> Self:
        """Return the schedule of some rows."""
        return type(self)(*(getattr(self, name)[selection] for name in _SCHEDULE_FIELDS))


_SCHEDULE_FIELDS: Final = tuple(each.name for each in fields(Schedule))


@dataclass(frozen=True, slots=True)
class Stops:
    """In which term notices take effect, and when."""

    objected_term: Days
    """The number of the term at whose end the objection stops renewal; UNLIMITED if there is no objection."""
    objected_too_late: Mask
    denounced_term: Days
    """The number of the term with which a denunciation ends; -1 if it does not wait for the end of a term."""


def days_of(columns: TermColumns, name: str) -> Days:
    days: Days = getattr(columns, name).view(np.int64)
    return days


def length_of(column: NDArray[np.int32]) -> Days:
    return np.maximum(column, 0).astype(np.int64)


def shifted(days: Days, months: Days, more_days: Days, rows: Mask) -> Days:
    """Add months, then days, in the given rows; the others are ABSENT."""
    result = np.full(len(days), ABSENT)
    picked = np.flatnonzero(rows)
    if picked.size:
        result[picked] = add_months(days[picked], months[picked]) + more_days[picked]
    return result


def schedule(columns: TermColumns, bound: Bound) -> Schedule:
    """Return entry and terms as they follow from the first ("low") or the last ("high") days of partial dates."""
    signed = days_of(columns, f"signed_on_{bound}")
    notified = days_of(columns, f"last_notification_on_{bound}")
    ratified = days_of(columns, f"ratified_on_{bound}")
    recorded = days_of(columns, f"in_force_from_{bound}")
    rule = columns.in_force_rule
    by_signature = (rule >= EntryRule.SIGNATURE) & (rule <= EntryRule.AFTER_SIGNATURE)
    no_delay = (
        (rule == EntryRule.AFTER_SIGNATURE) & (columns.in_force_delay_months < 0) & (columns.in_force_delay_days < 0)
    )
    by_notification = rule == EntryRule.LAST_NOTIFICATION
    by_ratification = rule == EntryRule.RATIFICATION
    by_provisional = rule == EntryRule.PROVISIONAL_FROM_SIGNATURE
    anchor = np.where(by_signature & ~no_delay, signed, ABSENT)
    anchor = np.where(by_notification, notified, anchor)
    anchor = np.where(by_ratification, ratified, anchor)
    anchor = np.where(by_provisional, np.maximum(notified, ratified), anchor)
    computed = shifted(
        anchor, length_of(columns.in_force_delay_months), length_of(columns.in_force_delay_days), anchor != ABSENT
    )
    entry = np.where(recorded != ABSENT, recorded, computed)
    known = entry != ABSENT

    provisional = days_of(columns, f"provisional_from_{bound}")
    provisional = np.where((provisional == ABSENT) & by_provisional, signed, provisional)
    applied = provisional != ABSENT
    provisional = np.where(known & (provisional >= entry), ABSENT, provisional)
    start = np.minimum(np.where(known, entry, NEVER), np.where(provisional != ABSENT, provisional, NEVER))

    reason = np.full(len(signed), int(Reason.ENTRY_RULE_NOT_RECORDED), dtype=np.int8)
    reason[signed == ABSENT] = Reason.NO_DATES
    reason[by_signature | by_provisional] = Reason.SIGNATURE_NOT_RECORDED
    reason[no_delay] = Reason.ENTRY_DELAY_NOT_RECORDED
    reason[by_notification] = Reason.WAITS_FOR_LAST_NOTIFICATION
    reason[by_ratification] = Reason.WAITS_FOR_RATIFICATION
    reason[rule == EntryRule.FIXED_DATE] = Reason.ENTRY_DATE_NOT_RECORDED
    reason[known | applied] = Reason.NONE

    term_end = days_of(columns, f"term_end_{bound}")
    months = length_of(columns.term_months)
    has_end = term_end != ABSENT
    by_months = ~has_end & (months > 0) & known
    anchor = np.where(has_end, term_end + 1, np.where(by_months, entry, 0))
    first_end = np.where(has_end, term_end, NEVER)
    picked = np.flatnonzero(by_months)
    if picked.size:
        first_end[picked] = period_end(entry[picked], months[picked])
    first_renewal = length_of(columns.renewal_months)
    later_renewal = np.where(columns.later_renewal_months > 0, columns.later_renewal_months, first_renewal)
    return Schedule(
        signed=signed,
        computed_entry=computed,
        entry=entry,
        provisional=provisional,
        start=start,
        entry_reason=reason,
        first_end=first_end,
        has_term=has_end | by_months,
        anchor=anchor,
        offset=np.where(has_end, 0, months),
        first_renewal=first_renewal,
        later_renewal=later_renewal,
    )


def notice_deadline(end: Days, months: Days, days: Days) -> Days:
    """Return the last day on which a notice may take effect to be `months` and `days` before the end of a term.

    The days are taken off first and then the months; a notice on that day plus its period is never after the end.
    """
    return add_months(end - days, -months)


def stops(columns: TermColumns, terms: Schedule) -> Stops:
    """Return in which term the notices given take effect."""
    size = len(columns)
    objected_term = np.full(size, UNLIMITED, dtype=np.int64)
    too_late = np.zeros(size, dtype=np.bool_)
    objected = days_of(columns, "objected_on")
    picked = np.flatnonzero((objected != ABSENT) & terms.has_term)
    if picked.size:
        some = terms.rows(picked)
        months, days = length_of(columns.nonrenewal_months[picked]), length_of(columns.nonrenewal_days[picked])
        on = objected[picked]
        repeats = some.first_renewal > 0
        in_first = notice_deadline(some.first_end, months, days) >= on
        number = some.term_number(add_months(on, months) + days)
        # A short month may make the deadline fall before the notice though notice plus period still fits.
        number += notice_deadline(some.end_of_term(number), months, days) < on
        number = np.where(repeats, number, np.where(in_first, 0, UNLIMITED))
        objected_term[picked] = number
        running = np.where(repeats, some.term_number(on), np.where(on <= some.first_end, 0, UNLIMITED - 1))
        too_late[picked] = number > running
    denounced_term = np.full(size, -1, dtype=np.int64)
    denounced = days_of(columns, "denounced_on")
    known = (columns.notice_months >= 0) | (columns.notice_days >= 0)
    picked = np.flatnonzero((denounced != ABSENT) & known & (columns.denunciation_at_term_end == 1) & terms.has_term)
    if picked.size:
        some = terms.rows(picked)
        months, days = length_of(columns.notice_months[picked]), length_of(columns.notice_days[picked])
        through = add_months(denounced[picked], months) + days
        denounced_term[picked] = np.where(some.first_renewal > 0, some.term_number(through), -1)
    return Stops(objected_term, too_late, denounced_term)
