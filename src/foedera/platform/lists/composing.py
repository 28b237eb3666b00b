"""Statements composed by the ORM, kept: composing one of seventy columns takes longer than the database needs to answer it.

A statement is kept under everything it was composed from (who asks, which columns, which filters); values that differ from
one request to the next stand in it as placeholders. Kept are only texts and parameters, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# Stand for a value given at each execution; neither occurs as a value of its own.
A_NUMBER = -9_007_199_254_740_991
A_TEXT = "\ue0f0\ue0f1"
MOST = 2000


@dataclass(frozen=True, slots=True)
class Statement:
    """A composed statement; `sql` is empty when the conditions exclude every row."""

    sql: str
    parameters: tuple[Any, ...]
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]

    def rows(self, place: int | str | list[int] | None = None) -> list[tuple[Any, ...]]:
        """The rows as tuples, with `place` where the statement was composed with a placeholder (of numbers: a list of the one)."""
        if not self.sql:
            return []
        parameters = self.parameters
        if place is not None:
            stands: Any = [A_NUMBER] if isinstance(place, list) else A_NUMBER if isinstance(place, int) else A_TEXT
            parameters = tuple(place if type(p) is type(place) and p == stands else p for p in parameters)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        if not self.converters:
            return found
        return [self._converted(row) for row in found]

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for position, converters, expression in self.converters:
            for convert in converters:
                values[position] = convert(values[position], expression, connection)
        return tuple(values)


_kept: dict[Hashable, Statement] = {}


def statement(key: Hashable, compose: Callable[[], QuerySet[Any, Any]]) -> Statement:
    """The statement kept under the key, else the one that `compose` makes now.

    The key must hold all that `compose` looks at, and `compose` must not look into the database: what it found there would be kept too.
    """
    found = _kept.get(key)
    if found is None:
        found = composed(compose())
        if len(_kept) >= MOST:
            # The oldest goes; a list of the same shape asked for again comes back as the newest.
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return found


def composed(rows: QuerySet[Any, Any]) -> Statement:
    """The statement of a query, not kept."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return Statement("", (), ())
    converters = compiler.get_converters([selected[0] for selected in compiler.select])
    made = tuple((position, tuple(found), expression) for position, (found, expression) in converters.items())
    return Statement(sql, tuple(parameters), made)
