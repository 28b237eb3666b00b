"""Moving everything that refers to one record to another, and what cannot be there twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import Invalid, Problem
from foedera.platform.actions.performing import constraint_message
from foedera.platform.history.triggers import tracked_models
from foedera.platform.records.models import Record

from .references import Reference, alike, rows_of, rows_to_move

UNIQUE, CHECKED = "23505", "23514"


@dataclass(slots=True)
class Moved:
    """What was moved and dropped: how many rows by the label of their model, and of tables without history which, to take it back."""

    moved: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    beside_moved: list[dict[str, Any]] = field(default_factory=list)
    beside_dropped: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows of a reference that name the record that goes and, of parts, those of the record that stays, before anything moved."""

    reference: Reference
    rows: list[Any]
    there: list[Any]


def gather(reference: Reference, stays: Any, goes: Any) -> Gathered:
    """The rows that a reference is to move."""
    there = list(rows_of(reference, stays.pk)) if reference.part else []
    return Gathered(reference, list(rows_to_move(reference, stays, goes)), there)


def move(done: Moved, gathered: Gathered, stays: Any, *, keep: str) -> None:
    """Let the rows of a reference name `stays` in place of the record that goes.

    Of parts, `keep` says whose stay: "both" (one of two that are alike), "stays" or "goes". A row that would stand there a second time, or
    name the same record twice, is dropped; what referred to it refers to the one that stands there. Raises Invalid when a row can
    neither be moved nor dropped.
    """
    reference, rows = gathered.reference, gathered.rows
    if reference.part:
        there = {alike(row, reference.column): row.pk for row in gathered.there}
        if keep == "goes":
            theirs = {alike(row, reference.column): row.pk for row in rows}
            mine = {row.pk: theirs.get(alike(row, reference.column)) for row in gathered.there}
            _drop(done, reference, mine)
        else:
            lost = [row for row in rows if keep == "stays" or alike(row, reference.column) in there]
            _drop(done, reference, {row.pk: there.get(alike(row, reference.column)) for row in lost})
            rows = [row for row in rows if row not in lost]
    keys = [row.pk for row in rows]
    if not keys:
        return
    try:
        with transaction.atomic():
            _update(reference, keys, stays)
            count = keys
    except DatabaseError:
        count = [key for key in keys if _move_one(done, reference, key, stays)]
    if count:
        _count(done.moved, reference, count)
        if not reference.tracked:
            done.beside_moved.append(
                {"table": reference.table, "column": reference.column, "ids": count, "also": reference.also}
            )


def _move_one(done: Moved, reference: Reference, key: int, stays: Any) -> bool:
    try:
        with transaction.atomic():
            _update(reference, [key], stays)
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") not in (UNIQUE, CHECKED):
            raise _stuck(reference, key, error) from error
        try:
            with transaction.atomic():
                _drop(done, reference, {key: _in_its_place(reference, key, stays)})
        except DatabaseError as second:
            raise _stuck(reference, key, second) from second
        return False
    return True


def _in_its_place(reference: Reference, key: int, stays: Any) -> int | None:
    """The row that stands where this one would have to, if there is one."""
    model: Any = reference.model
    row = model._default_manager.get(pk=key)
    field = next(f for f in model._meta.concrete_fields if f.column == reference.column)
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint) or field.name not in constraint.fields:
            continue
        said = {name: getattr(row, model._meta.get_field(name).attname) for name in constraint.fields}
        rows = model._default_manager.filter(constraint.condition or models.Q(), **{**said, field.name: stays.pk})
        found: int | None = rows.exclude(pk=key).values_list("pk", flat=True).first()
        if found is not None:
            return found
    return None


def _count(counts: dict[str, int], reference: Reference, rows: Sequence[Any]) -> None:
    label = reference.model._meta.label
    counts[label] = counts.get(label, 0) + len(rows)


def _stuck(reference: Reference, key: int, error: DatabaseError) -> Invalid:
    why = constraint_message(error)  # type: ignore[arg-type]  # any error of the database has a diagnosis
    words = _("%(what)s %(key)d cannot be moved: %(why)s") % {"what": reference.label, "key": key, "why": why}
    return Invalid([Problem("", words)])


def _update(reference: Reference, keys: list[int], stays: Any) -> None:
    also = f', "{reference.also}" = %s' if reference.also else ""
    if issubclass(reference.model, Record):
        # Whoever looks at that record meanwhile is told that it was changed.
        also += ', "version" = "version" + 1'
    values = [stays.pk, *([stays.number] if reference.also else []), keys]
    key = reference.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{reference.table}" SET "{reference.column}" = %s{also} WHERE "{key}" = ANY(%s)',  # noqa: S608 - names of our tables and columns
            values,
        )


def _drop(done: Moved, reference: Reference, lost: dict[int, int | None]) -> None:
    """Delete rows; what refers to one of them refers to the row beside its id from now on."""
    if not lost:
        return
    for one, other in lost.items():
        if other is not None:
            _hand_on(done, reference.model, one, other)
    table, key = reference.table, reference.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{table}" t WHERE "{key}" = ANY(%s) RETURNING to_jsonb(t)::text',  # noqa: S608 - a table of ours
            [list(lost)],
        )
        gone = [orjson.loads(row[0]) for row in cursor.fetchall()]
    _count(done.dropped, reference, gone)
    if not reference.tracked:
        done.beside_dropped.setdefault(table, []).extend(gone)


def _hand_on(done: Moved, model: type[models.Model], key: int, other: int) -> None:
    tracked = set(tracked_models())
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or not isinstance(relation.related_model, type):
            continue
        table, column = relation.related_model._meta.db_table, relation.field.column
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{table}" SET "{column}" = %s WHERE "{column}" = %s RETURNING id',  # noqa: S608 - names of our tables and columns
                [other, key],
            )
            ids = [row[0] for row in cursor.fetchall()]
        if ids and relation.related_model not in tracked:
            done.beside_moved.append({"table": table, "column": column, "ids": ids, "also": "", "back": key})


def put_beside_back(beside: dict[str, Any], goes: Any) -> None:
    """Take back what was moved and dropped in tables without history, as far as it is still there."""
    with connection.cursor() as cursor:
        for table, rows in beside.get("dropped", {}).items():
            cursor.execute(
                f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::"{table}", %s::jsonb)',  # noqa: S608 - a table of ours
                [orjson.dumps(rows).decode()],
            )
        for entry in beside.get("moved", []):
            table, column, also = entry["table"], entry["column"], entry["also"]
            more = f', "{also}" = %s' if also else ""
            values = [entry.get("back", goes.pk), *([goes.number] if also else []), entry["ids"]]
            cursor.execute(f'UPDATE "{table}" SET "{column}" = %s{more} WHERE id = ANY(%s)', values)  # noqa: S608 - names of our tables and columns
