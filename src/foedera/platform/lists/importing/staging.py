"""Temporary tables filled by COPY, and the types in which values wait there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import connection, models

# Narrow types are staged wide, so that a value that does not fit fails in its row and not in the COPY of all.
_WIDE = {"smallint": "bigint", "integer": "bigint"}


def staged_type(model_field: models.Field[Any, Any]) -> str:
    """The type in which values of a field are staged."""
    kind = model_field.db_type(connection) or "text"
    array = "[]" if kind.endswith("[]") else ""
    plain = kind.removesuffix("[]")
    if plain.startswith(("varchar", "char")):
        plain = "text"
    return _WIDE.get(plain, plain) + array


def array_text(values: Iterable[Any]) -> str:
    """A list as PostgreSQL writes an array; for codes, numbers and days, and texts with quoting."""
    return "{" + ",".join(_element(v) for v in values) + "}"


def _element(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_SPECIAL = re.compile(r"[\\\t\n\r]").search
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copied(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as the text that COPY reads; None is "not stated". Needs no database, so that it can be made ahead."""
    lines = [
        "\t".join(
            [
                (value.translate(_ESCAPED) if _SPECIAL(value) else value)
                if value.__class__ is str
                else "\\N"
                if value is None
                else str(value).translate(_ESCAPED)
                for value in row
            ]
        )
        for row in rows
    ]
    return ("\n".join(lines) + "\n").encode() if lines else b""


def json_text(value: Any) -> str:
    """A value as jsonb takes it."""
    return orjson.dumps(value).decode()


class Stage:
    """A temporary table that lives until the end of the transaction."""

    def __init__(self, name: str, columns: Sequence[tuple[str, str]]) -> None:
        self.name = name
        self.columns = tuple(column for column, _kind in columns)
        described = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({described}) ON COMMIT DROP")

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows in the order of the columns; None is "not stated"."""
        with connection.cursor() as cursor, cursor.copy(f"COPY {self.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def write_copied(self, lines: bytes) -> None:
        """Add rows that `copied` has made, in the order of the columns."""
        if lines:
            with connection.cursor() as cursor, cursor.copy(f"COPY {self.name} FROM STDIN") as copy:
                copy.write(lines)

    def ready(self, *indexed: str) -> None:
        """After the last row: indexes and statistics, so that what follows is planned well."""
        with connection.cursor() as cursor:
            for column in indexed:
                cursor.execute(f'CREATE INDEX ON {self.name} ("{column}")')
            cursor.execute(f"ANALYZE {self.name}")

    def drop(self) -> None:
        """Remove the table before the end of the transaction."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.name}")
