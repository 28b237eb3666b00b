"""Moving everything that refers to one record to another, and what cannot be there twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import Invalid, Problem
from foedera.platform.actions.performing import constraint_message

from .references import Reference, alike, rows_of

UNIQUE, CHECKED = "23505", "23514"


@dataclass(slots=True)
class Moved:
    """What was moved and dropped: how many rows by what they are, and of tables without history which, to take it back."""

    moved: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    beside_moved: list[dict[str, Any]] = field(default_factory=list)
    beside_dropped: dict[str, list[Any]] = field(default_factory=dict)


def move(done: Moved, reference: Reference, stays: Any, goes: Any, *, keep: str, leave: Iterable[int] = ()) -> None:
    """Let the rows of a reference name `stays` in place of `goes`.

    Of parts, `keep` says whose stay: "both" (one of two that are alike), "stays" or "goes". A row that would stand there a second time, or
    name the same record twice, is dropped. Raises Invalid when a row can neither be moved nor dropped.
    """
    rows = [row for row in rows_of(reference, goes.pk) if row.pk not in set(leave)]
    if reference.part:
        there = rows_of(reference, stays.pk)
        if keep == "stays":
            _drop(done, reference, [row.pk for row in rows])
            rows = []
        elif keep == "goes":
            _drop(done, reference, [row.pk for row in there])
        else:
            known = {alike(row, reference.column) for row in there}
            _drop(done, reference, [row.pk for row in rows if alike(row, reference.column) in known])
            rows = [row for row in rows if alike(row, reference.column) not in known]
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
        done.moved[reference.label] = done.moved.get(reference.label, 0) + len(count)
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
                _drop(done, reference, [key])
        except DatabaseError as second:
            raise _stuck(reference, key, second) from second
        return False
    return True


def _stuck(reference: Reference, key: int, error: DatabaseError) -> Invalid:
    why = constraint_message(error)  # type: ignore[arg-type]  # any error of the database has a diagnosis
    words = _("%(what)s %(key)d cannot be moved: %(why)s") % {"what": reference.label, "key": key, "why": why}
    return Invalid([Problem("", words)])


def _update(reference: Reference, keys: list[int], stays: Any) -> None:
    also = f', "{reference.also}" = %s' if reference.also else ""
    values = [stays.pk, *([stays.number] if reference.also else []), keys]
    key = reference.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{reference.table}" SET "{reference.column}" = %s{also} WHERE "{key}" = ANY(%s)',  # noqa: S608 - names of our tables and columns
            values,
        )


def _drop(done: Moved, reference: Reference, keys: list[int]) -> None:
    if not keys:
        return
    table, key = reference.table, reference.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{table}" t WHERE "{key}" = ANY(%s) RETURNING to_jsonb(t)::text',  # noqa: S608 - a table of ours
            [keys],
        )
        gone = [orjson.loads(row[0]) for row in cursor.fetchall()]
    done.dropped[reference.label] = done.dropped.get(reference.label, 0) + len(gone)
    if not reference.tracked:
        done.beside_dropped.setdefault(table, []).extend(gone)


def put_beside_back(beside: dict[str, Any], goes: Any) -> None:
    """Take back what was moved and dropped in tables without history, as far as it is still there."""
    with connection.cursor() as cursor:
        for entry in beside.get("moved", []):
            table, column, also = entry["table"], entry["column"], entry["also"]
            more = f', "{also}" = %s' if also else ""
            values = [goes.pk, *([goes.number] if also else []), entry["ids"]]
            cursor.execute(f'UPDATE "{table}" SET "{column}" = %s{more} WHERE id = ANY(%s)', values)  # noqa: S608 - names of our tables and columns
        for table, rows in beside.get("dropped", {}).items():
            cursor.execute(
                f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::"{table}", %s::jsonb)',  # noqa: S608 - a table of ours
                [orjson.dumps(rows).decode()],
            )
