"""The trigger that fills the outbox: in the transaction that writes the history, and whoever wrote.

A write past the program (raw SQL, an import) is told like any other, and what is rolled back was never there. Where no webhook is on, it
costs one look-up for each statement.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from foedera.platform.lists.description import record_types

OUTBOX = """
CREATE OR REPLACE FUNCTION webhooks_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM webhooks_webhook WHERE state = 'on') THEN
        RETURN NULL;
    END IF;
    INSERT INTO webhooks_outboxevent (transaction, at, action_id, table_name, record_id, operation)
    SELECT pg_current_xact_id()::text::bigint, foedera_now(), max(r.action_id), r.subject_table, r.subject_id,
           -- A part of a record that comes or goes changes the record.
           coalesce(max(r.operation) FILTER (WHERE r.table_name = r.subject_table AND r.operation <> 'U'), 'U')
    FROM new_rows r
    WHERE r.subject_table = ANY ('{{{tables}}}')
    GROUP BY r.subject_table, r.subject_id
    ON CONFLICT (transaction, at, table_name, record_id)
    DO UPDATE SET operation = excluded.operation WHERE excluded.operation <> 'U';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER webhooks_outbox AFTER INSERT ON history_entry REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION webhooks_outbox();
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create or replace the trigger, once its tables exist."""
    tables = set(connection.introspection.table_names())
    if not {"history_entry", "webhooks_webhook", "webhooks_outboxevent"} <= tables:
        return
    told = sorted(kind.model._meta.db_table for kind in record_types())
    with connection.cursor() as cursor:
        cursor.execute(OUTBOX.format(tables=",".join(told)))


def install_after_migrate(using: str, **_: Any) -> None:
    """Reinstall after every migration, for there may be other record types."""
    install(connections[using])
