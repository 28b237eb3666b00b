"""Puts the fences into the database after every migration: functions, policies, and what the fenced roles may touch."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import autodiscover_modules

from . import fences
from .asking import PROGRAM
from .fences import ROLE, Fence

ASKER = """
CREATE OR REPLACE FUNCTION foedera_asker_{name}() RETURNS {kind} LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT {expression} $$;
"""
SETTING = "nullif(current_setting('foedera.asker_{name}', true), '')"
KINDS = {
    "role": "text",
    "person": "bigint",
    "body": "bigint",
    "duty": "bigint",
    "today": "date",
    "everything": "boolean",
    "writes": "boolean",
    "territories": "bigint[]",
    "partners": "bigint[]",
    "files": "bigint[]",
}
# Only the role of background work can be the program.
PROGRAM_ALONE = "CASE WHEN {role} = '{program}' AND current_user <> '{worker}' THEN NULL ELSE {role} END"
HANDLES = """
CREATE OR REPLACE FUNCTION foedera_asker_handles(of_table text) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN split_part(current_setting('foedera.asker_handles', true), ':', 1) = of_table
                THEN split_part(current_setting('foedera.asker_handles', true), ':', 2)::bigint[] ELSE '{}' END
$$;
-- Records that somebody has opened for reading; the room of the accounts puts another in its place.
CREATE OR REPLACE FUNCTION foedera_asker_opened(of_table text) RETURNS bigint[] LANGUAGE sql STABLE AS $$ SELECT '{}'::bigint[] $$;
"""
# What triggers keep up must be right whoever writes: they work as the owner, with a fixed search path.
TRIGGERS = """
SELECT format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', p.oid::regprocedure, current_schema())
FROM pg_proc p
WHERE p.prorettype = 'trigger'::regtype AND p.pronamespace = current_schema()::regnamespace
  AND p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND NOT p.prosecdef
  AND p.proname NOT LIKE 'procrastinate%'
"""
# What each fenced role may do in tables that are written by triggers alone or only ever added to; the policies say who may. Seals are made,
# and personal values erased, in background work.
WEB_ALONE = {
    "history_action": "SELECT, INSERT",
    **dict.fromkeys(
        ("history_entry", "history_seal", "history_leaf", "history_timestamp", "history_personal", "django_migrations"),
        "SELECT",
    ),
}
WORKER_ALONE = {
    **WEB_ALONE,
    **dict.fromkeys(("history_seal", "history_leaf", "history_timestamp"), "SELECT, INSERT"),
    "history_personal": "SELECT, UPDATE",
}


def load() -> None:
    """Read every room's `access`, where the fences are declared."""
    autodiscover_modules("access")


def install(connection: BaseDatabaseWrapper) -> None:
    """Create or replace everything of the third fence. Nothing is installed where the fenced roles do not exist."""
    load()
    tables = set(connection.introspection.table_names())
    roles = fenced_roles(connection)
    with connection.cursor() as cursor:
        for name, kind in KINDS.items():
            expression = SETTING.format(name=name)
            if name == "role":
                expression = PROGRAM_ALONE.format(role=expression, program=PROGRAM, worker=settings.FOEDERA_WORKER_ROLE)
            if kind.endswith("[]"):
                expression = f"coalesce({expression}, '{{}}')::{kind}"
            elif kind == "boolean":
                expression = f"coalesce({expression} = '1', false)"
            else:
                expression = f"({expression})::{kind}"
            cursor.execute(ASKER.format(name=name, kind=kind, expression=expression))
        cursor.execute(HANDLES)
        cursor.execute(GONE)
        for definition in fences.functions():
            cursor.execute(definition)
        for definition in fences.functions_through():
            cursor.execute(definition)
        cursor.execute(TRIGGERS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        for model in fences.business_models():
            if model._meta.managed and model._meta.db_table in tables:
                for statement in policies_of(model, fences.fence_of(model)):
                    cursor.execute(statement)
        for role in roles:
            for statement in grants_to(role, tables):
                cursor.execute(statement)
        _fence_past(cursor, roles)


def policies_of(model: type[models.Model], fence: Fence | None) -> list[str]:
    """The statements that fence one table; one that declares nothing is closed to everybody but its owner and the program."""
    table = model._meta.db_table
    reads, writes = "false", "false"
    if fence is not None:
        reads, writes = fence.condition("reads", table), fence.writes.replace("{row}", table)
    if fence is None or not fence.before_asking:
        reads, writes = _asked(reads), _asked(writes)
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        *(
            f'DROP POLICY IF EXISTS {name} ON "{table}"'
            for name in ("asker_reads", "asker_adds", "asker_changes", "asker_removes")
        ),
        f'CREATE POLICY asker_reads ON "{table}" FOR SELECT USING ({reads})',
        f'CREATE POLICY asker_adds ON "{table}" FOR INSERT WITH CHECK ({writes})',
        # To lock a row it is enough to see it; a write that is not his fails aloud.
        f'CREATE POLICY asker_changes ON "{table}" FOR UPDATE USING ({reads}) WITH CHECK ({writes})',
        f'CREATE POLICY asker_removes ON "{table}" FOR DELETE USING (({reads}) AND ({writes}))',
    ]


def _asked(condition: str) -> str:
    """Where nobody asks nothing is to be seen or done; the program, in background work, may."""
    return f"{ROLE} = '{PROGRAM}' OR ({ROLE} IS NOT NULL AND ({condition}))"


# Old rows are read with the rights of today: by whoever sees the row as it stands now; of a row that is gone its own facts decide.
PAST_TABLES = """
SELECT left(relname, -5) FROM pg_class WHERE relnamespace = to_regnamespace('foedera_past') AND relkind = 'r' AND relname LIKE '%\\_rows'
"""
GONE = """
CREATE OR REPLACE FUNCTION foedera_is_gone(of_table text, of_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    there boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I WHERE id = $1)', of_table) INTO there USING of_id;
    RETURN NOT there;
END $$;
-- When a row that is gone went: until then its last old row was known.
CREATE OR REPLACE FUNCTION foedera_went_at(of_table text, of_id bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz;
BEGIN
    EXECUTE format('SELECT max(known_until) FROM foedera_past.%I WHERE id = $1', of_table || '_rows') INTO moment USING of_id;
    RETURN moment;
END $$;
"""


def policies_of_past(model: type[models.Model], fence: Fence | None) -> list[str]:
    """The statements that fence the old rows of a table."""
    table, rows = model._meta.db_table, f"{model._meta.db_table}_rows"
    name = f'foedera_past."{rows}"'
    present = f'EXISTS (SELECT 1 FROM public."{table}" now_it WHERE now_it.id = {rows}.id)'  # noqa: S608 - names of tables
    own = fence.condition("reads", rows) if fence is not None else "false"
    parent: str = getattr(model, "history_subject", "")
    if parent:
        # Parts go with their record: of what is gone one sees the parts whose record one would see as it stood beside them.
        own = f"({own}) OR {_beside(model, parent, rows)}"
    reads = _asked(f"{present} OR (foedera_is_gone('{table}', {rows}.id) AND ({own}))")
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        *(f"DROP POLICY IF EXISTS {policy} ON {name}" for policy in ("asker_reads", "asker_changes")),
        f"CREATE POLICY asker_reads ON {name} FOR SELECT USING ({reads})",
        # Personal data that is due is erased from old rows too, in background work.
        f"CREATE POLICY asker_changes ON {name} FOR UPDATE USING ({ROLE} = '{PROGRAM}')",
    ]


def _beside(model: type[models.Model], parent: str, rows: str) -> str:
    through = model._meta.get_field(parent)
    assert isinstance(through, models.ForeignKey)
    record = through.remote_field.model
    fence = fences.fence_of(record)
    whole = fence.condition("whole", "beside") if fence is not None and fence.whole else "true"
    return (
        f'EXISTS (SELECT 1 FROM foedera_past."{record._meta.db_table}_rows" beside WHERE beside.id = {rows}.{through.column} '  # noqa: S608 - names of tables
        f"AND beside.known_from < {rows}.known_until AND beside.known_until > {rows}.known_from AND ({whole}))"
    )


def _fence_past(cursor: Any, roles: list[str]) -> None:
    cursor.execute(PAST_TABLES)
    past = {name for (name,) in cursor.fetchall()}
    for model in fences.business_models():
        if model._meta.db_table in past:
            for statement in policies_of_past(model, fences.fence_of(model)):
                cursor.execute(statement)
    if past:
        for role in roles:
            cursor.execute(f'GRANT USAGE ON SCHEMA foedera_past TO "{role}"')
            cursor.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA foedera_past TO "{role}"')
            if role == settings.FOEDERA_WORKER_ROLE:
                for name in sorted(past):
                    cursor.execute(f'GRANT UPDATE ON foedera_past."{name}_rows" TO "{role}"')


def grants_to(role: str, tables: set[str]) -> list[str]:
    """The statements that give a fenced role what it needs, and no more."""
    quoted = f'"{role}"'
    narrow = WORKER_ALONE if role == settings.FOEDERA_WORKER_ROLE else WEB_ALONE
    every = ", ".join(f'"{t}"' for t in sorted(tables - set(narrow)))
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {{schema}} FROM {quoted}",
        f"GRANT USAGE ON SCHEMA {{schema}} TO {quoted}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {{schema}} TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {every} TO {quoted}",
    ]
    statements += [f'GRANT {narrow[t]} ON "{t}" TO {quoted}' for t in sorted(tables & set(narrow))]
    return [s.replace("{schema}", "public") for s in statements]


def fenced_roles(connection: BaseDatabaseWrapper) -> list[str]:
    """Those of the two fenced roles that exist on the server."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) ORDER BY rolname",
            [[settings.FOEDERA_WEB_ROLE, settings.FOEDERA_WORKER_ROLE]],
        )
        return [name for (name,) in cursor.fetchall()]


def reaches_the_roles(connection: BaseDatabaseWrapper) -> bool:
    """Whether both fenced roles may touch the tables; roles that were made after the last migration may not yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) = 2 FROM pg_roles "
            "WHERE rolname = ANY(%s) AND has_table_privilege(oid, 'django_migrations', 'SELECT')",
            [[settings.FOEDERA_WEB_ROLE, settings.FOEDERA_WORKER_ROLE]],
        )
        return bool(cursor.fetchone()[0])


def install_after_migrate(using: str, **_: Any) -> None:
    """Reinstall after every migration, for tables and rules may have changed with the program."""
    install(connections[using])
