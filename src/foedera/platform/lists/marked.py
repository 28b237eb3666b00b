"""Marked fields where values come from elsewhere than from a list: changes of the history, and inputs as they were kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import hidden_from
from foedera.platform.history.queries import Change

from .description import Column, Kind, RecordType, record_types

# In place of a column: all of the table.
ALL = "*"


def hidden_fields(actor: Actor) -> frozenset[tuple[str, str]]:
    """Tables and columns of the database that hold what is marked and not for the actor; ALL where it is the whole table."""
    found: set[tuple[str, str]] = set()
    for described in record_types():
        hidden = hidden_from(actor, described.model) & described.marks
        for column in described.columns if hidden else ():
            if column.marks & hidden:
                found.update(_places(described.model, column, column.sensitive in hidden, hidden))
    return frozenset(found)


def _places(model: type[models.Model], column: Column, whole: bool, hidden: Iterable[Any]) -> Iterator[tuple[str, str]]:
    if column.kind is not Kind.ROWS:
        yield model._meta.db_table, _stored(model, column)
        return
    part = apps.get_model(column.related)
    if whole:
        yield part._meta.db_table, ALL
    for cell in column.rows:
        if cell.sensitive in hidden:
            yield part._meta.db_table, _stored(part, cell)


def _stored(model: type[models.Model], column: Column) -> str:
    try:
        return str(model._meta.get_field(column.path).column)  # type: ignore[union-attr]  # a field of the table
    except FieldDoesNotExist:
        return column.path


def is_hidden(table: str, field: str, hidden: frozenset[tuple[str, str]]) -> bool:
    """Whether a column of the database is among `hidden_fields`."""
    return (table, field) in hidden or (table, ALL) in hidden


def without_marked(changes: Iterable[Change], actor: Actor) -> list[Change]:
    """The changes without those of fields that the actor may not read."""
    hidden = hidden_fields(actor)
    return [c for c in changes if not is_hidden(c.table, c.field, hidden)]


def seen_values(kind: RecordType, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Values of an input as the actor may read them: without marked fields, also in rows."""
    hidden = hidden_from(actor, kind.model) & kind.marks
    if not hidden:
        return values
    known = {c.name: c for c in kind.for_reader(actor).columns}
    return {name: _seen(known[name], value) for name, value in values.items() if name in known}


def _seen(column: Column, value: Any) -> Any:
    if column.kind is not Kind.ROWS or not isinstance(value, list):
        return value
    cells = {c.name for c in column.rows}
    return [{name: cell for name, cell in row.items() if name in cells} for row in value]
