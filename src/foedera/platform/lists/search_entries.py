"""The search entry of each record, kept by the database in the same transaction, from the weights of the description."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .description import Kind, RecordType, record_types

TEXTS_OF_JSON = """
CREATE OR REPLACE FUNCTION foedera_texts(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(string_agg(t #>> '{}', ' '), '') FROM jsonb_path_query(value, '$.** ? (@.type() == "string")') t $$;
"""

FUNCTION = """
CREATE OR REPLACE FUNCTION {table}_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := {parts};
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER search_entry BEFORE INSERT OR UPDATE OF {columns} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {table}_search();
"""


def _parts(described: RecordType) -> list[str]:
    weighted: dict[str, list[str]] = {}
    for column in described.columns:
        if column.weight:
            name = f'NEW."{column.path}"'
            text = f"coalesce({name}::text, '')"
            if column.kind is Kind.NAMES:
                # Most have none, and to find that out by the function costs as much as all the rest of the row's texts.
                text = f"CASE WHEN {name} = '{{}}' THEN '' ELSE foedera_texts({name}) END"
            weighted.setdefault(column.weight, []).append(text)
    for name, weight in described.search_extra:
        weighted.setdefault(weight, []).append(f"coalesce(NEW.\"{name}\"::text, '')")
    parts: list[str] = []
    for weight, texts in sorted(weighted.items()):
        joined = " || ' ' || ".join(texts)
        parts.extend(f"setweight(to_tsvector('{config}', {joined}), '{weight}')" for config in ("russian", "simple"))
    return parts


def _weighted_columns(described: RecordType) -> list[str]:
    """The model fields of which the search entry is made."""
    return [c.path for c in described.columns if c.weight] + [name for name, _weight in described.search_extra]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create or replace the search trigger of every record type that has weights and a table."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(TEXTS_OF_JSON)
        for described in record_types():
            table = described.model._meta.db_table
            parts = _parts(described)
            if table in tables and parts:
                columns = ", ".join(f'"{name}"' for name in _weighted_columns(described))
                cursor.execute(FUNCTION.format(table=table, columns=columns, parts=" || ".join(parts)))


def install_after_migrate(using: str, **_: Any) -> None:
    """Reinstall after every migration, for the description may have changed with the program."""
    install(connections[using])
