"""What all profiles share: states and territories, their subdivisions, formats, functions and subject areas.

Every list is read once per process, checked, and kept as a tuple of frozen rows. ProfileError names every fault.
"""

from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from foedera.countries.checks import check_memberships
from foedera.countries.profile import Format, Function, Membership, Position, State, Subdivision, SubjectArea
from foedera.countries.tables import Place, Problem, ProfileError, read_table

FOLDER = Path(__file__).resolve().parent

Model = TypeVar("Model", bound=BaseModel)


def _sound(name: str, model: type[Model]) -> list[tuple[Place, Model]]:
    problems: list[Problem] = []
    rows = read_table(FOLDER, name, model, problems)
    if problems:
        raise ProfileError("world", problems)
    return rows


@cache
def states() -> tuple[State, ...]:
    """Return states, dependent and disputed territories, former states, and organisations that conclude treaties."""
    rows = _sound("states.csv", State) + _sound("former_states.csv", State) + _sound("organisations.csv", State)
    return tuple(row for _, row in rows)


@cache
def state(code: str) -> State:
    """Return one row of ``states()``. Raises KeyError."""
    return _by_code()[code]


@cache
def _by_code() -> dict[str, State]:
    return {row.code: row for row in states()}


@cache
def state_codes() -> frozenset[str]:
    """Return the codes of ``states()``."""
    return frozenset(_by_code())


@cache
def subdivisions() -> tuple[Subdivision, ...]:
    """Return the subdivisions of ISO 3166-2 of all states."""
    return tuple(row for _, row in _sound("subdivisions.csv.gz", Subdivision))


@cache
def subdivisions_of(country: str) -> tuple[Subdivision, ...]:
    """Return the subdivisions of one state by its ISO 3166-1 code."""
    return tuple(row for row in subdivisions() if row.country == country)


@cache
def territory_codes() -> frozenset[str]:
    """Return every code that may stand for a territory: of states and of subdivisions."""
    return state_codes() | {row.code for row in subdivisions()}


@cache
def positions() -> tuple[Position, ...]:
    """Return the positions of record on disputed states and territories."""
    return tuple(row for _, row in _sound("positions.csv", Position))


@cache
def functions() -> tuple[Function, ...]:
    """Return the controlled list of functions for which a body covers a territory."""
    return tuple(row for _, row in _sound("functions.csv", Function))


@cache
def subject_areas() -> tuple[SubjectArea, ...]:
    """Return the controlled list of subjects of agreements and ties."""
    return tuple(row for _, row in _sound("subject_areas.csv", SubjectArea))


@cache
def formats() -> tuple[Format, ...]:
    """Return the formats that several states may share."""
    return tuple(row for _, row in _sound("formats.csv", Format))


@cache
def memberships() -> tuple[Membership, ...]:
    """Return the dated memberships of ``formats()``, checked against each other."""
    problems: list[Problem] = []
    rows = _sound("memberships.csv", Membership)
    members = set(territory_codes())
    check_memberships(list(_sound("formats.csv", Format)), list(rows), members, problems)
    if problems:
        raise ProfileError("world", problems)
    return tuple(row for _, row in rows)
