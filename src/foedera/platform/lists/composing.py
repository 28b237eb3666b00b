"""Statements composed by the ORM, kept: composing one of seventy columns takes longer than the database needs to answer it.

A statement is kept under everything it was composed from (who asks, which columns, which filters); values that differ from
one request to the next stand in it as placeholders. Kept are only texts and parameters, never an answer.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from psycopg import sql
from psycopg.types.numeric import Int8

from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.history.instants import present_instant

# Stand for a value given at each execution; neither occurs as a value of its own.
A_NUMBER = -9_007_199_254_740_991
A_TEXT = "\ue0f0\ue0f1"
MOST = 2000
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Statement:
    """A composed statement; `sql` is empty when the conditions exclude every row."""

    sql: str
    parameters: tuple[Any, ...]
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]
    # Whether it will be asked again: PostgreSQL keeps the plan then.
    is_kept: bool = False

    def rows(self, place: int | str | list[int] | None = None) -> list[tuple[Any, ...]]:
        """The rows as tuples, with `place` where the statement was composed with a placeholder (of numbers: a list of the one)."""
        if not self.sql:
            return []
        parameters = self.parameters
        if place is not None:
            stands: Any = [A_NUMBER] if isinstance(place, list) else A_NUMBER if isinstance(place, int) else A_TEXT
            # Numbers come as sizes of their own, such as Int8.
            parameters = tuple(place if type(p) is not bool and p == stands else p for p in parameters)
        with prepared_cursor() if self.is_kept else connection.cursor() as cursor:
            cursor.execute(self.sql, [sized(p) for p in parameters] if self.is_kept else parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        if not self.converters:
            return found
        return [self._converted(row) for row in found]

    def count(self) -> int:
        """How many rows it finds."""
        counting = f"SELECT count(*) FROM ({self.sql}) counted" if self.sql else ""  # noqa: S608 - composed by the ORM
        found = replace(self, sql=counting, converters=()).rows()
        return int(found[0][0]) if found else 0

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
    of_past = present_instant() is not None
    key = (key, of_past)
    found = _kept.get(key)
    if found is None:
        found = _with_words(composed(compose()))
        if of_past:
            # The same words name other tables there: with a text of its own neither plan drives out the other.
            found = replace(found, sql=f"{found.sql} /* past */")
        if len(_kept) >= MOST:
            # The oldest goes; a list of the same shape asked for again comes back as the newest.
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return found


def loaded(
    key: Hashable, model: type[Row], compose: Callable[[], QuerySet[Row]], place: int | str | list[int] | None = None
) -> list[Row]:
    """The rows of a kept statement (see `statement`) as instances of their model."""
    names = tuple(field.attname for field in model._meta.concrete_fields)
    found = statement(key, lambda: compose().values_list(*names)).rows(place)
    return [model.from_db(connection.alias, names, values) for values in found]


def _with_words(made: Statement) -> Statement:
    """The statement with its words written into it, for PostgreSQL cannot tell the type of every word beside it.

    Numbers, days and places stay beside it, so that people of one role share its text and with it the plan.
    """
    if not made.sql:
        return made
    connection.ensure_connection()
    written, beside = [], []
    for value in made.parameters:
        is_number_or_day = isinstance(value, int | datetime.date) and not isinstance(value, bool | Enum)
        if is_number_or_day or value in (A_TEXT, [A_NUMBER]):
            written.append("%s")
            beside.append(value)
        else:
            written.append(sql.Literal(value).as_string(connection.connection).replace("%", "%%"))
    return Statement(made.sql.replace("%%", "%%%%") % tuple(written), tuple(beside), made.converters, is_kept=True)


def sized(value: Any) -> Any:
    """Numbers all of one size, for a plan is kept for each combination of sizes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Int8(value)
    return [sized(v) for v in value] if isinstance(value, list) else value


def composed(rows: QuerySet[Any, Any]) -> Statement:
    """The statement of a query, not kept."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        text, parameters = compiler.as_sql()
    except EmptyResultSet:
        return Statement("", (), ())
    converters = compiler.get_converters([selected[0] for selected in compiler.select])
    made = tuple((position, tuple(found), expression) for position, (found, expression) in converters.items())
    return Statement(text, tuple(parameters), made)
