"""The facts a term is computed from: of one agreement, and of many as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.terms.codes import CountedFrom, EntryRule
from foedera.platform.records import partial_dates

DayColumn = NDArray[np.datetime64]
IntColumn = NDArray[np.int32]
CodeColumn = NDArray[np.int8]

PARTIAL_DATES: Final = (
    "signed_on", "in_force_from", "provisional_from", "last_notification_on", "ratified_on", "term_end", "terminated_on",
)  # fmt: skip
EXACT_DATES: Final = ("objected_on", "denounced_on", "superseded_on")
LENGTHS: Final = (
    "in_force_delay_months", "in_force_delay_days", "term_months", "renewal_months", "later_renewal_months",
    "renewal_limit", "notice_months", "notice_days", "nonrenewal_months", "nonrenewal_days",
)  # fmt: skip
FLAGS: Final = ("indefinite", "tacit_renewal", "renewal_indefinite", "denunciation_at_term_end")

# A thousand years: longer lengths are mistakes of typing, and dates would leave the calendar.
LONGEST_MONTHS: Final = 12_000
LONGEST_DAYS: Final = 365_250

_NO_DAY: Final = np.datetime64("NaT", "D")
_FLAG_CODES: Final[Mapping[bool | None, int]] = {None: -1, False: 0, True: 1}
_RULE_CODES: Final = {rule.slug: int(rule) for rule in EntryRule}
_COUNTED_CODES: Final = {counted.slug: int(counted) for counted in CountedFrom}


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFacts:
    """What the register knows about the time of one agreement; nothing here is computed.

    Partial dates are canonical texts ("1954", "1954-03", "1954-03-17"; "" if not recorded); lengths are whole months
    or days, None if not recorded; flags are None where it is not recorded whether.
    """

    signed_on: str = ""
    """Signature; with rules of a last or n-th signature the one that counts."""
    in_force_rule: str = ""
    """A slug of EntryRule, "" if not recorded."""
    in_force_delay_months: int | None = None
    in_force_delay_days: int | None = None
    in_force_from: str = ""
    """The recorded entry into force; it prevails over the rule."""
    provisional_from: str = ""
    last_notification_on: str = ""
    ratified_on: str = ""
    term_months: int | None = None
    """Length of the first term."""
    term_end: str = ""
    """The last day of the first term; prevails over term_months."""
    indefinite: bool | None = None
    tacit_renewal: bool | None = None
    renewal_months: int | None = None
    """Length of the first renewal, and of later ones unless later_renewal_months says otherwise."""
    later_renewal_months: int | None = None
    renewal_limit: int | None = None
    """How often it may be renewed; None: without limit."""
    renewal_indefinite: bool | None = None
    """After the first term it continues without end unless someone objects."""
    notice_months: int | None = None
    notice_days: int | None = None
    """Period of a notice of termination; both may be given and are added, months first."""
    nonrenewal_months: int | None = None
    nonrenewal_days: int | None = None
    """How long before the end of a term one must object to its renewal."""
    notice_counted_from: str = ""
    """A slug of CountedFrom, "" if not recorded."""
    objected_on: date | None = None
    """The day a notice of non-renewal took effect: of its dispatch or receipt, whichever the text counts from."""
    denounced_on: date | None = None
    """The day a notice of termination took effect, in the same way."""
    denunciation_at_term_end: bool | None = None
    """A notice of termination ends the agreement only with a term."""
    terminated_on: str = ""
    """The first day on which it is no longer in force, by agreement of the parties or otherwise."""
    end_ground: str = ""
    """Ground of the end; shown, never computed with."""
    superseded_on: date | None = None
    """The first day on which another agreement replaces it."""
    suspensions: tuple[tuple[date, date | None], ...] = ()
    """First and last day of each suspension; None: still suspended."""


FACT_NAMES: Final[tuple[str, ...]] = tuple(each.name for each in fields(TermFacts))
_DEFAULTS: Final[Mapping[str, Any]] = {each.name: each.default for each in fields(TermFacts)}


@dataclass(frozen=True, slots=True)
class TermColumns:
    """The facts of many agreements, one numpy array for each.

    Days are datetime64[D] with NaT for "not recorded"; partial dates have two columns, the first and the last day they
    may mean. Lengths are int32 with -1 for "not recorded"; flags int8: 1 yes, 0 no, -1 not recorded; rules int8 by
    EntryRule and CountedFrom. Suspensions are in long form: the row, the first and the last day (NaT: open), ordered
    by row.
    """

    signed_on_low: DayColumn
    signed_on_high: DayColumn
    in_force_from_low: DayColumn
    in_force_from_high: DayColumn
    provisional_from_low: DayColumn
    provisional_from_high: DayColumn
    last_notification_on_low: DayColumn
    last_notification_on_high: DayColumn
    ratified_on_low: DayColumn
    ratified_on_high: DayColumn
    term_end_low: DayColumn
    term_end_high: DayColumn
    terminated_on_low: DayColumn
    terminated_on_high: DayColumn
    objected_on: DayColumn
    denounced_on: DayColumn
    superseded_on: DayColumn
    in_force_delay_months: IntColumn
    in_force_delay_days: IntColumn
    term_months: IntColumn
    renewal_months: IntColumn
    later_renewal_months: IntColumn
    renewal_limit: IntColumn
    notice_months: IntColumn
    notice_days: IntColumn
    nonrenewal_months: IntColumn
    nonrenewal_days: IntColumn
    indefinite: CodeColumn
    tacit_renewal: CodeColumn
    renewal_indefinite: CodeColumn
    denunciation_at_term_end: CodeColumn
    in_force_rule: CodeColumn
    notice_counted_from: CodeColumn
    suspension_row: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    suspension_from: DayColumn = field(default_factory=lambda: np.empty(0, "datetime64[D]"))
    suspension_until: DayColumn = field(default_factory=lambda: np.empty(0, "datetime64[D]"))

    def __post_init__(self) -> None:
        """Raise ValueError for columns of unequal length, lengths out of range or suspensions not ordered by row."""
        size = len(self)
        for name in ROW_COLUMNS:
            column = getattr(self, name)
            if column.shape != (size,):
                raise ValueError(f"{name}: {column.shape} does not fit {size} rows")
            if name in LENGTHS:
                _check_length(name, column)
        rows = self.suspension_row
        if not len(rows) == len(self.suspension_from) == len(self.suspension_until):
            raise ValueError("suspensions: three columns of one length are needed")
        if rows.size and (rows[0] < 0 or rows[-1] >= size or bool((np.diff(rows) < 0).any())):
            raise ValueError("suspensions: rows must be ordered and exist")

    def __len__(self) -> int:
        return len(self.signed_on_low)

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> Self:
        """Return the columns of many rows, each a tuple in the order of FACT_NAMES or a mapping by these names.

        A mapping may leave out what is not recorded; None is "not recorded" everywhere. Raises PartialDateError for
        a date that is not canonical and ValueError for unknown rules and lengths out of range, naming the row.
        """
        listed = list(rows)
        if listed and isinstance(listed[0], Mapping):
            listed = [tuple(row.get(name, _DEFAULTS[name]) for name in FACT_NAMES) for row in _mappings(listed)]
        by_name: dict[str, Sequence[Any]] = dict.fromkeys(FACT_NAMES, ())
        if listed:
            by_name = dict(zip(FACT_NAMES, zip(*listed, strict=True), strict=True))
        columns: dict[str, NDArray[Any]] = {}
        for name in PARTIAL_DATES:
            columns[f"{name}_low"], columns[f"{name}_high"] = _bounds(name, by_name[name])
        for name in EXACT_DATES:
            different, places = _different(by_name[name])
            columns[name] = np.array(different, dtype="datetime64[D]")[places]
        for name in LENGTHS:
            columns[name] = _lengths(name, by_name[name])
        for name in FLAGS:
            columns[name] = _coded(name, by_name[name], _FLAG_CODES)
        columns["in_force_rule"] = _coded("in_force_rule", by_name["in_force_rule"], _RULE_CODES)
        columns["notice_counted_from"] = _coded("notice_counted_from", by_name["notice_counted_from"], _COUNTED_CODES)
        suspended = [(row, *pair) for row, pairs in enumerate(by_name["suspensions"]) if pairs for pair in pairs]
        columns["suspension_row"] = np.array([row for row, _, _ in suspended], dtype=np.int64)
        columns["suspension_from"] = np.array([start for _, start, _ in suspended], dtype="datetime64[D]")
        columns["suspension_until"] = np.array([until for _, _, until in suspended], dtype="datetime64[D]")
        return cls(**columns)

    @classmethod
    def from_facts(cls, facts: Iterable[TermFacts]) -> Self:
        """Return the columns of many TermFacts. Raises as `from_rows`."""
        return cls.from_rows([tuple(getattr(each, name) for name in FACT_NAMES) for each in facts])

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return the columns of the rows with these numbers, in this order; a row may be taken repeatedly."""
        columns: dict[str, NDArray[Any]] = {name: getattr(self, name)[rows] for name in ROW_COLUMNS}
        if self.suspension_row.size:
            begins = np.searchsorted(self.suspension_row, rows, "left")
            counts = np.searchsorted(self.suspension_row, rows, "right") - begins
            before = np.cumsum(counts) - counts
            picked = np.arange(int(counts.sum())) - np.repeat(before - begins, counts)
            columns["suspension_row"] = np.repeat(np.arange(len(rows)), counts)
            columns["suspension_from"] = self.suspension_from[picked]
            columns["suspension_until"] = self.suspension_until[picked]
        return type(self)(**columns)

    def part(self, begin: int, end: int) -> Self:
        """Return the columns of the rows from `begin` to before `end`, without copying."""
        columns: dict[str, NDArray[Any]] = {name: getattr(self, name)[begin:end] for name in ROW_COLUMNS}
        first, last = np.searchsorted(self.suspension_row, [begin, end])
        columns["suspension_row"] = self.suspension_row[first:last] - begin
        columns["suspension_from"] = self.suspension_from[first:last]
        columns["suspension_until"] = self.suspension_until[first:last]
        return type(self)(**columns)

    def coarse(self) -> NDArray[np.bool_]:
        """Return which rows hold a date that is not precise to the day."""
        result = np.zeros(len(self), dtype=np.bool_)
        for name in PARTIAL_DATES:
            result |= getattr(self, f"{name}_low").view(np.int64) != getattr(self, f"{name}_high").view(np.int64)
        return result


ROW_COLUMNS: Final = tuple(each.name for each in fields(TermColumns) if not each.name.startswith("suspension"))


def _mappings(rows: list[Any]) -> Iterable[Mapping[str, Any]]:
    for number, row in enumerate(rows):
        if unknown := row.keys() - _DEFAULTS.keys():
            raise ValueError(f"row {number}: {', '.join(sorted(unknown))} is no term fact")
        yield row


def _different(values: Sequence[Any]) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the different values, and for each value its place among them; columns repeat the same few over and over."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return list(places), np.fromiter(map(places.__getitem__, values), dtype=np.int64, count=len(values))


def _bounds(name: str, values: Sequence[str | None]) -> tuple[DayColumn, DayColumn]:
    different, places = _different(values)
    try:
        low, high = partial_dates.bounds_of(different)
    except partial_dates.PartialDateError:
        try:
            low, high = partial_dates.bounds_of(values)
        except partial_dates.PartialDateError as error:
            raise partial_dates.PartialDateError(f"{name}: {error}") from None
        raise
    return low[places], high[places]


def _lengths(name: str, values: Sequence[int | None]) -> IntColumn:
    different, places = _different(values)
    longest = _longest(name)
    for value in different:
        if value is not None and not 0 <= value <= longest:
            raise ValueError(f"{name}: {value} in row {values.index(value)} does not lie between 0 and {longest}")
    return np.array([-1 if value is None else value for value in different], dtype=np.int32)[places]


def _longest(name: str) -> int:
    return LONGEST_DAYS if name.endswith("_days") else LONGEST_MONTHS


def _check_length(name: str, column: IntColumn) -> None:
    longest = _longest(name)
    if column.size and (column.min() < -1 or column.max() > longest):
        row = int(np.flatnonzero((column < -1) | (column > longest))[0])
        raise ValueError(f"{name}: {column[row]} in row {row} does not lie between 0 and {longest}")


def _coded(name: str, values: Sequence[Any], codes: Mapping[Any, int]) -> CodeColumn:
    different, places = _different(values)
    for value in different:
        if value is not None and value not in codes:
            allowed = [key for key in codes if key not in (None, "")]
            raise ValueError(f"{name}: {value!r} in row {values.index(value)} is not one of {allowed}")
    nothing = codes.get(None, 0)
    return np.array([nothing if value is None else codes[value] for value in different], dtype=np.int8)[places]
