"""Rows as they were: what the register reads when it looks at an instant of its own past.

Each business table carries `known_from`, the moment since which its row reads so. A row that is changed or deleted goes, as it was,
into `foedera_past."<table>_rows"` with the span [known_from, known_until) in which it was known. The view `foedera_past."<table>"`
joins both for the instant set by `instants.reading_at`, which also puts that schema first in the search path: every query of the
program, the ORM's and those written by hand, then reads the past without knowing it.

Derived columns and search entries are kept with the row, so that filters, facets and searches of an old list use indexes as those of
today do. Making a row costs nothing here; changing one costs the copy of the old one. All of it follows from the history and is no
evidence: that are the sealed entries. Nothing is known of instants before the tables were made (`known_since`).
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from .triggers import tracked_models

PAST = "foedera_past"

SCHEMA = f"""
CREATE SCHEMA IF NOT EXISTS {PAST};
CREATE TABLE IF NOT EXISTS {PAST}.known_since (table_name text PRIMARY KEY, since timestamptz NOT NULL);

CREATE OR REPLACE FUNCTION {PAST}.instant() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('foedera.instant', true), '')::timestamptz $$;

CREATE OR REPLACE FUNCTION {PAST}.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.known_from := greatest(OLD.known_from, foedera_now());
    RETURN NEW;
END $$;
"""

# A table that held rows before their past was kept tells since when it is known.
BEGIN = """
ALTER TABLE public."{table}" ADD COLUMN known_from timestamptz NOT NULL DEFAULT foedera_now();
INSERT INTO {past}.known_since SELECT '{table}', foedera_now() WHERE EXISTS (SELECT FROM public."{table}")
    ON CONFLICT (table_name) DO NOTHING;
"""

# The span stands first: a row outside the instant is passed over without unpacking the rest of it.
MAKE = """
CREATE TABLE {past}."{table}_rows" AS SELECT known_from, known_from AS known_until, {columns} FROM public."{table}" WITH NO DATA;
CREATE INDEX "{table}_rows_id" ON {past}."{table}_rows" (id, known_until, known_from);
"""

# Of all old rows of a table those of an instant are few. Rows come to its end in the order of the first column, so keeping it up costs
# next to nothing; the second is compared without reading the row.
SPAN = 'CREATE INDEX IF NOT EXISTS "{table}_rows_span" ON {past}."{table}_rows" (known_until, known_from)'

# The rights of whoever changes a row say nothing about its past; the function is the owner's.
KEEP = """
CREATE OR REPLACE FUNCTION {past}."{table}_keep"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := foedera_now();
BEGIN
    INSERT INTO {past}."{table}_rows" (known_from, known_until, {columns})
    SELECT r.known_from, moment, {of_row} FROM old_rows r WHERE r.known_from < moment;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER past_stamp BEFORE UPDATE ON public."{table}" FOR EACH ROW EXECUTE FUNCTION {past}.stamp();
CREATE OR REPLACE TRIGGER past_update AFTER UPDATE ON public."{table}" REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {past}."{table}_keep"();
CREATE OR REPLACE TRIGGER past_delete AFTER DELETE ON public."{table}" REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {past}."{table}_keep"();
"""

# With the rights of whoever reads, so that row-level security of both tables holds for the view. The old rows stand first: those of
# the instant are found by their span, and where the first thousand are enough, the rows of today need not be looked through.
VIEW = """
CREATE OR REPLACE VIEW {past}."{table}" WITH (security_invoker = true) AS
SELECT {columns} FROM (
    SELECT {columns}, known_from, known_until FROM {past}."{table}_rows"
    UNION ALL
    SELECT {columns}, known_from, 'infinity'::timestamptz AS known_until FROM public."{table}"
) r WHERE known_from <= (SELECT {past}.instant()) AND known_until > (SELECT {past}.instant());
"""

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
# Indexes that a list, a record or a part of one is found by; old rows of one record repeat what is unique among the rows of today.
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s::regclass AND NOT i.indisprimary AND i.indpred IS NULL
"""


def past_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables whose old rows are kept, as they stand in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT left(relname, -5) FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' "
            "AND relname LIKE '%%\\_rows' ORDER BY 1",
            [PAST],
        )
        return [name for (name,) in cursor.fetchall()]


def old_rows_of(table: str) -> str:
    """The name, for a statement, of the table that holds the old rows of a table."""
    return f'{PAST}."{table}_rows"'


def kept_models() -> list[type[models.Model]]:
    """The models whose old rows are kept: all that have a history."""
    return tracked_models()


def install(connection: BaseDatabaseWrapper) -> None:
    """Keep the old rows of every tracked table from now on, and follow what a migration did to its columns."""
    there = set(connection.introspection.table_names())
    if "history_entry" not in there:
        return
    kept = set(past_tables(connection))
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        for model in kept_models():
            table = model._meta.db_table
            if table in there:
                _install_table(cursor, table, new=table not in kept)


def _install_table(cursor: Any, table: str, *, new: bool) -> None:
    columns = _columns_of(cursor, f'public."{table}"')
    if "known_from" not in columns:
        cursor.execute(BEGIN.format(past=PAST, table=table))
    columns.pop("known_from", None)
    names = ", ".join(f'"{name}"' for name in columns)
    if new:
        cursor.execute(MAKE.format(past=PAST, table=table, columns=names))
    else:
        _follow(cursor, table, columns)
    _index(cursor, table)
    of_row = ", ".join(f'r."{name}"' for name in columns)
    cursor.execute(KEEP.format(past=PAST, table=table, columns=names, of_row=of_row))
    cursor.execute(f'DROP VIEW IF EXISTS {PAST}."{table}"')
    cursor.execute(VIEW.format(past=PAST, table=table, columns=names))


def _columns_of(cursor: Any, table: str) -> dict[str, str]:
    cursor.execute(COLUMNS, [table])
    return dict(cursor.fetchall())


def _follow(cursor: Any, table: str, columns: dict[str, str]) -> None:
    """Give the old rows the columns and types of the table of today; what it no longer has stays unread."""
    old = _columns_of(cursor, f'{PAST}."{table}_rows"')
    for name, kind in columns.items():
        if name not in old:
            cursor.execute(f'ALTER TABLE {PAST}."{table}_rows" ADD COLUMN "{name}" {kind}')
        elif old[name] != kind:
            cursor.execute(
                f'ALTER TABLE {PAST}."{table}_rows" ALTER COLUMN "{name}" TYPE {kind} USING "{name}"::text::{kind}'
            )


def _index(cursor: Any, table: str) -> None:
    cursor.execute(SPAN.format(past=PAST, table=table))
    cursor.execute(INDEXES, [f'public."{table}"'])
    for name, definition in cursor.fetchall():
        made = re.sub(
            r"^CREATE (UNIQUE )?INDEX \S+ ON (ONLY )?\S+ USING",
            f'CREATE INDEX IF NOT EXISTS "{name}" ON {PAST}."{table}_rows" USING',
            definition,
        )
        cursor.execute(made)


def forget_views(using: str, **_: Any) -> None:
    """Drop the views before a migration, for a column that a view reads cannot be changed; they come back after it."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'v'", [PAST]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP VIEW {PAST}."{name}"')


def install_after_migrate(using: str, **_: Any) -> None:
    """Install again after every migration, for it may have made or changed tables."""
    install(connections[using])
