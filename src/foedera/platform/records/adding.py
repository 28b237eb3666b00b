"""Adding many new rows at once: by COPY into a temporary table and one INSERT, which fires the triggers of the table once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction
from django.db.models.expressions import DatabaseDefault

# So few go by an ordinary INSERT, which takes fewer round trips.
FEW = 20
KEYS = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
# A table of its own takes COPY, which a table behind row-level security refuses.
STAGE = "CREATE TEMPORARY TABLE added ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"
WRITE = "INSERT INTO {table} ({names}) SELECT {names} FROM added ORDER BY {key}"


def add_many(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model and give them their keys, in the order given.

    Values that only the database knows (defaults and generated columns) are not read back. Raises what the INSERT raises.
    """
    if len(rows) <= FEW:
        if rows:
            type(rows[0])._default_manager.bulk_create(rows)
        return
    meta = type(rows[0])._meta
    key = meta.pk
    assert key is not None
    quote = connection.ops.quote_name
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(KEYS, [quote(meta.db_table), str(key.column), len(rows)])
        for row, (given,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = given
        fields = [f for f in meta.local_concrete_fields if not f.generated]
        values = [_values(field, rows) for field in fields]
        told = [(field, column) for field, column in zip(fields, values, strict=True) if column is not None]
        names = ", ".join(quote(str(field.column)) for field, _column in told)
        cursor.execute(STAGE.format(names=names, table=quote(meta.db_table)))
        with cursor.copy("COPY added FROM STDIN") as copy:
            for row_values in zip(*(column for _field, column in told), strict=True):
                copy.write_row(row_values)
        cursor.execute(WRITE.format(names=names, table=quote(meta.db_table), key=quote(str(key.column))))
        cursor.execute("DROP TABLE added")
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _values(field: models.Field[Any, Any], rows: Sequence[models.Model]) -> list[Any] | None:
    """The values of a column as the driver writes them; None where the database gives them all."""
    found = [field.pre_save(row, add=True) for row in rows]
    given = [value for value in found if not isinstance(value, DatabaseDefault)]
    if not given:
        return None
    if len(given) < len(found):
        raise ValueError(f"{field.name}: some rows leave their value to the database and others do not")
    return [field.get_db_prep_save(value, connection) for value in given]
