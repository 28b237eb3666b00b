"""The status of an agreement through all time, as a short list of spans.

The register stores the two arrays of each row (`date[]` and `smallint[]`) and finds the status of a day with
`statuses[width_bucket(day, starts)]`; so nothing has to be recomputed as time goes by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.terms.codes import Status
from foedera.agreements.terms.evaluation import EXPIRING_DAYS, check_allowance, portions
from foedera.agreements.terms.facts import DayColumn, TermColumns
from foedera.agreements.terms.months import Days
from foedera.agreements.terms.schedule import FIRST_DAY, LAST_DAY
from foedera.agreements.terms.trajectory import (
    Enclosure,
    enclose,
    keys,
    status_on,
    suspended_on,
    suspension_days,
)


@dataclass(frozen=True, slots=True)
class SpanColumns:
    """The spans of many rows in flat arrays: row i has those from offsets[i] to before offsets[i + 1].

    `starts` (datetime64[D]) rises within a row and begins with 0001-01-01; `statuses` (int16) holds Status codes, never
    the same twice running. A span lasts until the day before the next one; the last has no end.
    """

    offsets: NDArray[np.int64]
    starts: DayColumn
    statuses: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of(self, row: int) -> tuple[list[date], list[int]]:
        """Return the starts and statuses of one row, as they are stored."""
        part = slice(int(self.offsets[row]), int(self.offsets[row + 1]))
        return self.starts[part].tolist(), self.statuses[part].tolist()

    def __iter__(self) -> Iterator[tuple[list[date], list[int]]]:
        """Yield the starts and statuses of each row, as they are stored."""
        starts, statuses, offsets = self.starts.tolist(), self.statuses.tolist(), self.offsets.tolist()
        for begin, end in pairwise(offsets):
            yield starts[begin:end], statuses[begin:end]

    def on(self, day: date | np.datetime64 | DayColumn) -> NDArray[np.int16]:
        """Return the status of every row on a day, or of each row on a day of its own."""
        days = np.broadcast_to(np.asarray(day, dtype="datetime64[D]").view(np.int64), (len(self),))
        rows = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        found = np.searchsorted(keys(rows, self.starts.view(np.int64)), keys(np.arange(len(self)), days), "right")
        return self.statuses[found - 1]


def spans(
    columns: TermColumns, expiring_days: int = EXPIRING_DAYS, *, enclosure: Enclosure | None = None
) -> SpanColumns:
    """Return the status of every row on every day of the years 1 to 9999; it equals that of `evaluate`.

    `enclosure`: that of one row, where it is known already (see `enclose_one`).
    Raises ValueError if `expiring_days` is not between 0 and 3,660.
    """
    check_allowance("expiring_days", expiring_days)
    size = len(columns)
    found: list[tuple[Days, Days, NDArray[np.int16]]] = []
    in_order = True
    for numbers, some, coarse in portions(columns):
        both = enclosure or enclose(some, coarse=coarse, expiring_days=expiring_days)
        rows, starts, statuses = _spans(some, both)
        if isinstance(numbers, slice):
            rows = rows + numbers.start
        else:
            rows, in_order = numbers[rows], False
        found.append((rows, starts, statuses))
    if not found:
        return SpanColumns(np.zeros(1, np.int64), np.empty(0, "datetime64[D]"), np.empty(0, np.int16))
    rows, starts, statuses = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if not in_order:
        order = np.argsort(rows, kind="stable")
        rows, starts, statuses = rows[order], starts[order], statuses[order]
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(rows, minlength=size))))
    return SpanColumns(offsets, starts.view("datetime64[D]"), statuses)


def _spans(columns: TermColumns, both: Enclosure) -> tuple[Days, Days, NDArray[np.int16]]:
    size = len(columns)
    everyone = np.arange(size)
    points = list(both.low.turning_points())
    if not both.exact:
        points += both.high.turning_points()
    rows_of, days_of = [everyone], [np.full(size, FIRST_DAY)]
    for days in points:
        picked = np.flatnonzero((days > FIRST_DAY) & (days <= LAST_DAY))
        rows_of.append(picked)
        days_of.append(days[picked])
    if columns.suspension_row.size:
        begin, after, row = suspension_days(columns)
        for days in (begin, after):
            inside = (days > FIRST_DAY) & (days <= LAST_DAY)
            rows_of.append(row[inside])
            days_of.append(days[inside])
    rows, days = np.concatenate(rows_of), np.concatenate(days_of)
    ordered = np.argsort(keys(rows, days))
    rows, days = rows[ordered], days[ordered]
    suspended = suspended_on(columns, rows, days)
    status, _ = status_on(both.low.rows(rows), days, suspended)
    if not both.exact:
        other, _ = status_on(both.high.rows(rows), days, suspended)
        status = np.where(status == other, status, np.int8(Status.UNKNOWN))
    # On one day all its turning points count together, so equal days have equal statuses and are dropped here too.
    changes = np.ones(len(rows), dtype=np.bool_)
    changes[1:] = (rows[1:] != rows[:-1]) | (status[1:] != status[:-1])
    return rows[changes], days[changes], status[changes].astype(np.int16)
