"""Coverage on paper: what counts of agreements say of a pair, a format or a subject; gaps; concentration; classes of a map.

A pair is an own territory (a region, or the state itself) and a partner state. Nothing here knows the database.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from foedera.agreements.terms import Status


class Force(IntEnum):
    """Of a concluded agreement on a day: whether it binds. The statuses of the term engine folded into four."""

    UNKNOWN = 0
    PENDING = 1
    IN_FORCE = 2
    LAPSED = 3


FORCE_OF_STATUS: Final[Mapping[Status, Force]] = {
    Status.UNKNOWN: Force.UNKNOWN,
    Status.NOT_YET_IN_FORCE: Force.PENDING,
    Status.IN_FORCE: Force.IN_FORCE,
    Status.RENEWED: Force.IN_FORCE,
    Status.EXPIRING: Force.IN_FORCE,
    Status.EXPIRED: Force.LAPSED,
    Status.TERMINATED: Force.LAPSED,
    Status.SUSPENDED: Force.PENDING,
}


def statuses_of(force: Force) -> tuple[Status, ...]:
    """The statuses that mean this."""
    return tuple(status for status, meant in FORCE_OF_STATUS.items() if meant is force)


class Standing(IntEnum):
    """How a pair stands on a day, from nothing at all to an agreement in force; the greatest that applies is told.

    An agreement of which it is not known whether it is in force stands above a lapsed one: the pair may be covered.
    """

    NEVER = 0
    TIES = 1
    LAPSED = 2
    UNKNOWN = 3
    PENDING = 4
    IN_FORCE = 5

    @property
    def slug(self) -> str:
        """The name used by the API and in files, such as "in_force"."""
        return self.name.lower()


class Counts(NamedTuple):
    """How many agreements of a pair (or of a subject) there are by force, how many ties beside them, and the latest end of a lapsed one."""

    in_force: int = 0
    pending: int = 0
    unknown: int = 0
    lapsed: int = 0
    ties: int = 0
    last_end: datetime.date | None = None

    @property
    def standing(self) -> Standing:
        """What the counts say."""
        if self.in_force:
            return Standing.IN_FORCE
        if self.pending:
            return Standing.PENDING
        if self.unknown:
            return Standing.UNKNOWN
        if self.lapsed:
            return Standing.LAPSED
        return Standing.TIES if self.ties else Standing.NEVER

    @property
    def agreements(self) -> int:
        """Agreements of any force."""
        return self.in_force + self.pending + self.unknown + self.lapsed


NOTHING: Final = Counts()

Matrix = Mapping[int, Mapping[int, Counts]]
"""Counts by own territory, then by partner, both by id."""


class Tally(NamedTuple):
    """Of how many partners each standing is told; `with_ties` counts those with ties, whatever else there is."""

    in_force: int = 0
    pending: int = 0
    unknown: int = 0
    lapsed: int = 0
    ties: int = 0
    never: int = 0
    with_ties: int = 0


def tally(row: Mapping[int, Counts], partners: frozenset[int], present: frozenset[int]) -> Tally:
    """The standings of one own territory over `partners`; never: those of `present` of whom the row says nothing."""
    found = [0] * len(Standing)
    with_ties = touched = 0
    for partner, counts in row.items():
        if partner not in partners:
            continue
        standing = counts.standing
        found[standing] += 1
        with_ties += counts.ties > 0
        touched += standing is not Standing.NEVER and partner in present
    return Tally(
        found[Standing.IN_FORCE],
        found[Standing.PENDING],
        found[Standing.UNKNOWN],
        found[Standing.LAPSED],
        found[Standing.TIES],
        len(present) - touched,
        with_ties,
    )


def turned(matrix: Matrix) -> dict[int, dict[int, Counts]]:
    """The same counts by partner, then by own territory."""
    result: dict[int, dict[int, Counts]] = {}
    for own, row in matrix.items():
        for partner, counts in row.items():
            result.setdefault(partner, {})[own] = counts
    return result


class Gap(NamedTuple):
    """A partner with whom others have an agreement in force and this territory none: how many others, and how it stands itself."""

    partner: int
    others: int
    standing: Standing


def gaps(matrix: Matrix, own: int, others: frozenset[int]) -> list[Gap]:
    """The white spots of an own territory: the partner of most others first, then by id."""
    with_partner: dict[int, int] = {}
    for other in others - {own}:
        for partner, counts in matrix.get(other, {}).items():
            if counts.in_force:
                with_partner[partner] = with_partner.get(partner, 0) + 1
    mine = matrix.get(own, {})
    found = [
        Gap(partner, number, mine.get(partner, NOTHING).standing)
        for partner, number in with_partner.items()
        if not mine.get(partner, NOTHING).in_force
    ]
    return sorted(found, key=lambda gap: (-gap.others, gap.partner))


def best(standings: Iterable[Standing]) -> Standing:
    """The greatest of several standings: what a format says of a territory by its standings with the other members."""
    return max(standings, default=Standing.NEVER)


def concentration(numbers: Sequence[int], largest: int = 3) -> float | None:
    """Which share of the sum the largest few numbers make, from 0 to 1; None where the sum is 0.

    Raises ValueError for a negative number, or when fewer than one is asked for.
    """
    if largest < 1 or any(number < 0 for number in numbers):
        raise ValueError("numbers are not negative, and at least one is asked for")
    total = sum(numbers)
    return sum(sorted(numbers, reverse=True)[:largest]) / total if total else None


class Class(NamedTuple):
    """A class of whole numbers on a map, both ends included; without `most` it is open."""

    least: int
    most: int | None


BOUNDS: Final = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000)
CLASSES: Final = 5


def classes(values: Iterable[int]) -> list[Class]:
    """At most five classes that hold every positive value, none where there is no positive value.

    Each value has a class of its own where there are few; else round numbers divide them into about equal parts.
    """
    found = sorted(value for value in values if value > 0)
    if not found:
        return []
    distinct = sorted(set(found))
    if len(distinct) <= CLASSES:
        lows = distinct
    else:
        wanted = [found[len(found) * part // CLASSES] for part in range(CLASSES)]
        lows = sorted({max(bound for bound in BOUNDS if bound <= low) for low in wanted} | {BOUNDS[0]})[:CLASSES]
    nexts: list[int | None] = [low - 1 for low in lows[1:]]
    return [Class(low, most) for low, most in zip(lows, [*nexts, None], strict=True)]
