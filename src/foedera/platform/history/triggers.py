"""The triggers that write history, and the ones that keep it as it was written.

Statement-level with transition tables, so that COPY and INSERT ... SELECT of 100,000 rows cost one pass. The performed action is
taken from the setting `foedera.action` of the transaction; it is empty for writes past the program. Everything an action writes
bears one moment, that of the action (`foedera_now()`), so that nobody ever reads half of it.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

FUNCTIONS = """
CREATE OR REPLACE FUNCTION foedera_current_action() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('foedera.action', true), '')::bigint $$;

CREATE OR REPLACE FUNCTION foedera_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION foedera_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE on % is refused, for it would leave no history; use DELETE', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# One function for each table, for its columns are named: those that follow from others are never turned into JSON, and a new or
# deleted row is written without what is blank. That halves what an import costs.
HISTORY = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deed bigint := foedera_current_action();
    moment timestamptz := foedera_now();
    stated_by_some text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT count(*) < {many} FROM (SELECT FROM new_rows LIMIT {many}) r) THEN
            INSERT INTO history_entry (at, action_id, table_name, row_id, subject_table, subject_id, operation, after)
            SELECT moment, deed, TG_TABLE_NAME, r.id, '{subject}', r."{column}", 'I',
                   jsonb_strip_nulls(to_jsonb((SELECT stated FROM (SELECT {stated}) stated)))
            FROM new_rows r;
            RETURN NULL;
        END IF;
        -- Turning a blank column into JSON costs as much as one that says something, and of many rows most are blank in all.
        SELECT array_to_string(ARRAY[{named}], ', ') INTO stated_by_some FROM new_rows r;
        EXECUTE 'INSERT INTO history_entry (at, action_id, table_name, row_id, subject_table, subject_id, operation, after)
            SELECT $3, $1, $2, r.id, ''{subject}'', r."{column}", ''I'',
                   jsonb_strip_nulls(to_jsonb((SELECT stated FROM (SELECT ' || stated_by_some || ') stated)))
            FROM new_rows r' USING deed, TG_TABLE_NAME, moment;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO history_entry (at, action_id, table_name, row_id, subject_table, subject_id, operation, before)
        SELECT moment, deed, TG_TABLE_NAME, r.id, '{subject}', r."{column}", 'D',
               jsonb_strip_nulls(to_jsonb((SELECT stated FROM (SELECT {stated}) stated)))
        FROM old_rows r;
    ELSE
        INSERT INTO history_entry (at, action_id, table_name, row_id, subject_table, subject_id, operation, before, after)
        SELECT moment, deed, TG_TABLE_NAME, c.id, '{subject}', c.subject_id, 'U', c.before, c.after
        FROM (
            SELECT p.id, p.subject_id,
                   (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(p.o) e WHERE p.n->e.key IS DISTINCT FROM e.value) AS before,
                   (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(p.n) e WHERE p.o->e.key IS DISTINCT FROM e.value) AS after
            FROM (SELECT r.id, r."{column}" AS subject_id,
                         to_jsonb((SELECT whole FROM (SELECT {was}) whole)) AS o,
                         to_jsonb((SELECT whole FROM (SELECT {whole}) whole)) AS n
                  FROM new_rows r JOIN old_rows o ON o.id = r.id
                  -- Kept apart, or each row would be turned into JSON anew for each of its columns.
                  OFFSET 0) p
            WHERE p.o IS DISTINCT FROM p.n
        ) c;
    END IF;
    RETURN NULL;
END $$;
"""

# From so many new rows on it pays to look first which columns they fill.
MANY = 100

# Always: also for a session that replays as a replica. The owner takes the privileges from itself as well.
APPEND_ONLY = """
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION foedera_append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC, CURRENT_USER;
"""
# What the database refuses to change; a role made for the program gets SELECT and INSERT on these and no more.
APPEND_ONLY_TABLES = ("history_entry", "history_action", "history_seal", "history_leaf", "history_timestamp")

TRACK = """
CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON "{table}" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON "{table}" REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE OR REPLACE TRIGGER history_truncate BEFORE TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION foedera_no_truncate();
"""


def tracked_models() -> list[type[models.Model]]:
    """Every business model: those of the rooms, unless a model says `untracked = True` (read models, sessions, keys)."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("foedera.")
        and not model.__module__.startswith("foedera.platform.history")
        and not getattr(model, "untracked", False)
    ]


def subject_of(model: type[models.Model]) -> tuple[str, str]:
    """Table and column that name the record to whose timeline the rows of `model` belong."""
    name = getattr(model, "history_subject", None)
    if name is None:
        return model._meta.db_table, "id"
    field = model._meta.get_field(name)
    assert isinstance(field, models.ForeignKey)
    return field.remote_field.model._meta.db_table, field.column


def kept_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns that the history keeps: all but those that follow from others (`history_leaves_out`) or would only repeat."""
    left_out = {"updated_at", "version", *getattr(model, "history_leaves_out", ())}
    return [f for f in model._meta.concrete_fields if f.column not in left_out]


def _named(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> str:
    """The words that state a column, as SQL over many rows: NULL where it is blank in all of them."""
    stated = _stated(field, connection)
    value = stated.rpartition(" AS ")[0] or stated
    words = stated.replace("'", "''")
    return f"CASE WHEN count({value}) > 0 THEN '{words}' END"


def _stated(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> str:
    """A column as it is written for a new or deleted row: NULL where it is blank."""
    kind = field.db_type(connection) or ""
    name = f'"{field.column}"'
    if kind.endswith("[]") or kind == "jsonb":
        return f"nullif(r.{name}, '{{}}'::{kind}) AS {name}"
    if kind.startswith(("varchar", "text")):
        return f"nullif(r.{name}, '') AS {name}"
    return f"r.{name}"


def guard(cursor: Any) -> None:
    """Let the database refuse every change of the tables that only grow."""
    for table in APPEND_ONLY_TABLES:
        cursor.execute(APPEND_ONLY.format(table=table))


def install(connection: BaseDatabaseWrapper) -> None:
    """Create or replace the functions and triggers for every tracked model whose table exists."""
    tables = set(connection.introspection.table_names())
    if "history_entry" not in tables:
        return
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        guard(cursor)
        for model in tracked_models():
            if model._meta.db_table in tables:
                subject, column = subject_of(model)
                function = f"{model._meta.db_table}_history"
                fields = kept_fields(model)
                cursor.execute(
                    HISTORY.format(
                        function=function,
                        subject=subject,
                        column=column,
                        many=MANY,
                        named=", ".join(_named(f, connection) for f in fields),
                        stated=", ".join(_stated(f, connection) for f in fields),
                        whole=", ".join(f'r."{f.column}"' for f in fields),
                        was=", ".join(f'o."{f.column}"' for f in fields),
                    )
                )
                cursor.execute(TRACK.format(table=model._meta.db_table, function=function))


def install_after_migrate(using: str, **_: Any) -> None:
    """Reinstall after every migration, for a table that is remade loses its triggers."""
    install(connections[using])
