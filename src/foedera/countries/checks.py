"""Checks across rows of a profile: duplicates, unknown references, spells that overlap. Faults are added to a list."""

from datetime import date
from itertools import pairwise
from typing import Any

from foedera.countries.tables import Place, Problem
from foedera.platform.records.partial_dates import bounds

Placed = list[tuple[Place, Any]]


def no_duplicates(rows: Placed, field: str, problems: list[Problem]) -> None:
    """Each value of the field may stand once."""
    seen: dict[str, Place] = {}
    for place, row in rows:
        value = getattr(row, field)
        first = seen.setdefault(value, place)
        if first is not place:
            reason = f"{value!r} is there already, in {first.file}, line {first.line}"
            problems.append(Problem(place.file, place.line, field, reason))


def known(rows: Placed, field: str, codes: set[str] | frozenset[str], what: str, problems: list[Problem]) -> None:
    """Each value of the field must be one of the codes, or empty."""
    for place, row in rows:
        value = getattr(row, field)
        if value and value not in codes:
            problems.append(Problem(place.file, place.line, field, f"{value!r} is no known {what}"))


def _first_day(text: str) -> date:
    return bounds(text)[0] if text else date.min


def _end_day(text: str) -> date:
    return bounds(text)[1] if text else date.max


def ends_after_start(rows: Placed, problems: list[Problem]) -> None:
    """A spell must not end before it begins."""
    for place, row in rows:
        if row.valid_from and row.valid_until and _end_day(row.valid_until) < _first_day(row.valid_from):
            reason = f"ends on {row.valid_until}, before it begins on {row.valid_from}"
            problems.append(Problem(place.file, place.line, "valid_until", reason))


def no_overlaps(rows: Placed, fields: tuple[str, ...], problems: list[Problem]) -> None:
    """Two spells overlap when the later certainly begins before the earlier can have ended.

    The end is the first day on which a spell no longer held, so that the next may begin on that day.
    """
    spells: dict[tuple[str, ...], list[tuple[Place, Any]]] = {}
    for place, row in rows:
        spells.setdefault(tuple(getattr(row, field) for field in fields), []).append((place, row))
    for key, group in spells.items():
        group.sort(key=lambda spell: (_first_day(spell[1].valid_from), _end_day(spell[1].valid_until)))
        for (first, earlier), (place, later) in pairwise(group):
            begins = _end_day(later.valid_from) if later.valid_from else date.min
            ends = _first_day(earlier.valid_until) if earlier.valid_until else date.max
            if begins < ends:
                reason = f"{' / '.join(key)}: overlaps with {first.file}, line {first.line}"
                problems.append(Problem(place.file, place.line, "valid_from", reason))


def check_memberships(formats: Placed, memberships: Placed, members: set[str], problems: list[Problem]) -> None:
    """Add the faults of the shared formats and memberships to ``problems``."""
    no_duplicates(formats, "code", problems)
    known(memberships, "format", {row.code for _, row in formats}, "format", problems)
    known(memberships, "member", members, "territory", problems)
    ends_after_start(memberships, problems)
    no_overlaps(memberships, ("format", "member"), problems)
