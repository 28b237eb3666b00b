"""Statements asked again and again: PostgreSQL keeps their plans on the connection.

Behind the fences planning a statement takes several times as long as answering it, for every table it names brings its rules. A
statement run through this cursor is planned anew the first few times (`prepare_threshold` of the settings) and kept from then on.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor

# Written behind the statements while their words name other tables (the past): with a text of its own neither plan drives out the other.
elsewhere: ContextVar[str] = ContextVar("elsewhere", default="")


class _PreparedCursor(ServerBindingCursor):
    def execute(self, query: Any, params: Any = None, **named: Any) -> Any:
        return super().execute(f"{query}{elsewhere.get()}", params, **named)  # type: ignore[misc]  # the stubs know psycopg 2


def prepared_cursor() -> Any:
    """A cursor of the default connection, as `connection.cursor()` gives, whose values travel beside the statement.

    The type of each value must follow from the statement: write a cast where PostgreSQL could not tell.
    """
    # As connection.cursor() does: a connection that broke is made anew, or told in Django's words.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _prepared()


def _prepared() -> Any:
    cursor = _PreparedCursor(connection.connection)  # type: ignore[call-arg]  # the stubs know psycopg 2
    return connection._prepare_cursor(cursor)  # type: ignore[attr-defined]  # what connection.cursor() does with its own
